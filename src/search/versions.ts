import { type SQL, sql } from 'drizzle-orm'
import type { Permit } from '../consent/permit.ts'
import { type Connection, list } from '../store/database.ts'
import { foundColumns, type FoundRow, type Stored, withHidden } from './find.ts'
import type { HistoryQuery } from './history-query.ts'

/** Whose versions: of one resource, of a type, of several types, or of all. */
export interface Whose {
  readonly types: readonly string[] | 'all'
  readonly id?: string
}

/** One version, and what came before it for this caller: nothing, a version, or its deletion. */
export interface FoundVersion extends FoundRow {
  readonly preceded: 'deleted' | 'kept' | undefined
}

/** The version after which a page begins. A version keeps its moment, type, id and version id wherever it is stored. */
export interface VersionPlace {
  readonly moment: string
  readonly type: string
  readonly id: string
  readonly version: string
  /** How many there were when the first page was read: the pages are one answer, and counted once. */
  readonly total: number | null
}

/** A page of a history, with the number of all versions and the place of its last one where there are more. */
export interface VersionPage {
  readonly rows: readonly FoundVersion[]
  /** Null where a whole type or system has more than are counted. */
  readonly total: number | null
  readonly last: VersionPlace | undefined
}

/** What both tables have, under the same names. */
export const columns = sql.raw(
  'mask, updated, person, custodian, submitter, confidentiality, open, held, deleted, richer, type, id, version, author, others, tokens, refs, codes, low, high, content',
)

/** Versions of one moment stand in the order in which they were superseded, the current one first. */
const current = sql.raw('9223372036854775807')

/** Where current versions are, and where those that were superseded. */
export const sides = [
  { table: sql.raw('resource'), age: current, crossing: sql.raw('crossing'), isPast: false },
  { table: sql.raw('history'), age: sql.raw('r.key'), crossing: sql.raw('true'), isPast: true },
] as const

export type Side = (typeof sides)[number]

/** One version of one resource, where the caller may see it. */
export const findVersion = async (
  connection: Connection,
  permit: Permit,
  type: string,
  id: string,
  version: string,
): Promise<FoundRow | undefined> => {
  const one = ({ table, age, crossing }: Side) =>
    sql`SELECT ${columns}, ${crossing} AS crossing, ${age} AS age FROM ${table} r WHERE r.type = ${type} AND r.id = ${id} AND r.version = ${version}`
  const rows = await connection.query<Stored>(sql`SELECT ${foundColumns('r', permit)}
    FROM (${sql.join(sides.map(one), sql` UNION ALL `)}) r WHERE ${permit.visible('r', type)} ORDER BY r.age DESC LIMIT 1`)
  const [row] = await withHidden(connection, permit, rows)
  return row
}

/** Whether the caller may see any version of a resource. */
export const hasVersion = async (
  connection: Connection,
  permit: Permit,
  type: string,
  id: string,
): Promise<boolean> => {
  const any = ({ table }: Side) =>
    sql`EXISTS (SELECT FROM ${table} r WHERE r.type = ${type} AND r.id = ${id} AND ${permit.visible('r', type)})`
  const [row] = await connection.query<{ any: boolean }>(
    sql`SELECT ${sql.join(sides.map(any), sql` OR `)} AS any`,
  )
  return row?.any === true
}

/**
 * A page of the versions that the caller may see, newest first. Each side is read by its index as far as the page goes;
 * a version that both sides hold, or that is kept for several cuts, is there once.
 */
