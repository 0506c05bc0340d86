import type { Grant } from '../authorize/grant.ts'
import { isRepresentative } from '../consent/asked.ts'
import { withKinds } from '../consent/codes.ts'
import { permitRows } from '../consent/compile.ts'
import { decide, type Reason, type RecordFacts } from '../consent/decide.ts'
import { concerning, type Exception, exceptionKinds, inForce, isReport } from '../consent/exceptions.ts'
import { type Permission, permission } from '../consent/obligations.ts'
import type { Permit } from '../consent/permit.ts'
import { refuse } from '../problem.ts'
import type { Memory } from '../memory.ts'
import type { Excepted, Explained, Explanation } from '../redact/released.ts'
import type { FoundRow } from '../search/find.ts'
import { type CommonFacts, type PersonState, readCommonFacts, readPersons } from './facts.ts'
import type { Connection } from './database.ts'
import { readHoldings } from './holdings.ts'
import { type Kinds, readKinds } from './named-codes.ts'

/**
 * Why each row may go. What needs no consent is plain; the rest is decided once more by the reference decision, which
 * names consent and provision. INVARIANT: the two decisions agree; where they do not, nothing leaves.
 */
export const explain = async (
  connection: Connection,
  rows: readonly FoundRow[],
  grant: Grant,
  permit: Permit,
  known: Memory<Explanation>,
): Promise<Explained[]> => {
  const remembered = new Map(
    rows.map((row) => [row, typeof row.stamp !== 'string' ? undefined : known.get(keyOf(row))]),
  )
  const needing = rows.filter((row) => needsReasons(row, grant) && remembered.get(row) === undefined)
  if (needing.length === 0) return rows.map((row) => explainedBy(row, remembered.get(row)))
  const common = await readCommonFacts(connection)
  const persons = [...new Set(needing.flatMap(({ person }) => person ?? []))]
  const states = new Map(
    (await readPersons(connection, common, persons)).map((state) => [state.person, state]),
  )
  const kinds = await readKinds(connection, needing)
  const held = await readHoldings(connection, needing, grant.caller)
  return rows.map((row) => {
    if (!needing.includes(row)) return explainedBy(row, remembered.get(row))
    const state = states.get(row.person ?? -1)
    const decided = consented(row, state, grant, permit, common, kinds)
    if (decided !== undefined && typeof row.stamp === 'string') known.keep(keyOf(row), explanationOf(decided))
    return (
      decided ??
      received(row, held) ??
      released(row, state, grant, permit, common) ??
      (needsConsent(row) ? refuse({ kind: 'unexpected' }) : { ...plain(row), ...represented })
    )
  })
}

/** What a representative reads is accounted with the sections by which it goes. */
const needsReasons = (row: FoundRow, { caller }: Grant): boolean =>
  needsConsent(row) || (isRepresentative(caller.asked) && row.person !== null)

/** What goes to a representative is accounted, whatever explains it. */
const represented = { basis: 'representative', citations: ['45 CFR 164.502(g)'] } as const

const needsConsent = (row: FoundRow): boolean => (BigInt(row.mask) & ~BigInt(row.ordinary)) !== 0n

/** A permit without rules about single records says the same of all that have the same labels; a new one has a new stamp. */
const keyOf = ({ stamp, mask }: FoundRow): string => `${stamp ?? ''} ${mask}`

const explainedBy = (row: FoundRow, remembered: Explanation | undefined): Explained =>
  remembered === undefined ? plain(row) : { row, ...remembered }

const plain = (row: FoundRow): Explained => ({
  row,
  basis: row.person === null ? 'open' : BigInt(row.ordinary) > 1n << 40n ? 'standing' : 'default',
  consents: [],
  exceptions: [],
})

const explanationOf = ({ row: _row, ...explanation }: Explained): Explanation => explanation

