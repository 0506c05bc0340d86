import { sql } from 'drizzle-orm'
import type { FhirResource } from 'fhir/r4'
import { type Connection, list } from '../store/database.ts'
import type { Referred } from './referrals.ts'

/**
 * Tasks among some records, or about them, that reached nobody yet: they waited since something in them did not conform
 * to a profile.
 */
export const waitingReferrals = async (
  connection: Connection,
  keys: readonly string[],
): Promise<Referred[]> => {
  if (keys.length === 0) return []
  const rows = await connection.query<{ content: string; custodian: number }>(
    sql`SELECT content, custodian FROM resource r WHERE type = 'Task' AND NOT deleted AND richer IS NULL
      AND ('Task/' || id = ANY(${list(keys, 'text')}) OR tokens && ${list(
        keys.map((key) => `@${key}`),
        'text',
      )})
      AND NOT EXISTS (SELECT FROM holding h WHERE h.type = 'Task' AND h.id = r.id) ORDER BY key`,
  )
  return rows.map(({ content, custodian }) => ({
    action: 'update',
    resource: JSON.parse(content) as FhirResource,
    custodian,
  }))
}