export const findVersions = async (
  connection: Connection,
  permit: Permit,
  whose: Whose,
  query: HistoryQuery,
  after: VersionPlace | undefined,
): Promise<VersionPage> => {
  const matching = sides.map((side) => ({ side, where: conditions(side, whose, query, permit) }))
  const counted = whose.id === undefined && query.count > 0 ? boundedSql(matching) : countSql(matching)
  const total = after === undefined ? counted : sql`${after.total}::int`
  if (query.count === 0) return { rows: [], total: await count(connection, total), last: undefined }
  const limit = limitFor(query.count + 1)
  const order = sql.raw('ORDER BY r.updated DESC, r.type DESC, r.id DESC, r.age DESC')
  const page = matching.map(({ side: { table, age, crossing }, where }) => {
    const from = after === undefined ? sql`` : sql` AND ${isAfter(age, after, permit)}`
    return sql`(SELECT ${columns}, ${crossing} AS crossing, ${age} AS age FROM ${table} r WHERE ${where}${from}
      ORDER BY r.updated DESC, r.type DESC, r.id DESC, age DESC LIMIT ${limit})`
  })
  const found =
    await connection.query<Row>(sql`SELECT ${foundColumns('r', permit)}, r.updated::text AS moment, ${total} AS total, ${preceding(whose, permit)} AS preceded
    FROM (SELECT * FROM (${sql.join(page, sql` UNION ALL `)}) r ${order} LIMIT ${limit}) r ${order}`)
  const rows = found.slice(0, query.count)
  const last = found.length > query.count ? rows.at(-1) : undefined
  return {
    rows: (await withHidden(connection, permit, rows)).map((row) => ({
      ...row,
      preceded: precededBy(row.preceded),
    })),
    total: rows[0] === undefined ? (after === undefined ? 0 : after.total) : rows[0].total,
    last,
  }
}

type Row = Stored & VersionPlace & { readonly preceded: boolean | null }

const precededBy = (deleted: boolean | null): FoundVersion['preceded'] =>
  deleted === null ? undefined : deleted ? 'deleted' : 'kept'

/** Read in the statement of the first page, so that both are of one moment. */
const countSql = (matching: readonly { readonly side: Side; readonly where: SQL }[]): SQL =>
  sql`(${sql.join(
    matching.map(({ side, where }) => sql`(SELECT count(*)::int FROM ${side.table} r WHERE ${where})`),
    sql` + `,
  )})`

/** Versions of a whole type or system are counted so far; beyond that the total is left out. */
const mostCounted = 1000

const boundedSql = (matching: readonly { readonly side: Side; readonly where: SQL }[]): SQL => {
  const each = matching.map(
    ({ side, where }) =>
      sql`(SELECT count(*)::int FROM (SELECT FROM ${side.table} r WHERE ${where} LIMIT ${sql.raw(String(mostCounted + 1))}) counted)`,
  )
  return sql`(SELECT CASE WHEN n <= ${sql.raw(String(mostCounted))} THEN n END FROM (SELECT ${sql.join(each, sql` + `)} AS n) bounded)`
}

const count = async (connection: Connection, total: SQL): Promise<number> => {
  const [row] = await connection.query<{ total: number }>(sql`SELECT ${total} AS total`)
  return row?.total ?? 0
}

/** Few limits, each part of the text: the planner counts on them, and statements stay few. */
const limitFor = (count: number): SQL =>
  sql.raw(String([21, 101, 1001].find((step) => step >= count) ?? count))

/** What makes a row of a side one of the versions asked for. */
const conditions = (side: Side, whose: Whose, query: HistoryQuery, permit: Permit): SQL => {
  const { types, id } = whose
  const since = query.since === undefined ? undefined : sql`r.updated >= ${query.since}::text::timestamptz`
  const asked = [
    ofTypes(types),
    id === undefined ? undefined : sql`r.id = ${id}`,
    since,
    currentAt(side, query.at, whose, permit),
  ]
  const once = side.isPast ? isNewestTwin(whose, permit) : undefined
  const all = [...asked, permit.visible('r', onlyType(whose)), once].filter((part) => part !== undefined)
  return sql.join(all, sql` AND `)
}

const ofTypes = (types: Whose['types']): SQL | undefined => {
  if (types === 'all') return undefined
  const [only = ''] = types
  return types.length === 1 ? sql`r.type = ${only}` : sql`r.type = ANY(${list(types, 'text')})`
}

const onlyType = ({ types }: Whose): string | undefined =>
  types !== 'all' && types.length === 1 ? types[0] : undefined

/** Rows of the same resource as `r`, under another alias. */
const sameResource = (alias: string): SQL => sql.raw(`${alias}.type = r.type AND ${alias}.id = r.id`)

/**
 * Whether a superseded row is the newest that holds its version for this caller: what stays current for those who get
 * less is past for those who get more, and may become current for them again.
 */
