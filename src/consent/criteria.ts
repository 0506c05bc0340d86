import type { BackboneElement, Coding, ConsentProvision, ConsentProvisionActor } from 'fhir/r4'
import { canonical, structure, system } from '../fhir/names.ts'
import { endOf, startOf } from '../fhir/dates.ts'
import { bitOf, closure, labels, type Mask, rank } from './labels.ts'
import { isPurpose } from './purposes.ts'

/** One criterion of a provision. `unevaluable` says why it cannot be judged: it voids a permit, it matches in a deny. */
export type Criterion =
  | { readonly kind: 'period'; readonly start: number | undefined; readonly end: number | undefined }
  | {
      readonly kind: 'recipient'
      readonly references: readonly string[]
      readonly classes: readonly string[]
    }
  | { readonly kind: 'discloser'; readonly references: readonly string[] }
  | { readonly kind: 'action'; readonly codes: readonly string[] }
  | { readonly kind: 'purpose'; readonly codes: readonly string[] }
  | { readonly kind: 'label'; readonly permit: Mask; readonly deny: Mask; readonly ranks: readonly number[] }
  | { readonly kind: 'class'; readonly values: readonly string[] }
  | { readonly kind: 'code'; readonly values: readonly string[] }
  | { readonly kind: 'dataPeriod'; readonly start: number | undefined; readonly end: number | undefined }
  | {
      readonly kind: 'data'
      readonly meanings: readonly { readonly meaning: DataMeaning; readonly reference: string }[]
    }
  | { readonly kind: 'unevaluable'; readonly reason: string }

/** R4 consent-data-meaning. */
export type DataMeaning = 'instance' | 'related' | 'dependents' | 'authoredby'

const meanings: readonly string[] = [
  'instance',
  'related',
  'dependents',
  'authoredby',
] satisfies DataMeaning[]

/** Why labels of which one is not known are not read. */
export const unreadLabels = 'unknown or empty securityLabel'

const unevaluable = (reason: string): Criterion => ({ kind: 'unevaluable', reason })

/** The criteria of one provision, its children apart. They are and-ed; the values within one are or-ed. */
export const criteriaOf = (provision: ConsentProvision): Criterion[] => [
  ...([provision, ...(provision.actor ?? []), ...(provision.data ?? [])].some(isModified)
    ? [unevaluable('unknown modifier extension')]
    : []),
  ...period('period', provision.period),
  ...actors(provision),
  ...coded(
    provision.action?.flatMap(({ coding }) => coding ?? [{}]),
    'action',
    ({ code }) => code,
  ),
  ...labelCriterion(provision.securityLabel),
  ...coded(provision.purpose, 'purpose', purposeCode),
  ...coded(provision.class, 'class', ({ system: from, code }) =>
    from === system.resourceTypes ? code : undefined,
  ),
  ...coded(
    provision.code?.flatMap(({ coding }) => coding ?? [{}]),
    'code',
    codeToken,
  ),
  ...period('dataPeriod', provision.dataPeriod),
  ...dataCriterion(provision.data),
]

/** None is known here: whatever carries one may mean something else (R4: Extensibility). */
const isModified = ({ modifierExtension }: BackboneElement): boolean => modifierExtension !== undefined

const period = (kind: 'period' | 'dataPeriod', value: ConsentProvision['period']): Criterion[] => {
  if (value === undefined) return []
  const start = value.start === undefined ? undefined : startOf(value.start)
  const end = value.end === undefined ? undefined : endOf(value.end)
  const broken = Number.isNaN(start) || Number.isNaN(end) || (start === undefined && end === undefined)
  if (broken || (start ?? -Infinity) >= (end ?? Infinity)) return [unevaluable(`broken ${kind}`)]
  return [{ kind, start, end }]
}

type CodeKind = 'action' | 'purpose' | 'class' | 'code'

/** A list of codes; one that cannot be read makes the whole criterion unevaluable. */
const coded = (
  codings: readonly Coding[] | undefined,
  kind: CodeKind,
  read: (coding: Coding) => string | undefined,
): Criterion[] => {
  if (codings === undefined) return []
  const codes = codings.map(read)
  if (codes.length === 0 || codes.includes(undefined)) return [unevaluable(`unknown or empty ${kind}`)]
  const known = codes as string[]
  return [kind === 'class' || kind === 'code' ? { kind, values: known } : { kind, codes: known }]
}

const purposeCode = ({ system: from, code }: Coding): string | undefined =>
  from === system.actReason && code !== undefined && isPurpose(code) ? code : undefined

