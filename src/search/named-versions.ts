import { type SQL, sql } from 'drizzle-orm'
import type { Permit } from '../consent/permit.ts'
import { type Connection, list } from '../store/database.ts'
import { foundColumns, type FoundRow, type Stored, withHidden } from './find.ts'
import type { FoundKey } from './keys.ts'
import { columns, sides, type Side } from './versions.ts'

/** A version of a resource by its name. */
export interface NamedVersion {
  readonly id: string
  readonly version: string
}

/** These very versions of resources of one type, as far as the caller may see them now, in the order in which they are named. */
export const findNamed = async (
  connection: Connection,
  permit: Permit,
  type: string,
  named: readonly NamedVersion[],
): Promise<FoundRow[]> => {
  if (named.length === 0) return []
  const ids = list(named.map(({ id }) => id), 'text') // prettier-ignore
  const versions = list(named.map(({ version }) => version), 'text') // prettier-ignore
  const of = ({ table, age, crossing }: Side): SQL =>
    sql`SELECT ${columns}, ${crossing} AS crossing, ${age} AS age FROM ${table} r WHERE r.type = ${type} AND r.id = k.id AND r.version = k.version`
  const rows = await connection.query<Stored>(sql`SELECT ${foundColumns('r', permit)}
    FROM unnest(${ids}, ${versions}) WITH ORDINALITY AS k(id, version, place) CROSS JOIN LATERAL (
      SELECT r.* FROM (${sql.join(sides.map(of), sql` UNION ALL `)}) r WHERE ${permit.visible('r', type)} ORDER BY r.age DESC LIMIT 1) r
    ORDER BY k.place`)
  return withHidden(connection, permit, rows)
}

/** How many of the versions that a subquery names (`id`, `version`) the caller may see now, counted up to `most`. */
export const countNamed = async (
  connection: Connection,
  permit: Permit,
  type: string,
  named: SQL,
  most: number,
): Promise<number> => {
  const any = ({ table, crossing }: Side): SQL => sql`EXISTS (SELECT FROM (
      SELECT ${columns}, ${crossing} AS crossing FROM ${table} r WHERE r.type = ${type} AND r.id = k.id AND r.version = k.version OFFSET 0) r
    WHERE ${permit.visible('r', type)})`
  const [row] = await connection.query<{ count: number }>(
    sql`SELECT count(*)::int AS count FROM (SELECT FROM (${named}) k WHERE ${sql.join(sides.map(any), sql` OR `)} LIMIT ${most}::int) counted`,
  )
  return row?.count ?? 0
}

/** What the caller saw of resources at a moment, by what it may see now: the newest version of each that had been made, its deletion too. */
export const findAsOf = async (
  connection: Connection,
  permit: Permit,
  keys: readonly Pick<FoundKey, 'type' | 'id'>[],
  moment: Date,
): Promise<(FoundKey & { readonly deleted: boolean })[]> => {
  if (keys.length === 0) return []
  const named = list(keys.map(({ type, id }) => `${type}/${id}`), 'text') // prettier-ignore
  const of = ({ table, age, crossing }: Side): SQL =>
    sql`SELECT ${columns}, ${crossing} AS crossing, ${age} AS age FROM ${table} r
      WHERE r.type = split_part(k.key, '/', 1) AND r.id = split_part(k.key, '/', 2) AND r.updated <= ${moment.toISOString()}::text::timestamptz`
  return connection.query(sql`SELECT r.type, r.id, r.version, r.updated, r.deleted
    FROM unnest(${named}) WITH ORDINALITY AS k(key, place) CROSS JOIN LATERAL (
      SELECT r.* FROM (${sql.join(sides.map(of), sql` UNION ALL `)}) r WHERE ${permit.visible('r')} ORDER BY r.updated DESC, r.age DESC LIMIT 1) r
    ORDER BY k.place`)
}

/** Resources of a type that the caller sees to be deleted, since one moment and not after another, in the order of their ids. */
export const findDeleted = async (
  connection: Connection,
  permit: Permit,
  type: string,
  { since, until }: { readonly since: Date; readonly until: Date },
  after: string | undefined,
  count: number,
): Promise<FoundRow[]> => {
  const further = after === undefined ? sql`` : sql` AND r.id > ${after}`
  const rows = await connection.query<Stored>(sql`SELECT ${foundColumns('r', permit)} FROM resource r
    WHERE r.type = ${type} AND r.deleted AND r.updated > ${since.toISOString()}::text::timestamptz
      AND r.updated <= ${until.toISOString()}::text::timestamptz${further} AND ${permit.visible('r', type)} ORDER BY r.id LIMIT ${count}::int`)
  return withHidden(connection, permit, rows)
}
