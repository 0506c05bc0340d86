import { sql } from 'drizzle-orm'
import { type Connection, list } from './database.ts'

/** Which of some records concern a patient, under whatever of its Patients, or are the same for everybody. */
export const findOfPatient = async (
  connection: Connection,
  patient: string | undefined,
  keys: readonly string[],
): Promise<ReadonlySet<string>> => {
  const id = (patient ?? '').replace(/^Patient\//, '')
  const rows = await connection.query<{ key: string }>(
    sql`SELECT DISTINCT k.key FROM unnest(${list(keys, 'text')}) k(key)
      JOIN resource r ON r.type = split_part(k.key, '/', 1) AND r.id = split_part(k.key, '/', 2),
        (SELECT (SELECT t.person FROM resource t WHERE t.type = 'Patient' AND t.id = ${id} LIMIT 1)) own(person)
      WHERE r.open OR r.person = own.person OR own.person = ANY(r.others)`,
  )
  return new Set(rows.map(({ key }) => key))
}
