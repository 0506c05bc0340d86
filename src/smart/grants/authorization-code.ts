import { sql } from 'drizzle-orm'
import type { Connection } from '../../store/database.ts'
import { randomSecret, sha256 } from '../secrets.ts'

/** How long a code is good, in seconds (RFC 6749 section 4.1.2 asks for no more than ten minutes). */
const lifetime = 60

/** What a code was given for. */
export interface Code {
  readonly grant: number
  readonly redirect: string
  readonly challenge: string
  readonly nonce: string | null
}

/** Makes a code for a grant. */
export const writeCode = async (connection: Connection, code: Code, now: Date): Promise<string> => {
  const secret = randomSecret()
  const expires = new Date(now.getTime() + lifetime * 1000).toISOString()
  await connection.query(sql`INSERT INTO authorization_code (hash, "grant", redirect, challenge, nonce, expires)
    VALUES (${await sha256(secret)}, ${code.grant}, ${code.redirect}, ${code.challenge}, ${code.nonce}, ${expires}::text::timestamptz)`)
  return secret
}

/** A code that was presented, of the client that presents it; undefined where there is none. */
export const findCode = async (
  connection: Connection,
  code: string,
  client: string,
  now: Date,
): Promise<
  (Code & { readonly hash: string; readonly used: boolean; readonly good: boolean }) | undefined
> => {
  const [row] = await connection.query<
    Code & { readonly hash: string; readonly used: boolean; readonly good: boolean }
  >(sql`SELECT c.hash, c."grant", c.redirect, c.challenge, c.nonce, c.used, c.expires > ${now.toISOString()}::text::timestamptz AS good
      FROM authorization_code c JOIN smart_grant g ON g.key = c."grant" WHERE c.hash = ${await sha256(code)} AND g.client = ${client}`)
  return row
}

/** Uses a code up: true for one request alone, however many come at once. */
export const useCode = async (connection: Connection, hash: string): Promise<boolean> => {
  const rows = await connection.query(
    sql`UPDATE authorization_code SET used = true WHERE hash = ${hash} AND NOT used RETURNING hash`,
  )
  return rows.length > 0
}
