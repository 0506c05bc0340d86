import { type SQL, sql } from 'drizzle-orm'
import { type Asked, isRepresentative } from '../consent/asked.ts'
import { type PermitRow, permitRows } from '../consent/compile.ts'
import { rangeLiteral } from '../consent/intervals.ts'
import { arrayLiteral, type Connection, list } from './database.ts'
import { type CommonFacts, type PersonState, readCommonFacts, readPersons } from './facts.ts'

/** An audience: who asks for what, with its key. */
interface Audience {
  readonly key: number
  readonly asked: Asked
}

/** Persons whose permits are built in one go. */
const batch = 500

/**
 * The key of the audience that `asked` is. The first time it is met, its permits are built for every person whom it could
 * concern, in the same transaction; from then on every write that touches a decision rebuilds them.
 */
export const ensureAudience = async (connection: Connection, asked: Asked): Promise<number> => {
  const identity = identityOf(asked)
  const [known] = await connection.query<{ key: number }>(
    sql`SELECT key FROM audience WHERE identity = ${identity}`,
  )
  if (known !== undefined) return known.key
  await connection.query(sql`SELECT pg_advisory_xact_lock(${decisions})`)
  const [made] = await connection.query<{ key: number }>(
    sql`INSERT INTO audience (identity, asked) VALUES (${identity}, ${JSON.stringify(asked)}::text::jsonb) ON CONFLICT DO NOTHING RETURNING key`,
  )
  if (made === undefined) return ensureAudience(connection, asked)
  const audience = { key: made.key, asked }
  await rebuildFor(
    connection,
    [audience],
    await whomItConcerns(connection, asked),
    sql`audience = ${made.key}`,
  )
  return made.key
}

const identityOf = (asked: Asked): string => JSON.stringify(asked, Object.keys(asked).toSorted())

/**
 * The same for some persons alone, where the audience is new. INVARIANT: only in a transaction that is undone
 * (`rehearse`): an audience that stays needs the permits of everybody.
 */
export const rehearseAudience = async (
  connection: Connection,
  asked: Asked,
  persons: readonly number[],
): Promise<number> => {
  const identity = identityOf(asked)
  const [made] = await connection.query<{ key: number; fresh: boolean }>(
    sql`WITH made AS (INSERT INTO audience (identity, asked) VALUES (${identity}, ${JSON.stringify(asked)}::text::jsonb) ON CONFLICT DO NOTHING RETURNING key)
      SELECT key, true AS fresh FROM made UNION ALL SELECT key, false FROM audience WHERE identity = ${identity}`,
  )
  if (made === undefined) return rehearseAudience(connection, asked, persons)
  if (made.fresh)
    await rebuildFor(connection, [{ key: made.key, asked }], persons, sql`audience = ${made.key}`)
  return made.key
}

/**
 * Rebuilds every audience's permits for these persons; call it in the transaction that changed what they depend on.
 * `only` are the audiences that a change concerns, where it concerns one organization and purpose.
 */
export const rebuildPermits = async (
  connection: Connection,
  persons: readonly number[] | 'all',
  only?: Pick<Asked, 'organization' | 'purpose'>,
): Promise<void> => {
  if (persons.length === 0) return
  await lockDecisions(connection, persons)
  const whom = persons === 'all' ? await everyone(connection) : [...new Set(persons)]
  const concerned =
    only === undefined
      ? sql`true`
      : sql`asked->>'organization' = ${only.organization} AND asked->>'purpose' = ${only.purpose}`
  const audiences = await connection.query<Audience>(
    sql`SELECT key, asked FROM audience WHERE ${concerned} AND ${persons === 'all' ? sql`true` : mayConcern(whom)} ORDER BY key`,
  )
  const replaced =
    only === undefined ? sql`true` : sql`audience IN (SELECT key FROM audience WHERE ${concerned})`
  await rebuildFor(connection, audiences, whom, replaced)
}

