import { type Asked, type Facts, home } from './asked.ts'
import { type Criterion, demanded } from './criteria.ts'
import { hasCode } from './codes.ts'
import { defaultsFor, standing } from './defaults.ts'
import type { Directive, Provision } from './directive.ts'
import { concerning, type Exception, exceptionKinds, inForce } from './exceptions.ts'
import { bit, type Label, type Mask, named, notes } from './labels.ts'
import type { Membership } from './membership.ts'
import { countsForNotes, namesUnder, type Names, permitsBeneath, statesEnough, unnamed } from './stated.ts'
import { classOf, isCallers, type Match, matchCaller, type Request } from './match.ts'
import { type Obligation, obligationsOf } from './obligations.ts'
import { withheld } from './withheld.ts'

/** One record as a decision sees it. */
export interface RecordFacts {
  readonly type: string
  readonly id: string
  readonly custodian: string
  readonly mask: Mask
  readonly confidentiality: number
  /** Its codes, with what they are kinds of as far as consents name it (`codesOf`, `withKinds`). */
  readonly codes: readonly string[]
  readonly refs: readonly string[]
  readonly author: string | undefined
  readonly low: number
  readonly high: number
}

/** What is known of the person around the record. */
export interface PersonFacts extends Facts {
  /** Practitioners on a care team of the custodian, while they are. */
  readonly team: readonly Membership[]
  /** References of the records that directives name with `related`. */
  readonly refsOf: ReadonlyMap<string, readonly string[]>
  /** What was opened for the person before consent: by whom an emergency, an order, an attestation was stated. */
  readonly exceptions: readonly Exception[]
}

export interface Reason {
  readonly label: Label
  readonly effect: 'permit' | 'deny' | 'silent'
  readonly rule: string
  /** The section that the rule carries out. */
  readonly citation: string
  readonly consent?: string
  readonly provision?: string
  readonly exception?: Exception
}

export interface Decision {
  readonly effect: 'permit' | 'deny'
  readonly reasons: readonly Reason[]
  /** What must be done with the record where it goes; empty where it does not, or goes without a consent or exception. */
  readonly obligations: readonly Obligation[]
}

/**
 * Whether one record may go to whoever asks, and why: the reference decision, one label at a time, straight from the
 * rules (CONSENT sections 3 and 4). What an exception opens no consent closes; a deny on any other label vetoes; every
 * label must be covered. What goes carries its obligations.
 */
export const decide = (
  directives: readonly Directive[],
  asked: Asked,
  moment: number,
  record: RecordFacts,
  facts: PersonFacts,
): Decision => {
  const request: Request = { asked, custodian: record.custodian, moment }
  const excepted = inForce(concerning(facts.exceptions, asked, record.custodian), moment)
  const free = standing(asked, record.custodian, facts, moment)
  const standingMask = free === undefined || free === 0n ? free : free | ownNotes(asked, record, facts)
  const bound =
    free === undefined
      ? directives.filter((directive) => binds(directive, 'deny', record.custodian, facts))
      : []
  const reasons = named(record.mask).flatMap((label): Reason[] => {
    const opened = excepted.find((own) => opens(own, label, request, record, facts))
    if (opened !== undefined) return [byException(label, opened)]
    if (standingMask !== undefined) return [byStanding(label, standingMask, asked)]
    return reasonsOn(label, bound, request, record, facts)
  })
  const covered = named(record.mask).every((label) =>
    reasons.some((reason) => reason.label === label && reason.effect === 'permit'),
  )
  const vetoed = reasons.some(({ effect }) => effect === 'deny')
  if (!covered || vetoed) return { effect: 'deny', reasons, obligations: [] }
  const grounds = reasons.filter(({ effect }) => effect === 'permit')
  const labels = named(record.mask)
  return {
    effect: 'permit',
    reasons,
    obligations: obligationsOf(grounds, labels, classOf(asked, facts), directives),
  }
}

/** Whether a label of a record is in the scope of an exception. */
const opens = (
  { allowed, criteria }: Exception,
  label: Label,
  request: Request,
  record: RecordFacts,
  facts: PersonFacts,
): boolean =>
  (allowed & bit(label)) !== 0n &&
  criteria.every((criterion) => match(criterion, 'permit', label, request, record, facts) === true)

const byException = (label: Label, exception: Exception): Reason => ({
  label,
  effect: 'permit',
  rule: 'exception',
  exception,
  citation: exceptionKinds[exception.kind].citation,
})

/** Psychotherapy and counseling notes open to their author, inside the custodian (45 CFR 164.508(a)(2)(i)(A)). */
const ownNotes = (asked: Asked, record: RecordFacts, facts: Facts): Mask =>
  asked.user !== undefined &&
  asked.user === record.author &&
  home(asked.organization, facts.organizations) === record.custodian
    ? notes
    : 0n

const byStanding = (label: Label, free: Mask, asked: Asked): Reason => {
  const isOpen = (bit(label) & free) !== 0n
  return {
    label,
    effect: isOpen ? 'permit' : 'silent',
    rule: 'standing',
    citation: isOpen ? standingCitation(asked) : withheldCitation(label),
  }
}

const standingCitation = ({ patient }: Asked): string =>
  patient === undefined ? '42 CFR 2.12(c)(3), 45 CFR 164.506' : '42 CFR 2.23, 45 CFR 164.524'

const withheldCitation = (label: Label): string =>
  (bit(label) & notes) === 0n ? '42 CFR 2.12(c)(3)' : '45 CFR 164.508(a)(2), 42 CFR 2.31(b)'

