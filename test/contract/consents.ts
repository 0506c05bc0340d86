import type {
  Coding,
  Consent,
  ConsentProvision,
  ConsentProvisionActor,
  Extension,
  Period,
  Signature,
} from 'fhir/r4'
import { concept, confidentiality, label } from './records.ts'

const canonical = 'https://sluice.example/fhir'
const structure = (name: string): string => `${canonical}/StructureDefinition/${name}`
const terminology = 'http://terminology.hl7.org/CodeSystem'

/** A provision, by what it says. */
export interface ProvisionSpec {
  readonly effect?: string
  readonly period?: readonly string[]
  /** Recipients: organizations by id, anything else as `Type/id`. */
  readonly to?: readonly string[] | null
  readonly actors?: readonly { readonly role: string; readonly reference?: string }[]
  readonly recipientClass?: string
  readonly purposes?: readonly string[]
  readonly labels?: readonly string[] | null
  readonly security?: readonly Coding[]
  readonly confidentiality?: string
  readonly classes?: readonly string[]
  readonly classSystem?: string
  /** Each as `system|code`. */
  readonly codes?: readonly string[]
  readonly actions?: readonly string[]
  readonly dataPeriod?: readonly string[]
  readonly data?: readonly (readonly string[])[]
  readonly provision?: readonly ProvisionSpec[]
  /** Elements as they stand in R4, beside or instead of what is made of the rest. */
  readonly raw?: object
}

/** Who signed: `Type/id`, in what capacity (CodeSystem signer-capacity), for whom where it is not the signer. */
export interface SignerSpec {
  readonly capacity: string
  readonly who: string
  readonly onBehalfOf?: string
}

/** A Consent of the patient `@patient`: complete by 42 CFR 2.31 but for what is left out. */
export interface ConsentSpec {
  readonly root: ProvisionSpec
  /** Organizations whose records it speaks of. */
  readonly from?: readonly string[]
  readonly patient?: string
  readonly status?: string
  readonly policyRule?: readonly string[]
  readonly without?: readonly string[]
  readonly expiryEvent?: string
  readonly tpoStatements?: string
  /** A code of consentscope. */
  readonly scope?: string
  readonly signer?: SignerSpec
  /** The gateway does not take it in, so it says nothing. */
  readonly refused?: boolean
  /** Elements as they stand in R4; extensions beside those that are made, everything else instead. */
  readonly raw?: { readonly extension?: readonly Extension[] }
}

/** The R4 Consent of a spec. */
export const buildConsent = (id: string, spec: ConsentSpec): Consent => {
  const lacks = (element: string): boolean => spec.without?.includes(element) === true
  const { extension = [], ...raw } = spec.raw ?? {}
  const root: ProvisionSpec = {
    ...spec.root,
    ...(lacks('recipient') ? { to: null } : {}),
    ...(lacks('purpose') ? { purposes: [] } : {}),
    ...(lacks('expiry') ? {} : { period: spec.root.period ?? ['2026-01-01', '2027-01-01'] }),
  }
  return {
    resourceType: 'Consent',
    id,
    extension: [...extensions(spec, lacks), ...extension],
    status: (spec.status ?? 'active') as Consent['status'],
    scope: concept(`${terminology}/consentscope`, spec.scope ?? 'patient-privacy'),
    category: [concept('http://loinc.org', '59284-0')],
    patient: {
      reference: spec.patient ?? '@patient',
      ...(lacks('patient-name') || lacks('patient-display') ? {} : { display: 'Given Family' }),
    },
    ...(lacks('dateTime') ? {} : { dateTime: '2026-01-01' }),
    ...(lacks('discloser')
      ? {}
      : { organization: (spec.from ?? ['clinic']).map((own) => ({ reference: `Organization/${own}` })) }),
    policy: [{ uri: 'https://www.ecfr.gov/current/title-42/part-2' }],
    ...(spec.policyRule === undefined
      ? {}
      : {
          policyRule: {
            coding: spec.policyRule.map((code) => ({ system: `${terminology}/v3-ActCode`, code })),
          },
        }),
    provision: buildProvision(root),
    ...raw,
  }
}

