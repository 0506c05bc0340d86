import { sql } from 'drizzle-orm'
import type { Connection } from '../store/database.ts'
import { lasting } from './session.ts'

/** Whether a session has not ended: what a user allowed for as long as that ends with it. */
export const sessionStands = async (connection: Connection, hash: string, now: Date): Promise<boolean> => {
  const rows = await connection.query(
    sql`SELECT hash FROM session s WHERE s.hash = ${hash} AND ${lasting(now)}`,
  )
  return rows.length > 0
}
