import { sql } from 'drizzle-orm'
import type { Connection } from './database.ts'

/** The key under which cursors are sealed: made at first use, and the same for every process on this database. */
export const readCursorKey = async (connection: Connection): Promise<Uint8Array<ArrayBuffer>> => {
  const known = await read(connection)
  if (known !== undefined) return known
  const fresh = crypto.getRandomValues(new Uint8Array(32))
  await connection.query(
    sql`INSERT INTO fact (name, value) VALUES (${name}, ${btoa(String.fromCharCode(...fresh))}) ON CONFLICT (name) DO NOTHING`,
  )
  return (await read(connection)) ?? fresh
}

const name = 'cursor key'

const read = async (connection: Connection): Promise<Uint8Array<ArrayBuffer> | undefined> => {
  const [row] = await connection.query<{ value: string }>(sql`SELECT value FROM fact WHERE name = ${name}`)
  return row === undefined
    ? undefined
    : Uint8Array.from(atob(row.value), (character) => character.charCodeAt(0))
}