const consented = (
  row: FoundRow,
  state: PersonState | undefined,
  { caller }: Grant,
  { moment }: Permit,
  common: CommonFacts,
  kinds: Kinds,
): Explained | undefined => {
  if (state === undefined) return undefined
  const custodian = `Organization/${common.byKey.get(row.custodian)?.id ?? ''}`
  const decision = decide(
    state.directives,
    caller.asked,
    moment.getTime(),
    recordFacts(row, custodian, kinds),
    state.factsFor(custodian),
  )
  if (decision.effect === 'deny') return undefined
  const consents = decision.obligations.flatMap((own): Permission[] => {
    if (own.kind !== 'explanation') return []
    const { kind: _kind, citation: _citation, ...explained } = own
    return [explained]
  })
  const exceptions = exceptedBy(decision.reasons.flatMap(({ exception }) => exception ?? []))
  const otherwise = isRepresentative(caller.asked) ? 'representative' : 'standing'
  return {
    row,
    basis: basisOf(consents, exceptions, otherwise),
    consents,
    exceptions,
    citations: byRowsOf(decision.reasons),
  }
}

const byRowsOf = (reasons: readonly Reason[]): string[] => [
  ...new Set(
    reasons.flatMap(({ effect, rule, citation }) =>
      effect === 'permit' && rule === 'default' ? [citation] : [],
    ),
  ),
]

const basisOf = (
  consents: readonly Permission[],
  exceptions: readonly Excepted[],
  otherwise: Explanation['basis'],
): Explanation['basis'] => {
  if (exceptions.length > 0) return 'exception'
  return consents.length > 0 ? 'consent' : otherwise
}

/** Each exception once, with the section of the law that it goes under. */
const exceptedBy = (exceptions: readonly Exception[]): Excepted[] =>
  [...new Map(exceptions.map((own) => [own.id, own])).values()].map(({ id, kind }) => ({
    exception: id,
    kind,
    citation: exceptionKinds[kind].citation,
  }))

/** A holder's copy goes under the basis of the push that brought it. */
const received = (row: FoundRow, held: ReadonlySet<string>): Explained | undefined =>
  held.has(`${row.type}/${row.id}`) ? { row, basis: 'held', consents: [], exceptions: [] } : undefined

/**
 * A permit that reaches any record of a custodian also releases that custodian's Patient (CONSENT rules, section 1):
 * under the exceptions in force and the consents that reach this recipient, where there are such.
 */
const released = (
  row: FoundRow,
  state: PersonState | undefined,
  { caller }: Grant,
  { moment }: Permit,
  common: CommonFacts,
): Explained | undefined => {
  if (row.type !== 'Patient' || state === undefined) return undefined
  const custodian = `Organization/${common.byKey.get(row.custodian)?.id ?? ''}`
  const facts = state.factsFor(custodian)
  const apart = { ...facts, exceptions: [] }
  const reaching = state.directives.filter((directive) =>
    permitRows([directive], caller.asked, custodian, apart).some(
      ({ valid, allowed, ordinary, rules }) =>
        valid.start <= moment.getTime() &&
        moment.getTime() < valid.end &&
        ((allowed & ~ordinary) !== 0n || rules.some(({ permits }) => permits)),
    ),
  )
  const consents = reaching.map(({ consent, root }) => permission(consent, root.path, state.directives))
  const exceptions = exceptedBy(
    inForce(concerning(facts.exceptions, caller.asked, custodian), moment.getTime()).filter(
      (own) => !isReport(own),
    ),
  )
  const represents = isRepresentative(caller.asked)
  return {
    row,
    basis: basisOf(consents, exceptions, represents ? 'representative' : 'default'),
    consents,
    exceptions,
    citations: represents ? represented.citations : [],
  }
}

/** A row as the reference decision sees it; `kinds` of its codes as `readKinds` reads them. */
export const recordFacts = (row: FoundRow, custodian: string, kinds: Kinds): RecordFacts => ({
  type: row.type,
  id: row.id,
  custodian,
  mask: BigInt(row.mask),
  confidentiality: row.confidentiality,
  codes: withKinds(row.codes ?? [], kinds),
  refs: row.refs,
  author: row.author ?? undefined,
  low: (row.low ?? row.updated).getTime(),
  high: (row.high ?? row.updated).getTime(),
})