/** The lock under which permits are built; the number means nothing but itself. */
const decisions = 579_123

/**
 * Whoever rebuilds the same person's permits takes turns, and a new audience or a change that touches all waits for
 * everybody: each then reads what the others have committed, and nothing that they changed is missed. Persons share 1,024 turns, as the server's table of locks is small.
 */
const lockDecisions = async (connection: Connection, persons: readonly number[] | 'all'): Promise<void> => {
  if (persons === 'all') {
    await connection.query(sql`SELECT pg_advisory_xact_lock(${decisions})`)
    return
  }
  await connection.query(sql`SELECT pg_advisory_xact_lock_shared(${decisions})`)
  await connection.query(sql`SELECT pg_advisory_xact_lock(${decisions}, turn)
    FROM (SELECT DISTINCT person & 1023 AS turn FROM unnest(${list(persons, 'integer')}) AS given(person) ORDER BY turn) ordered`)
}

/** What in a stored directive may name a person as a recipient, by itself or as a member. */
const people = 'Patient|RelatedPerson|Group|CareTeam|PractitionerRole'
const namesPeople = sql.raw(`d.compiled::text ~ '"(${people})/'`)

/**
 * Audiences that could have a permit about these persons. A patient or a representative has one about the person behind it,
 * and about whoever names people in a consent; there are as many such audiences as people who log in.
 */
const mayConcern = (persons: readonly number[]): SQL => {
  const own = list(persons, 'integer')
  return sql`((NOT asked ? 'patient' AND coalesce(asked->>'user', '') NOT LIKE 'RelatedPerson/%')
    OR asked->>'patient' IN (SELECT 'Patient/' || id FROM resource WHERE type = 'Patient' AND person = ANY(${own}))
    OR asked->>'user' IN (SELECT 'RelatedPerson/' || id FROM resource WHERE type = 'RelatedPerson' AND person = ANY(${own}))
    OR EXISTS (SELECT FROM directive d WHERE d.person = ANY(${own}) AND ${namesPeople}))`
}

/** The persons about whom an audience could have a permit: the same the other way round. */
const whomItConcerns = async (connection: Connection, asked: Asked): Promise<number[]> => {
  if (asked.patient === undefined && !isRepresentative(asked)) return everyone(connection)
  const [, patient = ''] = asked.patient?.split('/') ?? []
  const [, user = ''] = asked.user?.split('/') ?? []
  const rows = await connection.query<{ person: number }>(sql`SELECT person FROM resource
      WHERE (type = 'Patient' AND id = ${patient} OR type = 'RelatedPerson' AND id = ${user}) AND person IS NOT NULL
    UNION SELECT d.person FROM directive d WHERE d.person IS NOT NULL AND ${namesPeople} ORDER BY 1`)
  return rows.map(({ person }) => person)
}

const everyone = async (connection: Connection): Promise<number[]> =>
  (await connection.query<{ key: number }>(sql`SELECT key FROM person ORDER BY key`)).map(({ key }) => key)

/** Replaces the permits of persons: those that `replaced` finds go, those of the audiences are made anew. */
const rebuildFor = async (
  connection: Connection,
  audiences: readonly Audience[],
  persons: readonly number[],
  replaced: SQL,
): Promise<void> => {
  const common = audiences.length === 0 ? undefined : await readCommonFacts(connection)
  for (let start = 0; start < persons.length; start += batch) {
    const some = persons.slice(start, start + batch)
    await removeOf(connection, some, replaced)
    if (common === undefined) continue
    await insertFor(connection, audiences, await readPersons(connection, common, some), common)
  }
}

const removeOf = async (connection: Connection, persons: readonly number[], replaced: SQL): Promise<void> => {
  const own = list(persons, 'integer')
  await connection.query(sql`DELETE FROM permit WHERE person = ANY(${own}) AND ${replaced}`)
  await connection.query(sql`DELETE FROM rule WHERE person = ANY(${own}) AND ${replaced}`)
}

