import { type SQL, sql } from 'drizzle-orm'
import type { Joined, Permit } from '../consent/permit.ts'
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
  /** Which permit it was decided by, where that decides all that have the same labels alike. */
  readonly stamp?: string | null
  /** References in it to records that this caller may not see. */
  readonly hidden: readonly string[]
}

/** Columns of a row under an alias, and whether it could cite what this caller may not see. */
export const foundColumns = (alias: string, permit: Permit): SQL =>
  sql`${always(alias)}, ${sql.raw(seldom.map((column) => `${alias}.${column}`).join(', '))},
    ${permit.ordinary(alias)} AS ordinary, ${permit.mayCiteHidden(alias)} AS citing`

/**
 * The same of the alias that a statement is about, with its permit joined. What only the explanation of a consent and
 * the look at references need is left out of the common row, which goes out as it is stored: `join` brings it.
 */
export const joinedColumns = (
  alias: string,
  { ordinary, mayCiteHidden: citing, stamp }: Pick<Joined, 'ordinary' | 'mayCiteHidden' | 'stamp'>,
): { readonly columns: SQL; readonly join: SQL } => {
  const own = seldom.map((column) => `${alias}.${column}`).join(', ')
  return {
    columns: sql`${always(alias)}, ${sql.raw(seldom.map((column) => `seldom.${column}`).join(', '))}, ${ordinary} AS ordinary, ${citing} AS citing, ${stamp} AS stamp`,
    join: sql`LEFT JOIN LATERAL (SELECT ${sql.raw(own)} WHERE ${citing} OR (${sql.raw(alias)}.mask & ~(${ordinary})) <> 0) seldom ON true`,
  }
}

const seldom = ['refs', 'author', 'codes', 'low', 'high'] as const

const always = (alias: string): SQL =>
  sql.raw(
    [
      'type',
      'id',
      'version',
      'updated',
      'deleted',
      'mask',
      'custodian',
      'person',
      'confidentiality',
      'content',
    ]
      .map((column) => `${alias}.${column}`)
      .join(', '),
  )

export type Stored = Omit<FoundRow, 'hidden' | 'refs'> & {
  readonly refs: readonly string[] | null
  readonly citing: boolean
}

/** Looks at what rows cite, in one statement, and only for those that could cite something hidden. */
export const withHidden = async <Row extends Pick<Stored, 'refs' | 'citing'>>(
  connection: Connection,
  permit: Permit,
  rows: readonly Row[],
): Promise<(Omit<Row, 'refs'> & Pick<FoundRow, 'hidden' | 'refs'>)[]> => {
  const cited = [...new Set(rows.flatMap(({ citing, refs }) => (citing ? (refs ?? []) : [])))]
  const hidden = cited.length === 0 ? new Set<string>() : await findHidden(connection, permit, cited)
  return rows.map((row) => {
    const refs = row.refs ?? []
    return { ...row, refs, hidden: row.citing ? refs.filter((reference) => hidden.has(reference)) : [] }
  })
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
    WHERE EXISTS (SELECT FROM resource t WHERE ${target}) AND NOT EXISTS (SELECT FROM resource t WHERE ${target} AND ${permit.decision.visible('t')})`)
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
  const [wanted, named] = [sql.param(type), sql.param(id)]
  const rows = await connection.query<Stored>({
    shape: `one ${permit.shapeFor(type)}`,
    given: [...permit.given, wanted, named],
    build: () => {
      const joined = permit.joined('r', type)
      const { columns, join } = joinedColumns('r', joined)
      return sql`SELECT ${columns} FROM resource r ${joined.join} ${join} WHERE r.type = ${wanted} AND r.id = ${named} AND ${joined.visible}`
    },
  })
  const [row] = await withHidden(connection, permit, rows)
  return row
}
