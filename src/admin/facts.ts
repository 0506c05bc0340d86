import { sql } from 'drizzle-orm'
import type { Connection } from '../store/database.ts'

/** A small setting of the installation. */
export const readFact = async (connection: Connection, name: string): Promise<string | undefined> => {
  const [row] = await connection.query<{ value: string }>(sql`SELECT value FROM fact WHERE name = ${name}`)
  return row?.value
}

/** Sets a small setting of the installation. */
export const writeFact = (connection: Connection, name: string, value: string): Promise<object[]> =>
  connection.query(
    sql`INSERT INTO fact (name, value) VALUES (${name}, ${value}) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  )