const insertFor = async (
  connection: Connection,
  audiences: readonly Audience[],
  states: readonly PersonState[],
  common: CommonFacts,
): Promise<void> => {
  const rows = audiences.flatMap(({ key, asked }) =>
    states.flatMap((state) => (concerns(asked, state) ? rowsOf(key, asked, state, common) : [])),
  )
  await insertPermits(connection, rows)
  await insertRules(
    connection,
    rows.filter(({ row }) => row.rules.length > 0),
  )
}

/** Whether an audience could have a permit about a person (`mayConcern`). */
const concerns = ({ patient, user }: Asked, { own, namesPeople: named }: PersonState): boolean => {
  const personal = patient ?? (isRepresentative({ user }) ? user : undefined)
  return personal === undefined || named || own.has(personal)
}

interface Placed {
  readonly audience: number
  readonly person: number
  readonly custodian: number
  readonly row: PermitRow
}

const rowsOf = (audience: number, asked: Asked, state: PersonState, common: CommonFacts): Placed[] =>
  state.custodians.flatMap((custodian) => {
    const reference = `Organization/${common.byKey.get(custodian)?.id ?? ''}`
    const rows = permitRows(state.directives, asked, reference, state.factsFor(reference))
    return rows.map((row) => ({ audience, person: state.person, custodian, row }))
  })

const column = (values: readonly (string | number | bigint)[]) => arrayLiteral(values)

const insertPermits = async (connection: Connection, rows: readonly Placed[]): Promise<void> => {
  if (rows.length === 0) return
  await connection.query(sql`INSERT INTO permit (audience, person, custodian, valid, allowed, vetoed, ordinary, specific)
    SELECT * FROM unnest(${column(rows.map(({ audience }) => audience))}::text::int[], ${column(rows.map(({ person }) => person))}::text::int[],
      ${column(rows.map(({ custodian }) => custodian))}::text::int[], ${column(rows.map(({ row }) => rangeLiteral(row.valid)))}::text::tstzrange[],
      ${column(rows.map(({ row }) => row.allowed))}::text::bigint[], ${column(rows.map(({ row }) => row.vetoed))}::text::bigint[],
      ${column(rows.map(({ row }) => row.ordinary))}::text::bigint[], ${column(rows.map(({ row }) => String(row.rules.length > 0)))}::text::bool[])`)
}

const insertRules = async (connection: Connection, rows: readonly Placed[]): Promise<void> => {
  const flat = rows.flatMap((placed) => placed.row.rules.map((rule) => ({ ...placed, rule })))
  if (flat.length === 0) return
  await connection.query(sql`INSERT INTO rule (audience, person, custodian, valid, consent, depth, permits, vetoes, excepts, mask, criteria)
    SELECT a, p, c, v, consent, depth, permits, vetoes, excepts, mask, criteria::jsonb
    FROM unnest(${column(flat.map(({ audience }) => audience))}::text::int[], ${column(flat.map(({ person }) => person))}::text::int[],
      ${column(flat.map(({ custodian }) => custodian))}::text::int[], ${column(flat.map(({ row }) => rangeLiteral(row.valid)))}::text::tstzrange[],
      ${column(flat.map(({ rule }) => rule.consent))}::text::text[], ${column(flat.map(({ rule }) => rule.depth))}::text::int[],
      ${column(flat.map(({ rule }) => String(rule.permits)))}::text::bool[], ${column(flat.map(({ rule }) => String(rule.vetoes)))}::text::bool[], ${column(flat.map(({ rule }) => String(rule.excepts)))}::text::bool[],
      ${column(flat.map(({ rule }) => rule.mask))}::text::bigint[], ${column(flat.map(({ rule }) => JSON.stringify(rule.criteria)))}::text::text[])
      AS made(a, p, c, v, consent, depth, permits, vetoes, excepts, mask, criteria)`)
}