const knownSystems = [
  'http://loinc.org',
  'http://snomed.info/sct',
  'http://hl7.org/fhir/sid/',
  'http://www.nlm.nih.gov/research/umls/rxnorm',
  'http://www.ama-assn.org/go/cpt',
  'http://terminology.hl7.org/',
  'http://hl7.org/fhir/',
  'https://www.cms.gov/',
  'http://www.cms.gov/',
  'urn:oid:2.16.840.1.113883.6.',
  canonical,
]

const codeToken = ({ system: from, code }: Coding): string | undefined =>
  from !== undefined && code !== undefined && knownSystems.some((known) => from.startsWith(known))
    ? `${from}|${code}`
    : undefined

const labelCriterion = (securityLabels: readonly Coding[] | undefined): Criterion[] => {
  if (securityLabels === undefined) return []
  const ranks = securityLabels.flatMap((label) =>
    label.system === system.confidentiality ? (rank(label.code) ?? -1) : [],
  )
  const sensitive = securityLabels.filter((label) => label.system !== system.confidentiality).map(bitOf)
  const unread = sensitive.some((mask) => mask === 0n || mask === bitOf({ system: 'unknown', code: 'x' }))
  if (securityLabels.length === 0 || ranks.includes(-1) || unread) return [unevaluable(unreadLabels)]
  const spoken = (effect: 'permit' | 'deny') =>
    labels
      .filter((label) => sensitive.includes(1n << BigInt(labels.indexOf(label))))
      .reduce((mask, label) => mask | closure(label, effect), 0n)
  return [{ kind: 'label', permit: spoken('permit'), deny: spoken('deny'), ranks }]
}

const dataCriterion = (data: ConsentProvision['data']): Criterion[] => {
  if (data === undefined) return []
  const read = data.map(({ meaning, reference }) => ({ meaning, reference: reference?.reference }))
  const whole = read.every(({ meaning, reference }) => meanings.includes(meaning) && isLocal(reference))
  if (data.length === 0 || !whole) return [unevaluable('unknown or empty data')]
  return [{ kind: 'data', meanings: read as { meaning: DataMeaning; reference: string }[] }]
}

/**
 * The records without which a `data` criterion cannot be evaluated: what is related to one that is not there is not known;
 * in a deny, which reads both meanings both ways, neither is what depends on it.
 */
export const demanded = (
  { meanings: own }: Extract<Criterion, { kind: 'data' }>,
  effect: 'permit' | 'deny',
): string[] =>
  own
    .filter(({ meaning }) => meaning === 'related' || (effect === 'deny' && meaning === 'dependents'))
    .map(({ reference }) => reference)

const isLocal = (reference: string | undefined): reference is string =>
  reference !== undefined && /^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.test(reference)

const recipientRoles = ['IRCP', 'PRCP']

/** Actors are and-ed between roles and or-ed within one; a class of recipients stands beside the named ones. */
const actors = (provision: ConsentProvision): Criterion[] => {
  const all = provision.actor ?? []
  if (provision.actor !== undefined && all.length === 0) return [unevaluable('empty actor')]
  const strange = all.some((actor) => roleOf(actor) === undefined || !isLocal(actor.reference?.reference))
  const named = (...roles: string[]) =>
    all
      .filter((actor) => roles.includes(roleOf(actor) ?? ''))
      .map(({ reference }) => reference?.reference ?? '')
  const classes = classesOf(provision)
  const recipients = named(...recipientRoles)
  const disclosers = named('CST')
  return [
    ...(strange ? [unevaluable('unknown actor role or reference')] : []),
    ...(classes.includes(undefined) ? [unevaluable('unknown recipient-class')] : []),
    ...(recipients.length + classes.length > 0
      ? [
          {
            kind: 'recipient',
            references: recipients,
            classes: classes.flatMap((name) => name ?? []),
          } as const,
        ]
      : []),
    ...(disclosers.length > 0 ? [{ kind: 'discloser', references: disclosers } as const] : []),
  ]
}

const roleOf = ({ role }: ConsentProvisionActor): string | undefined =>
  role?.coding
    ?.flatMap(({ system: from, code }) => (from === system.participation ? (code ?? []) : []))
    .find((code) => code === 'CST' || recipientRoles.includes(code))

/** General designations of 42 CFR 2.31(a)(4). */
export const recipientClasses = ['treating-providers', 'tpo-general', 'intermediary']

const classesOf = (provision: ConsentProvision): (string | undefined)[] =>
  [...(provision.extension ?? []), ...(provision.actor ?? []).flatMap(({ extension }) => extension ?? [])]
    .filter(({ url }) => url === structure('recipient-class'))
    .map(({ valueCode }) =>
      valueCode !== undefined && recipientClasses.includes(valueCode) ? valueCode : undefined,
    )
