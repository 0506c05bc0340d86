import type { Consent, ConsentProvision, ConsentProvisionActor, Extension } from 'fhir/r4'
import { actReason, at, canonical, label, loinc, participation, ref } from './codes.ts'

/** One child of the root: criteria are and-ed, the values of one are or-ed. */
export type Rule = {
  readonly type?: 'permit' | 'deny'
  readonly to?: readonly string[]
  readonly purposes?: readonly string[]
  readonly labels?: readonly string[]
  readonly classes?: readonly string[]
  readonly instances?: readonly string[]
}

export type Signer = {
  readonly who: string
  readonly capacity: 'patient' | 'parent' | 'guardian' | 'representative'
  readonly onBehalfOf?: string
}

export type ConsentSpec = {
  readonly id: string
  readonly patient: string
  readonly name: string
  readonly from: readonly string[]
  readonly rules: readonly Rule[]
  readonly words: string
  readonly signed: string
  readonly signer: Signer
  readonly status?: Consent['status']
  readonly end?: string
  readonly expiryEvent?: string
  readonly recipientClass?: 'treating-providers' | 'tpo-general' | 'intermediary'
  readonly tpoStatements?: string
  /** Null leaves the statement out: 42 CFR 2.31(a)(6) is then not met. */
  readonly revocation?: string | null
  readonly policies: readonly ('part2' | 'hipaa' | 'ferpa')[]
}

const policyUris = {
  part2: 'https://www.ecfr.gov/current/title-42/part-2',
  hipaa: 'https://www.ecfr.gov/current/title-45/section-164.508',
  ferpa: 'https://www.ecfr.gov/current/title-34/part-99',
} as const

const revocationWords =
  'I may take this consent back at any time by writing to the privacy officer of the clinic. What was already sent stays with who received it.'

/** A Consent in the form the capture page writes: a root deny with permits, and denies beside them, under it. */
export const consent = (spec: ConsentSpec): Consent => ({
  resourceType: 'Consent',
  id: spec.id,
  extension: elements(spec),
  status: spec.status ?? 'active',
  scope: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }],
  },
  category: [
    loinc('59284-0', 'Consent Document'),
    { coding: [label(spec.policies.includes('part2') ? '42CFRPart2' : 'IDSCL')] },
  ],
  patient: ref(spec.patient, spec.name),
  dateTime: at(spec.signed),
  performer: [ref(spec.signer.who)],
  organization: spec.from.map((id) => ref(`Organization/${id}`)),
  policy: spec.policies.map((name) => ({ uri: policyUris[name] })),
  provision: {
    type: 'deny',
    period: { start: at(spec.signed), ...(spec.end !== undefined && { end: at(spec.end) }) },
    actor: spec.from.map((id) => actor('CST', id)),
    provision: spec.rules.map(provision),
  },
})

const actor = (role: 'CST' | 'IRCP', id: string): ConsentProvisionActor => ({
  role: participation(role, role === 'CST' ? 'custodian' : 'information recipient'),
  reference: ref(`Organization/${id}`),
})

const provision = (rule: Rule): ConsentProvision => ({
  type: rule.type ?? 'permit',
  ...(rule.to && { actor: rule.to.map((id) => actor('IRCP', id)) }),
  ...(rule.labels && { securityLabel: rule.labels.map(label) }),
  ...(rule.purposes && { purpose: rule.purposes.map(actReason) }),
  ...(rule.classes && {
    class: rule.classes.map((code) => ({ system: 'http://hl7.org/fhir/resource-types', code })),
  }),
  ...(rule.instances && {
    data: rule.instances.map((it) => ({ meaning: 'instance' as const, reference: ref(it) })),
  }),
})

const element = (name: string): string => `${canonical}/StructureDefinition/${name}`

/** The elements of 42 CFR 2.31(a) that R4 has no place for. */
const elements = (spec: ConsentSpec): Extension[] => [
  { url: element('consent-description'), valueString: spec.words },
  ...(spec.recipientClass ? [{ url: element('recipient-class'), valueCode: spec.recipientClass }] : []),
  ...(spec.revocation === null
    ? []
    : [{ url: element('revocation-statement'), valueString: spec.revocation ?? revocationWords }]),
  ...(spec.expiryEvent === undefined
    ? []
    : [{ url: element('expiry-event'), valueString: spec.expiryEvent }]),
  ...(spec.tpoStatements === undefined
    ? []
    : [{ url: element('tpo-statements'), valueString: spec.tpoStatements }]),
  {
    url: element('consent-signature'),
    valueSignature: {
      type: [
        {
          system: 'urn:iso-astm:E1762-95:2013',
          code: '1.2.840.10065.1.12.1.7',
          display: 'Consent Signature',
        },
        { system: `${canonical}/CodeSystem/signer-capacity`, code: spec.signer.capacity },
      ],
      when: at(spec.signed),
      who: ref(spec.signer.who),
      ...(spec.signer.onBehalfOf !== undefined && { onBehalfOf: ref(spec.signer.onBehalfOf) }),
    },
  },
]
