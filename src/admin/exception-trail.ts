import { sql } from 'drizzle-orm'
import type { Services } from '../services.ts'
import type { Connection } from '../store/database.ts'
import { trail } from './trail.ts'

/** An exception, by what the trail says of it. */
export interface Trailed {
  readonly id: string
  readonly purpose: string
  readonly person: number | null
  readonly custodian: number | null
  /** The report that it opens: then this is named, and not the patient, who may not read it. */
  readonly document?: string | null
}

/**
 * The audit row of what an officer does to an exception, in the same transaction: it names the Patients of one person,
 * or the custodian whose records all are concerned.
 */
export const trailException = async (
  connection: Connection,
  services: Services,
  interaction: 'exception-add' | 'exception-end' | 'exception-review',
  trailed: Trailed,
): Promise<void> => {
  const { id, purpose, person } = trailed
  const concerned = await concernedBy(connection, trailed)
  await trail(
    connection,
    services,
    { interaction, purpose },
    concerned.map((own) => ({ ...own, how: `exception/${id}`, person })),
  )
}

const concernedBy = (
  connection: Connection,
  { person, custodian, document = null }: Trailed,
): Promise<{ what: string; custodian: number }[]> => {
  if (document !== null)
    return connection.query(sql`SELECT ${document}::text AS what, ${custodian}::int AS custodian`)
  return connection.query(
    person === null
      ? sql`SELECT 'Organization/' || id AS what, key AS custodian FROM organization WHERE key = ${custodian}::int`
      : sql`SELECT 'Patient/' || id AS what, custodian FROM resource WHERE type = 'Patient' AND richer IS NULL AND NOT deleted
          AND person = ${person} AND (${custodian}::int IS NULL OR custodian = ${custodian}::int) ORDER BY key`,
  )
}
