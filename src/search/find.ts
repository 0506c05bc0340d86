import { type SQL, sql } from 'drizzle-orm'
import type { Permit } from '../consent/permit.ts'
import { type Connection, list } from '../store/database.ts'

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
