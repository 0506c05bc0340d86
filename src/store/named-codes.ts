import { sql } from 'drizzle-orm'
import { bare } from '../consent/codes.ts'
import type { Directive, Provision } from '../consent/directive.ts'
import { belowSql } from '../search/terminology/hierarchy-sql.ts'
import { type Connection, list } from './database.ts'

/** Codes, and those that consents name of which they are kinds. */
export type Kinds = ReadonlyMap<string, readonly string[]>

/**
 * Notes the codes that directives name, each with all its kinds as far as the release that is current knows them
 * (CONSENT rules, section 3: by hierarchy where terminology is loaded). `meets` asks there, row by row, so that a code at
 * the top of a system costs a decision no more than one at its end. Call it once in a transaction: codes are noted in order.
 */
export const nameCodes = async (connection: Connection, directives: readonly Directive[]): Promise<void> => {
  const codes = [...new Set(directives.flatMap(({ root }) => codesIn(root)))].toSorted()
  if (codes.length === 0) return
  await connection.query(sql`SELECT pg_advisory_xact_lock_shared(${namings})`)
  const fresh = await connection.query<Named>(sql`INSERT INTO named_code (code, release)
    SELECT code, (SELECT key FROM code_release WHERE stage = 'current' AND system = split_part(code, '|', 1))
    FROM unnest(${list(codes, 'text')}) AS given(code) ON CONFLICT DO NOTHING RETURNING code, release`)
  for (const own of fresh) await addKinds(connection, own)
}

interface Named {
  readonly code: string
  readonly release: number | null
}

const codesIn = ({ criteria, children }: Provision): string[] => [
  ...criteria.flatMap((criterion) => (criterion.kind === 'code' ? criterion.values : [])),
  ...children.flatMap(codesIn),
]

const addKinds = async (connection: Connection, { code, release }: Named): Promise<void> => {
  if (release === null) return
  const [system = '', own = ''] = code.split('|')
  await connection.query(sql`INSERT INTO code_kind (code, named)
    SELECT ${`${system}|`} || below.code, ${code} FROM ${belowSql(release, sql`${own}`)} below WHERE below.code <> ${own} ON CONFLICT DO NOTHING`)
}

/** The lock between who names a code and who changes what is a kind of it; the number means nothing but itself. */
const namings = 579_124

/** Waits for everybody who names codes by the release that is current, and lets nobody name more until the transaction ends. */
export const lockNamings = (connection: Connection): Promise<unknown> =>
  connection.query(sql`SELECT pg_advisory_xact_lock(${namings})`)

/**
 * Another release of a system is current: the kinds of the codes that consents name are those that it knows, for every
 * decision from the commit on. INVARIANT: after `lockNamings`.
 */
export const renewKinds = async (connection: Connection, system: string, release: number): Promise<void> => {
  const named = await connection.query<Named>(sql`UPDATE named_code SET release = ${release}::int
    WHERE split_part(code, '|', 1) = ${system} RETURNING code, release`)
  if (named.length === 0) return
  await connection.query(
    sql`DELETE FROM code_kind WHERE named = ANY(${list(
      named.map(({ code }) => code),
      'text',
    )})`,
  )
  for (const own of named) await addKinds(connection, own)
}

/** What the codes of some rows are kinds of. */
export const readKinds = async (
  connection: Connection,
  rows: readonly { readonly codes: readonly string[] | null }[],
): Promise<Kinds> => {
  const codes = [...new Set(rows.flatMap(({ codes: own }) => own ?? []).map(bare))]
  if (codes.length === 0) return new Map()
  const found = await connection.query<{ code: string; named: string[] }>(
    sql`SELECT code, array_agg(named) AS named FROM code_kind WHERE code = ANY(${list(codes, 'text')}) GROUP BY code`,
  )
  return new Map(found.map(({ code, named }) => [code, named]))
}
