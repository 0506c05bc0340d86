import { sql } from 'drizzle-orm'
import type { Permit } from '../consent/permit.ts'
import type { Connection } from '../store/database.ts'
import { foundColumns, type FoundRow, type Stored, withHidden } from './find.ts'

/** Every version of one resource that the caller may see, newest first. */
export const findVersions = async (
  connection: Connection,
  permit: Permit,
  type: string,
  id: string,
  version?: string,
): Promise<FoundRow[]> => {
  const columns = sql.raw(
    'mask, updated, person, custodian, submitter, confidentiality, open, held, deleted, richer, type, id, version, author, others, refs, codes, low, high, content',
  )
  const wanted = version === undefined ? sql`true` : sql`r.version = ${version}`
  const rows = await connection.query<Stored>(sql`SELECT ${foundColumns('r', permit)} FROM (
      SELECT ${columns}, crossing, 0 AS age FROM resource WHERE type = ${type} AND id = ${id}
      UNION ALL SELECT ${columns}, true, key FROM history WHERE type = ${type} AND id = ${id}) r
    WHERE ${wanted} AND ${permit.visible('r', type)} ORDER BY r.updated DESC, r.age = 0 DESC, r.age DESC`)
  return withHidden(connection, permit, rows)
}