const extensions = (spec: ConsentSpec, lacks: (element: string) => boolean): Extension[] => [
  ...(lacks('consent-description')
    ? []
    : [{ url: structure('consent-description'), valueString: 'what this consent says in words' }]),
  ...(lacks('revocation-statement')
    ? []
    : [{ url: structure('revocation-statement'), valueString: 'I may revoke this in writing.' }]),
  ...(spec.expiryEvent === undefined
    ? []
    : [{ url: structure('expiry-event'), valueString: spec.expiryEvent }]),
  ...(spec.tpoStatements === undefined
    ? []
    : [{ url: structure('tpo-statements'), valueString: spec.tpoStatements }]),
  ...(lacks('signature')
    ? []
    : [{ url: structure('consent-signature'), valueSignature: signature(spec, lacks) }]),
]

const signature = (spec: ConsentSpec, lacks: (element: string) => boolean): Signature => {
  const patient = spec.patient ?? '@patient'
  const { capacity, who, onBehalfOf } = spec.signer ?? { capacity: 'patient', who: patient }
  return {
    type: [
      ...(lacks('signature-purpose')
        ? []
        : [{ system: 'urn:iso-astm:E1762-95:2013', code: '1.2.840.10065.1.12.1.7' }]),
      ...(lacks('capacity') ? [] : [{ system: `${canonical}/CodeSystem/signer-capacity`, code: capacity }]),
    ],
    ...(lacks('signature-date') ? {} : { when: '2026-01-01T10:00:00Z' }),
    who: { reference: who },
    ...(onBehalfOf === undefined ? {} : { onBehalfOf: { reference: onBehalfOf } }),
  } as Signature
}

const buildProvision = (spec: ProvisionSpec): ConsentProvision => {
  const security = [
    ...(spec.labels ?? []).map(label),
    ...(spec.confidentiality === undefined ? [] : [confidentiality(spec.confidentiality)]),
    ...(spec.security ?? []),
  ]
  const actors = [
    ...(spec.to ?? []).map((one) => actor('IRCP', one.includes('/') ? one : `Organization/${one}`)),
    ...(spec.actors ?? []).map(({ role, reference }) => actor(role, reference)),
  ]
  return {
    ...(spec.recipientClass === undefined
      ? {}
      : { extension: [{ url: structure('recipient-class'), valueCode: spec.recipientClass }] }),
    ...(spec.effect === undefined ? {} : { type: spec.effect as 'permit' | 'deny' }),
    ...(spec.period === undefined ? {} : { period: period(spec.period) }),
    ...(actors.length === 0 ? {} : { actor: actors }),
    ...(spec.actions === undefined
      ? {}
      : { action: spec.actions.map((code) => concept(`${terminology}/consentaction`, code)) }),
    ...(security.length === 0 ? {} : { securityLabel: security }),
    ...(spec.purposes === undefined || spec.purposes.length === 0
      ? {}
      : { purpose: spec.purposes.map((code) => ({ system: `${terminology}/v3-ActReason`, code })) }),
    ...(spec.classes === undefined
      ? {}
      : {
          class: spec.classes.map((code) => ({
            system: spec.classSystem ?? 'http://hl7.org/fhir/resource-types',
            code,
          })),
        }),
    ...(spec.codes === undefined
      ? {}
      : { code: spec.codes.map((one) => concept(...(one.split('|') as [string, string]))) }),
    ...(spec.dataPeriod === undefined ? {} : { dataPeriod: period(spec.dataPeriod) }),
    ...(spec.data === undefined
      ? {}
      : {
          data: spec.data.map(([meaning, reference]) => ({
            meaning: meaning as 'instance',
            reference: { reference },
          })),
        }),
    ...(spec.provision === undefined ? {} : { provision: spec.provision.map(buildProvision) }),
    ...spec.raw,
  }
}

const actor = (role: string, reference: string | undefined): ConsentProvisionActor => ({
  role: concept(`${terminology}/v3-ParticipationType`, role),
  reference: reference === undefined ? { display: 'somebody' } : { reference },
})

const period = ([start, end]: readonly string[]): Period => ({
  ...(start === undefined ? {} : { start }),
  ...(end === undefined ? {} : { end }),
})
