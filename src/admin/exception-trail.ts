import { sql } from 'drizzle-orm'
import { insertRecord } from '../record/group-commit.ts'
import type { Services } from '../services.ts'
import type { Connection } from '../store/database.ts'

/** An exception, by what the trail says of it. */
export interface Trailed {
  readonly id: string
  readonly purpose: string
  readonly person: number | null
  readonly custodian: number | null
}

/**
 * The audit row of what an officer does to an exception, in the same transaction: it names the Patients of one person,
 * or the custodian whose records all are concerned.
 */
export const trailException = async (
  connection: Connection,
  { clock, ids }: Services,
  interaction: 'exception-add' | 'exception-end' | 'exception-review',
  { id, purpose, person, custodian }: Trailed,
): Promise<void> => {
  const rows = await connection.query<{ what: string; custodian: number }>(
    person === null
      ? sql`SELECT 'Organization/' || id AS what, key AS custodian FROM organization WHERE key = ${custodian}::int`
      : sql`SELECT 'Patient/' || id AS what, custodian FROM resource WHERE type = 'Patient' AND richer IS NULL AND NOT deleted
          AND person = ${person} AND (${custodian}::int IS NULL OR custodian = ${custodian}::int) ORDER BY key`,
  )
  const audit = {
    at: clock.now(),
    request: ids.request(),
    interaction,
    outcome: 'written',
    client: 'gateway',
    organization: 'unknown',
    purpose,
    custodians: [...new Set(rows.map((row) => row.custodian))],
    persons: person === null ? [] : [person],
    detail: { resources: rows.map((row) => [row.what, '', `exception/${id}`, person, row.custodian]) },
  } as const
  await insertRecord(connection, [audit], [])
}
