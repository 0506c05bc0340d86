import { instantText } from '../fhir/dates.ts'
import type { Asked } from './asked.ts'
import { concerning, type Exception, inForce } from './exceptions.ts'
import { type Interval, intervals } from './intervals.ts'
import { type Criterion, demanded } from './criteria.ts'
import { binds, type PersonFacts } from './decide.ts'
import { defaultsFor, standing } from './defaults.ts'
import type { Directive, Provision } from './directive.ts'
import { bit, every, type Mask } from './labels.ts'
import { isCallers, matchCaller, type Request } from './match.ts'
import { endOfChildhood } from './minors.ts'
import { countsForNotes, namesUnder, type Names, permitsBeneath, statesEnough, unnamed } from './stated.ts'
import { withheld } from './withheld.ts'

/** A provision or exception that applies to an asker, with what is left to ask of the single record. */
export interface Rule {
  readonly consent: string
  readonly depth: number
  readonly permits: boolean
  readonly vetoes: boolean
  /** Whether it comes before consents and denies. */
  readonly excepts: boolean
  readonly mask: Mask
  readonly criteria: readonly RecordCriterion[]
}

/** A criterion on the record, in the form that the SQL function `meets` reads. */
export type RecordCriterion =
  | { kind: 'class'; values: readonly string[] }
  /** `anywhere`: also of a code that stands deeper in the record than its own elements. */
  | { kind: 'code'; values: readonly string[]; anywhere: boolean }
  | { kind: 'period'; overlap: boolean; start: string | null; end: string | null }
  | { kind: 'confidentiality'; least: number; most: number }
  | {
      kind: 'data'
      instance: string[]
      dependents: string[]
      related: string[]
      authoredby: string[]
      /** Records that must be there, and the answer where one is not. */
      demanded: string[]
      otherwise: boolean
    }

/** What one asker may have of one custodian's records of a person, while `valid` lasts. */
export interface PermitRow {
  readonly valid: Interval
  readonly allowed: Mask
  readonly vetoed: Mask
  /** Labels that go without a consent: by the tables, by standing. */
  readonly ordinary: Mask
  /** The rules to ask of each record; empty where none looks at the single record. */
  readonly rules: readonly Rule[]
}

/**
 * The directives of a person, compiled for one asker and one custodian into rows of masks, one for each stretch of
 * time in which the answer is the same. Nothing to permit and nothing to ask: no row (deny by default).
 */
export const permitRows = (
  directives: readonly Directive[],
  asked: Asked,
  custodian: string,
  facts: PersonFacts,
): PermitRow[] => {
  const bound =
    standing(asked, custodian, facts, 0) === undefined
      ? directives.filter((directive) => binds(directive, 'deny', custodian, facts))
      : []
  const excepted = concerning(facts.exceptions, asked, custodian)
  return intervals(
    bound,
    excepted,
    [facts.team, facts.representatives, facts.minor, ...facts.members.values()].flat(),
    endOfChildhood(facts.birth),
  )
    .map((valid) => {
      const request: Request = { asked, custodian, moment: valid.start }
      const free = standing(asked, custodian, facts, valid.start)
      const { permitted, sensitive } =
        free === undefined
          ? defaultsFor(asked, custodian, facts, valid.start)
          : { permitted: free, sensitive: 0n }
      const spoken = bound.flatMap((directive) => rulesOf(directive, request, sensitive, facts))
      return rowOf(valid, permitted, [
        ...inForce(excepted, valid.start).map((own) => exceptionRule(own)),
        ...spoken,
      ])
    })
    .filter((row) => row.allowed !== 0n || row.rules.length > 0)
}

/** An exception is a word of its own, beside those of the consents. */
const exceptionRule = ({ id, allowed, criteria }: Exception): Rule => ({
  consent: `exception/${id}`,
  depth: 0,
  permits: true,
  vetoes: false,
  excepts: true,
  mask: allowed,
  criteria: criteria.map((criterion) => recordCriterion(criterion, 'permit', false)),
})

const rowOf = (valid: Interval, ordinary: Mask, rules: readonly Rule[]): PermitRow => {
  const words = fold(rules.filter(({ criteria }) => criteria.length === 0))
  const excepted = rules
    .filter(({ criteria, excepts }) => excepts && criteria.length === 0)
    .reduce((mask, own) => mask | own.mask, 0n)
  return {
    valid,
    allowed: ((ordinary | words.permitted) & ~words.vetoed) | excepted,
    vetoed: words.vetoed & ~excepted,
    ordinary,
    rules: rules.some(({ criteria }) => criteria.length > 0) ? rules : [],
  }
}

/** Per consent and label the deepest word, among equals deny; then permits and vetoes of all consents together. */
const fold = (rules: readonly Rule[]): { permitted: Mask; vetoed: Mask } => {
  let [allPermitted, allVetoed] = [0n, 0n]
  for (const own of Map.groupBy(rules, ({ consent }) => consent).values()) {
    let [permitted, vetoed] = [0n, 0n]
    for (const rule of own.toSorted(
      (one, other) => one.depth - other.depth || Number(other.permits) - Number(one.permits),
    )) {
      permitted = rule.permits ? permitted | rule.mask : permitted & ~rule.mask
      vetoed = rule.vetoes ? vetoed | rule.mask : vetoed & ~rule.mask
    }
    allPermitted |= permitted
    allVetoed |= vetoed
  }
  return { permitted: allPermitted, vetoed: allVetoed }
}

