import { sql } from 'drizzle-orm'
import type { Permit } from '../consent/permit.ts'
import { type Connection, list } from '../store/database.ts'
import { foundColumns, type FoundRow, type Stored, withHidden } from './find.ts'

/**
 * Resources of some types that together have every profile, tag and label which a caller can see there: for each of
 * these the first that has it.
 */
export const findMetaExamples = async (
  connection: Connection,
  permit: Permit,
  types: readonly string[],
): Promise<FoundRow[]> => {
  const joined = permit.joined('r')
  const rows = await connection.query<Stored>(sql`WITH example AS MATERIALIZED (
      SELECT DISTINCT ON (own) r.key FROM resource r ${joined.join}, unnest(r.tokens) own
      WHERE r.type = ANY(${list(types, 'text')}) AND (starts_with(own, '_profile=') OR starts_with(own, '_tag=') OR starts_with(own, '_security='))
        AND NOT r.deleted AND ${joined.visible} ORDER BY own, r.type, r.id)
    SELECT ${foundColumns('r', permit)} FROM resource r WHERE r.key IN (SELECT key FROM example) ORDER BY r.type, r.id`)
  return withHidden(connection, permit, rows)
}
