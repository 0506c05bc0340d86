import { sql } from 'drizzle-orm'
import type { Caller } from '../authenticate/caller.ts'
import type { FoundRow } from '../search/find.ts'
import { type Connection, list } from './database.ts'

/** Which of these records the caller's organization received in a push, as references. */
export const readHoldings = async (
  connection: Connection,
  rows: readonly FoundRow[],
  caller: Caller,
): Promise<Set<string>> => {
  const keys = rows.map(({ type, id }) => `${type}/${id}`)
  const held = await connection.query<{
    type: string
    id: string
  }>(sql`SELECT h.type, h.id FROM unnest(${list(keys, 'text')}) k
    JOIN holding h ON h.type = split_part(k, '/', 1) AND h.id = split_part(k, '/', 2)
    WHERE h.organization = ${caller.organizationKey}`)
  return new Set(held.map(({ type, id }) => `${type}/${id}`))
}
