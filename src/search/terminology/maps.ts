import { sql } from 'drizzle-orm'
import type { Permit } from '../../consent/permit.ts'
import { type Connection, list } from '../../store/database.ts'
import { foundColumns, type FoundRow, type Stored, withHidden } from '../find.ts'

/** Concept maps from or, reversed, to some code systems, so many at the most. */
export const findMaps = async (
  connection: Connection,
  permit: Permit,
  systems: readonly string[],
  reverse: boolean,
  most: number,
): Promise<FoundRow[]> => {
  const tokens = systems.map((system) => `${reverse ? 'target-system' : 'source-system'}=${system}`)
  const rows = await connection.query<Stored>(sql`SELECT ${foundColumns('r', permit)} FROM resource r
    WHERE r.type = 'ConceptMap' AND NOT r.deleted AND r.tokens && ${list(tokens, 'text')} AND ${permit.decision.visible('r', 'ConceptMap')}
    ORDER BY r.updated, r.id LIMIT ${most}::int`)
  return withHidden(connection, permit, rows)
}
