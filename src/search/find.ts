import { type SQL, sql } from 'drizzle-orm'
import type { Permit } from '../consent/permit.ts'
import { type Connection, list } from '../store/database.ts'
import { filterSql, type Planning } from './filters.ts'
import type { SearchQuery } from './query.ts'

/** One row that may go out, as it is stored: only `redact` makes something of it that leaves. */
export interface FoundRow {
  readonly type: string
  readonly id: string
  readonly version: string
  readonly updated: Date
  readonly deleted: boolean
  readonly mask: bigint
  readonly custodian: number
  readonly person: number | null
  readonly confidentiality: number
  readonly author: string | null
  readonly codes: readonly string[] | null
  readonly refs: readonly string[]
  readonly low: Date | null
  readonly high: Date | null
  readonly content: string
  /** Labels that need no consent for this caller. */
  readonly ordinary: bigint
  /** References in it to records that this caller may not see. */
  readonly hidden: readonly string[]
}

/** A page of a search, with the exact number of all that match. */
export interface Page {
  readonly rows: readonly FoundRow[]
  readonly total: number
}

/** Columns of a row under an alias, and whether it could cite what this caller may not see. */
export const foundColumns = (alias: string, permit: Permit): SQL => {
  const r = sql.raw(alias)
  return sql`${r}.type, ${r}.id, ${r}.version, ${r}.updated, ${r}.deleted, ${r}.mask, ${r}.custodian, ${r}.person, ${r}.confidentiality, ${r}.author,
    ${r}.refs, ${r}.content, ${r}.codes, ${r}.low, ${r}.high, ${permit.ordinary(alias)} AS ordinary, ${permit.mayCiteHidden(alias)} AS citing`
}

export type Stored = Omit<FoundRow, 'hidden'> & { readonly citing: boolean }

/** Looks at what rows cite, in one statement, and only for those that could cite something hidden. */
export const withHidden = async <Row extends Stored>(
  connection: Connection,
  permit: Permit,
  rows: readonly Row[],
): Promise<(Row & FoundRow)[]> => {
  const cited = [...new Set(rows.flatMap(({ citing, refs }) => (citing ? refs : [])))]
  const hidden = cited.length === 0 ? new Set<string>() : await findHidden(connection, permit, cited)
  return rows.map((row) => ({
    ...row,
    hidden: row.citing ? row.refs.filter((reference) => hidden.has(reference)) : [],
  }))
}

const findHidden = async (
  connection: Connection,
  permit: Permit,
  references: readonly string[],
): Promise<Set<string>> => {
  const target = sql`t.type = split_part(cited, '/', 1) AND t.id = split_part(cited, '/', 2)`
  const rows = await connection.query<{
    cited: string
  }>(sql`SELECT cited FROM unnest(${list(references, 'text')}) cited
    WHERE EXISTS (SELECT FROM resource t WHERE ${target}) AND NOT EXISTS (SELECT FROM resource t WHERE ${target} AND ${permit.visible('t')})`)
  return new Set(rows.map(({ cited }) => cited))
}

/** Runs a search under a permit: one statement for the page and its exact total. */
export const search = async (
  connection: Connection,
  query: SearchQuery,
  planning: Omit<Planning, 'patientIsNamed'>,
): Promise<Page> => {
  const conditions = [
    sql`r.type = ${query.type} AND NOT r.deleted`,
    ...query.filters.map((filter) =>
      filterSql(filter, { ...planning, patientIsNamed: namesPatient(query, planning) }),
    ),
    planning.permit.visible('r', query.type),
  ]
  const order = orderOf(query, planning)
  const matched = sql`WITH matched AS MATERIALIZED (SELECT r.key, ${sql.join(
    order.map(({ value }, place) => sql`${value} AS k${sql.raw(String(place))}`),
    sql`, `,
  )}
    FROM resource r WHERE ${sql.join(conditions, sql` AND `)})`
  const sorting = sql.join(
    order.map(({ descending }, place) =>
      sql.raw(`k${place} ${descending ? 'DESC NULLS LAST' : 'ASC NULLS LAST'}`),
    ),
    sql`, `,
  )
  if (query.count === 0) return { rows: [], total: await count(connection, matched) }
  const rows = await connection.query<Stored & { total: number }>(sql`${matched},
    page AS (SELECT key, row_number() OVER () AS place FROM (SELECT key FROM matched ORDER BY ${sorting} LIMIT ${query.count} OFFSET ${query.offset}) ordered)
    SELECT ${foundColumns('r', planning.permit)}, (SELECT count(*)::int FROM matched) AS total
    FROM page JOIN resource r ON r.key = page.key ORDER BY page.place`)
  const total = rows[0]?.total ?? (query.offset === 0 ? 0 : await count(connection, matched))
  return { rows: await withHidden(connection, planning.permit, rows), total }
}