const isNewestTwin = (whose: Whose, permit: Permit): SQL => sql`NOT EXISTS (SELECT FROM resource twin
    WHERE ${sameResource('twin')} AND twin.version = r.version AND ${permit.visible('twin', onlyType(whose))})
  AND NOT EXISTS (SELECT FROM history twin
    WHERE ${sameResource('twin')} AND twin.version = r.version AND twin.key > r.key AND ${permit.visible('twin', onlyType(whose))})`

/** A version is current from when it was made until the next one that the caller sees was. */
const currentAt = (
  { isPast }: Side,
  at: HistoryQuery['at'],
  whose: Whose,
  permit: Permit,
): SQL | undefined => {
  if (at === undefined) return undefined
  const [from, until] = [sql`${at.from}::text::timestamptz`, sql`${at.until}::text::timestamptz`]
  const made = sql`r.updated < ${until}`
  if (!isPast) return made
  const newer = sql`${sameResource('newer')} AND newer.version <> r.version AND newer.updated <= ${from} AND ${permit.visible('newer', onlyType(whose))}`
  return sql`${made} AND NOT EXISTS (SELECT FROM resource newer WHERE ${newer} AND newer.updated >= r.updated)
    AND NOT EXISTS (SELECT FROM history newer WHERE ${newer} AND (newer.updated, newer.key) > (r.updated, r.key))`
}

/** Whether the version before `r` that the caller sees was a deletion; null where there is none. */
const preceding = (whose: Whose, permit: Permit): SQL => sql`(SELECT older.deleted FROM history older
    WHERE ${sameResource('older')} AND older.version <> r.version AND (older.updated, older.key) < (r.updated, r.age)
      AND ${permit.visible('older', onlyType(whose))} ORDER BY older.updated DESC, older.key DESC LIMIT 1)`

/**
 * Where the next page begins. The last version of the page before may have been superseded since: it is looked for
 * where it stands now, which is between the same neighbors.
 */
const isAfter = (age: SQL, { moment, type, id, version }: VersionPlace, permit: Permit): SQL => {
  const at = sql`${moment}::text::timestamptz`
  const last = (side: Side) =>
    sql`SELECT ${side.age} AS age FROM ${side.table} r WHERE r.type = ${type} AND r.id = ${id} AND r.version = ${version} AND ${permit.visible('r', type)}`
  return sql`r.updated <= ${at} AND (r.updated, r.type, r.id, ${age}) < (${at}, ${type}, ${id},
    coalesce((SELECT max(last.age) FROM (${sql.join(sides.map(last), sql` UNION ALL `)}) last), 0))`
}

/** All versions of some resources that the caller may see, without deletions, the newest first. */
export const findAllVersions = async (
  connection: Connection,
  permit: Permit,
  type: string,
  ids: readonly string[],
  most: number,
): Promise<FoundRow[]> => {
  const of = ({ table, age, crossing }: Side) =>
    sql`SELECT ${columns}, ${crossing} AS crossing, ${age} AS age FROM ${table} r WHERE r.type = ${type} AND r.id = ANY(${list(ids, 'text')})`
  const rows = await connection.query<Stored>(sql`SELECT ${foundColumns('r', permit)}
    FROM (${sql.join(sides.map(of), sql` UNION ALL `)}) r WHERE NOT r.deleted AND ${permit.visible('r', type)}
    ORDER BY r.updated DESC, r.age DESC LIMIT ${most}`)
  return withHidden(connection, permit, rows)
}

/** When the first version that the caller may see of a resource was stored. */
export const firstStored = async (
  connection: Connection,
  permit: Permit,
  type: string,
  id: string,
): Promise<Date | undefined> => {
  const of = ({ table, crossing }: Side) =>
    sql`SELECT ${columns}, ${crossing} AS crossing FROM ${table} r WHERE r.type = ${type} AND r.id = ${id}`
  const [row] = await connection.query<{ first: Date | null }>(
    sql`SELECT min(r.updated) AS first FROM (${sql.join(sides.map(of), sql` UNION ALL `)}) r WHERE ${permit.visible('r', type)}`,
  )
  return row?.first ?? undefined
}