/**
 * Whether the permits or the denies of a Consent bind the organization: as custodian named, or a part of it. A Consent that
 * names none binds all. A custodian that is not known voids the permits and is bound by the denies.
 */
export const binds = (
  { custodians, denying }: Directive,
  effect: 'permit' | 'deny',
  custodian: string,
  facts: Facts,
): boolean => {
  const references = effect === 'permit' ? custodians : denying
  if (references.length === 0) return true
  const request = { asked: { organization: custodian, purpose: '' }, custodian, moment: 0 }
  const matched = matchCaller({ kind: 'discloser', references }, effect, request, facts)
  return effect === 'permit' ? matched === true : matched !== false
}

const reasonsOn = (
  label: Label,
  directives: readonly Directive[],
  request: Request,
  record: RecordFacts,
  facts: PersonFacts,
): Reason[] => {
  const words = directives.flatMap((directive): Reason[] => {
    const word = wordOf(directive, label, request, record, facts)
    if (word === undefined || (word.effect === 'deny' && !word.vetoes)) return []
    const citation = word.effect === 'permit' ? '42 CFR 2.31' : '42 CFR 2.26, 45 CFR 164.522(a)'
    return [
      {
        label,
        effect: word.effect,
        rule: 'consent',
        citation,
        consent: directive.consent,
        provision: word.path,
      },
    ]
  })
  const { permitted, citationOf } = defaultsFor(request.asked, request.custodian, facts, request.moment)
  const byTable = { label, rule: 'default', citation: citationOf(label) }
  if ((permitted & bit(label)) !== 0n) words.push({ ...byTable, effect: 'permit' })
  return words.length > 0 ? words : [{ ...byTable, effect: 'silent' }]
}

interface Word {
  readonly depth: number
  readonly effect: 'permit' | 'deny'
  readonly vetoes: boolean
  readonly path: string
}

/** A consent's word on one label: the deepest provision that matches, among equals deny. */
const wordOf = (
  directive: Directive,
  label: Label,
  request: Request,
  record: RecordFacts,
  facts: PersonFacts,
): Word | undefined => {
  const sensitive =
    (defaultsFor(request.asked, request.custodian, facts, request.moment).sensitive & bit(label)) !== 0n
  const mayPermit =
    (withheld(directive, request, facts) & bit(label)) === 0n &&
    binds(directive, 'permit', request.custodian, facts)
  const words = (provision: Provision, depth: number, certain: boolean, above: Names): Word[] => {
    const matches = provision.criteria.map((criterion) =>
      match(criterion, provision.effect ?? 'deny', label, request, record, facts),
    )
    if (matches.includes(false)) return []
    const sure = certain && !matches.includes(undefined) && provision.effect !== undefined
    const names = namesUnder(above, provision)
    const below = provision.children.flatMap((child) => words(child, depth + 1, sure, names))
    const own = { depth, path: provision.path, vetoes: depth > 0 || !permitsBeneath(provision) }
    if (provision.effect === 'deny') return [{ ...own, effect: 'deny' }, ...below]
    const speaks = !sensitive || (names.any & bit(label)) !== 0n
    if (
      provision.effect === 'permit' &&
      sure &&
      mayPermit &&
      speaks &&
      statesEnough(names, label) &&
      countsForNotes(directive, names)
    )
      return [{ ...own, effect: 'permit' }, ...below]
    return below
  }
  return words(directive.root, 0, true, unnamed).toSorted(
    (one, other) =>
      other.depth - one.depth || (one.effect === 'deny' ? -1 : 0) - (other.effect === 'deny' ? -1 : 0),
  )[0]
}

const match = (
  criterion: Criterion,
  effect: 'permit' | 'deny',
  label: Label,
  request: Request,
  record: RecordFacts,
  facts: PersonFacts,
): Match => {
  if (isCallers(criterion)) return matchCaller(criterion, effect, request, facts)
  switch (criterion.kind) {
    case 'label':
      return (
        (criterion[effect] & bit(label)) !== 0n ||
        matchesRank(criterion.ranks, effect, record.confidentiality)
      )
    case 'class':
      return criterion.values.includes(record.type)
    case 'code':
      return hasCode(record.codes, criterion.values, effect)
    case 'dataPeriod': {
      const [start, end] = [criterion.start ?? -Infinity, criterion.end ?? Infinity]
      return effect === 'deny'
        ? record.high > start && record.low < end
        : record.low >= start && record.high <= end
    }
    case 'data':
      if (!demanded(criterion, effect).every((reference) => facts.present.has(reference))) return undefined
      return criterion.meanings.some(({ meaning, reference }) =>
        matchesData(meaning, reference, effect, record, facts),
      )
  }
}

/** A confidentiality code means that level or lower in a permit, that level or higher in a deny. */
const matchesRank = (ranks: readonly number[], effect: 'permit' | 'deny', own: number): boolean =>
  ranks.some((rank) => (effect === 'permit' ? own <= rank : own >= rank))

/** R4 consent-data-meaning; `related` and `dependents` go both ways in a deny. */
const matchesData = (
  meaning: string,
  reference: string,
  effect: 'permit' | 'deny',
  record: RecordFacts,
  facts: PersonFacts,
): boolean => {
  if (meaning === 'authoredby') return record.author === reference
  const itself = `${record.type}/${record.id}`
  if (itself === reference) return true
  const cited = facts.refsOf.get(reference)?.includes(itself) === true
  const cites = record.refs.includes(reference)
  if (meaning === 'related') return cited || (effect === 'deny' && cites)
  return meaning === 'dependents' && (cites || (effect === 'deny' && cited))
}