const count = async (connection: Connection, matched: SQL): Promise<number> => {
  const [row] = await connection.query<{ total: number }>(
    sql`${matched} SELECT count(*)::int AS total FROM matched`,
  )
  return row?.total ?? 0
}

const namesPatient = ({ filters }: SearchQuery, { parameters }: Pick<Planning, 'parameters'>): boolean =>
  filters.some(
    ({ name, values }) =>
      parameters.get(name)?.targets.includes('Patient') === true &&
      values.some((value) => value.startsWith('Patient/') || name === 'patient'),
  )

/** The order of a search: as asked, then newest first, and the id so that it is stable. */
const orderOf = (
  { sort, type }: SearchQuery,
  { parameters }: Pick<Planning, 'parameters'>,
): { value: SQL; descending: boolean }[] => {
  const asked = sort.map(({ name, descending }) => ({
    descending,
    value: sortValue(name, descending, type, parameters),
  }))
  const usual = sort.length === 0 ? [{ value: sql`r.low`, descending: true }] : []
  return [...asked, ...usual, { value: sql`r.id`, descending: false }]
}

const sortValue = (
  name: string,
  descending: boolean,
  type: string,
  parameters: Planning['parameters'],
): SQL => {
  const pick = sql.raw(descending ? 'max' : 'min')
  const parameter = parameters.get(name)
  if (name === '_id') return sql`r.id`
  if (name === '_lastUpdated' || parameter === undefined) return sql`r.updated`
  if (parameter.clinical) return sql.raw(descending ? 'r.high' : 'r.low')
  if (parameter.kind === 'date')
    return sql`(SELECT ${pick}(d.low) FROM dates d WHERE d.resource = r.key AND d.type = ${type} AND d.param = ${name})`
  if (parameter.kind === 'string')
    return sql`(SELECT ${pick}(w.value) FROM words w WHERE w.resource = r.key AND w.type = ${type} AND w.param = ${name})`
  return sql`(SELECT ${pick}(token) FROM unnest(r.tokens) token WHERE token LIKE ${`${name}=%`})`
}

/** The current cut of each of several resources, under a permit; deleted ones only where asked for. */
export const findByKeys = async (
  connection: Connection,
  permit: Permit,
  keys: readonly string[],
  deleted = false,
): Promise<FoundRow[]> => {
  const rows =
    await connection.query<Stored>(sql`SELECT ${foundColumns('r', permit)} FROM unnest(${list(keys, 'text')}) WITH ORDINALITY AS k(key, place)
    JOIN resource r ON r.type = split_part(k.key, '/', 1) AND r.id = split_part(k.key, '/', 2)
    WHERE (${deleted} OR NOT r.deleted) AND ${permit.visible('r')} ORDER BY k.place`)
  return withHidden(connection, permit, rows)
}

/** One resource's current cut under a permit, deleted or not; undefined where it is hidden or does not exist. */
export const findOne = async (
  connection: Connection,
  permit: Permit,
  type: string,
  id: string,
): Promise<FoundRow | undefined> => {
  const rows = await connection.query<Stored>(sql`SELECT ${foundColumns('r', permit)} FROM resource r
    WHERE r.type = ${type} AND r.id = ${id} AND ${permit.visible('r', type)}`)
  const [row] = await withHidden(connection, permit, rows)
  return row
}
