import type { Consent, ConsentProvision } from 'fhir/r4'
import { structure } from '../fhir/names.ts'
import { type Criterion, criteriaOf } from './criteria.ts'
import { faultsOf, type Lack } from './faults.ts'
import { extensionOf, provisionsOf } from './provisions.ts'
import { signedFrom, signersOf } from './signatures.ts'

/** One provision of a Consent, read. `effect` is undefined where it cannot be told (an unevaluable root). */
export interface Provision {
  readonly path: string
  readonly effect: 'permit' | 'deny' | undefined
  readonly criteria: readonly Criterion[]
  readonly children: readonly Provision[]
}

/** One R4 Consent, compiled: what it says, whom it binds, and what it lacks. */
export interface Directive {
  readonly consent: string
  readonly patient: string | undefined
  /** Organizations whose records its permits speak of; empty where none is named: then they are void. */
  readonly custodians: readonly string[]
  /** The same of its denies, which are read widely; empty where none is named: then they bind all. */
  readonly denying: readonly string[]
  /** Why no permit of it counts at all, as citations; empty where they do. */
  readonly void: readonly string[]
  /** Elements that it lacks, and the records of which no permit of it counts for that reason. */
  readonly deficient: readonly Lack[]
  /** In which capacities it was signed (CodeSystem signer-capacity). */
  readonly signers: readonly string[]
  /** In milliseconds since 1970 UTC: before it was signed no permit of it counts. */
  readonly since: number | undefined
  readonly root: Provision
  /** The words that were signed, for the explanation that goes with a disclosure (42 CFR 2.32(b)). */
  readonly description: string | undefined
  readonly expires: string | undefined
}

/**
 * Compiles one Consent (CONSENT rules, sections 3 and 7). Undefined where it is not active: then it says nothing.
 * Never throws on a stored Consent: what cannot be read voids permits and keeps denies.
 */
export const directiveOf = (consent: Consent, patientHasName: boolean): Directive | undefined => {
  if (consent.status !== 'active') return undefined
  const { void: voided, deficient } = faultsOf(consent, patientHasName)
  return {
    consent: `Consent/${consent.id ?? ''}`,
    patient: consent.patient?.reference,
    ...custodiansOf(consent),
    void: voided,
    deficient,
    signers: signersOf(consent),
    since: signedFrom(consent),
    root: provisionOf(rooted(consent), 'Consent.provision', rootEffect(consent)),
    description: extensionOf(consent.extension, 'consent-description')?.valueString,
    expires: consent.provision?.period?.end ?? extensionOf(consent.extension, 'expiry-event')?.valueString,
  }
}

/** What is written on the Consent itself and holds for its root: a class of recipients, and what modifies its meaning. */
const rooted = ({
  provision: root = {},
  extension = [],
  modifierExtension,
  implicitRules,
}: Consent): ConsentProvision => {
  const recipients = extension.filter(({ url }) => url === structure('recipient-class'))
  const modifiers = [
    ...(root.modifierExtension ?? []),
    ...(modifierExtension ?? []),
    ...(implicitRules === undefined ? [] : [{ url: implicitRules }]),
  ]
  return {
    ...root,
    ...(recipients.length === 0 ? {} : { extension: [...(root.extension ?? []), ...recipients] }),
    ...(modifiers.length === 0 ? {} : { modifierExtension: modifiers }),
  }
}

/** `provision.type` where present (PCF demands it, R4's text forbids it), else the policy rule's base. */
const rootEffect = (consent: Consent): Provision['effect'] => {
  const { type } = consent.provision ?? {}
  if (type !== undefined) return effectOf(type)
  const codes = consent.policyRule?.coding?.map(({ code }) => code) ?? []
  const [opted, ...others] = codes.filter((code) => code === 'OPTIN' || code === 'OPTOUT')
  if (opted === undefined || others.some((other) => other !== opted)) return undefined
  return opted === 'OPTIN' ? 'permit' : 'deny'
}

const effectOf = (type: string | undefined): Provision['effect'] =>
  type === 'permit' || type === 'deny' ? type : undefined

const provisionOf = (provision: ConsentProvision, path: string, effect: Provision['effect']): Provision => ({
  path,
  effect,
  criteria: criteriaOf(provision),
  children: (provision.provision ?? []).map((child, place) => nested(child, `${path}.provision[${place}]`)),
})

/** R4 requires `type` of a nested provision: one without cannot be evaluated, so it denies, and voids what is beneath it. */
const nested = (child: ConsentProvision, path: string): Provision => {
  const effect = effectOf(child.type)
  if (effect !== undefined) return provisionOf(child, path, effect)
  const own = provisionOf(child, path, 'deny')
  return { ...own, criteria: [...own.criteria, { kind: 'unevaluable', reason: 'no type' }] }
}

/**
 * The custodians named as actors, else the organizations of the Consent. One that is named beneath the root narrows the
 * permits and not the denies.
 */
const custodiansOf = (consent: Consent): Pick<Directive, 'custodians' | 'denying'> => {
  const named = provisionsOf(consent.provision).flatMap(disclosersOf)
  const organizations = (consent.organization ?? []).flatMap(({ reference }) => reference ?? [])
  const atRoot = disclosersOf(consent.provision ?? {})
  return {
    custodians: [...new Set(named.length > 0 ? named : organizations)],
    denying: [...new Set(atRoot.length > 0 ? named : [...organizations, ...named])],
  }
}

const disclosersOf = ({ actor }: ConsentProvision): string[] =>
  (actor ?? [])
    .filter(({ role }) => role?.coding?.some(({ code }) => code === 'CST') === true)
    .flatMap(({ reference }) => reference?.reference ?? [])