/** The provisions of one Consent that apply to the request, flattened: each with all that its ancestors ask. */
const rulesOf = (directive: Directive, request: Request, sensitive: Mask, facts: PersonFacts): Rule[] => {
  const mayPermit = binds(directive, 'permit', request.custodian, facts)
  const walk = (provision: Provision, depth: number, above: Path): Rule[] => {
    const effect = provision.effect ?? 'deny'
    const matches = provision.criteria.filter(isCallers).map((c) => matchCaller(c, effect, request, facts))
    if (matches.includes(false)) return []
    const path: Path = {
      sure: above.sure && !matches.includes(undefined) && provision.effect !== undefined,
      names: namesUnder(above.names, provision),
      permitting: branch(above.permitting, provision.criteria, effect, false),
      denying: branch(above.denying, provision.criteria, effect, true),
    }
    const below = provision.children.flatMap((child) => walk(child, depth + 1, path))
    if (provision.effect === 'deny') return [...denials(directive, provision, depth, path), ...below]
    if (
      provision.effect === 'permit' &&
      path.sure &&
      mayPermit &&
      statesEnough(path.names) &&
      countsForNotes(directive, path.names)
    )
      return [...permissions(directive, depth, path, request, sensitive, facts), ...below]
    return below
  }
  const all = [{ mask: every, criteria: [] }]
  return walk(directive.root, 0, { sure: true, names: unnamed, permitting: all, denying: all })
}

interface Path {
  readonly sure: boolean
  readonly names: Names
  /** What is asked of a record, once for permits and once for denies: what cannot be evaluated voids these and matches in those. */
  readonly permitting: readonly Branch[]
  readonly denying: readonly Branch[]
}

interface Branch {
  readonly mask: Mask
  readonly criteria: readonly RecordCriterion[]
}

const denials = (directive: Directive, provision: Provision, depth: number, { denying }: Path): Rule[] => {
  const vetoes = depth > 0 || !permitsBeneath(provision)
  return denying
    .filter(({ mask }) => mask !== 0n)
    .map((own) => ({ consent: directive.consent, depth, permits: false, vetoes, excepts: false, ...own }))
}

const permissions = (
  directive: Directive,
  depth: number,
  { names, permitting }: Path,
  request: Request,
  sensitive: Mask,
  facts: PersonFacts,
): Rule[] => {
  const unstated = statesEnough(names, '42CFRPart2') ? 0n : bit('42CFRPart2')
  const speaks = (~sensitive | names.any) & every & ~unstated & ~withheld(directive, request, facts)
  return permitting
    .map(({ mask, criteria }) => ({
      consent: directive.consent,
      depth,
      permits: true,
      vetoes: false,
      excepts: false,
      mask: mask & speaks,
      criteria,
    }))
    .filter(({ mask }) => mask !== 0n)
}

/**
 * Adds one provision's criteria on the record. A label criterion with confidentiality codes is two branches. `otherwise` is
 * the answer of what cannot be evaluated.
 */
const branch = (
  above: readonly Branch[],
  criteria: readonly Criterion[],
  effect: 'permit' | 'deny',
  otherwise: boolean,
): Branch[] =>
  criteria.reduce<Branch[]>(
    (branches, criterion) => {
      if (isCallers(criterion)) return branches
      if (criterion.kind !== 'label') {
        const asked = recordCriterion(criterion, effect, otherwise)
        return branches.map(({ mask, criteria: held }) => ({ mask, criteria: [...held, asked] }))
      }
      const ranked = rankCriterion(criterion.ranks, effect)
      return branches.flatMap(({ mask, criteria: held }) => [
        { mask: mask & criterion[effect], criteria: held },
        ...(ranked === undefined ? [] : [{ mask, criteria: [...held, ranked] }]),
      ])
    },
    [...above],
  )

const rankCriterion = (ranks: readonly number[], effect: 'permit' | 'deny'): RecordCriterion | undefined => {
  if (ranks.length === 0) return undefined
  return effect === 'permit'
    ? { kind: 'confidentiality', least: 0, most: Math.max(...ranks) }
    : { kind: 'confidentiality', least: Math.min(...ranks), most: 5 }
}

const recordCriterion = (
  criterion: Extract<Criterion, { kind: 'class' | 'code' | 'dataPeriod' | 'data' }>,
  effect: 'permit' | 'deny',
  otherwise: boolean,
): RecordCriterion => {
  switch (criterion.kind) {
    case 'class':
      return { kind: 'class', values: criterion.values }
    case 'code':
      return { kind: 'code', values: criterion.values, anywhere: effect === 'deny' }
    case 'dataPeriod':
      return {
        kind: 'period',
        overlap: effect === 'deny',
        start: iso(criterion.start),
        end: iso(criterion.end),
      }
    case 'data': {
      const of = (...meanings: string[]) =>
        criterion.meanings
          .filter(({ meaning }) => meanings.includes(meaning))
          .map(({ reference }) => reference)
      const both = effect === 'deny' ? ['related', 'dependents'] : []
      return {
        kind: 'data',
        instance: of('instance', 'related', 'dependents'),
        dependents: of('dependents', ...both),
        related: of('related', ...both),
        authoredby: of('authoredby'),
        demanded: demanded(criterion, effect),
        otherwise,
      }
    }
  }
}

const iso = (moment: number | undefined): string | null => (moment === undefined ? null : instantText(moment))
