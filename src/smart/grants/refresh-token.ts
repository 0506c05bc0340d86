import { sql } from 'drizzle-orm'
import type { Connection } from '../../store/database.ts'
import { randomSecret, sha256 } from '../secrets.ts'

/** A refresh token that was presented, and whose it is. */
export interface Refresh {
  readonly hash: string
  readonly grant: number
  readonly client: string
  readonly used: boolean
  readonly good: boolean
}

/** Makes a refresh token for a grant. */
export const writeRefreshToken = async (
  connection: Connection,
  grant: number,
  expires: Date,
): Promise<string> => {
  const secret = randomSecret()
  await connection.query(sql`INSERT INTO refresh_token (hash, "grant", expires)
    VALUES (${await sha256(secret)}, ${grant}, ${expires.toISOString()}::text::timestamptz)`)
  return secret
}

/** A refresh token by itself; undefined where there is none. */
export const findRefreshToken = async (
  connection: Connection,
  token: string,
  now: Date,
): Promise<Refresh | undefined> => {
  const [row] = await connection.query<Refresh>(sql`SELECT r.hash, r."grant", g.client, r.used,
      least(r.expires, g.expires) > ${now.toISOString()}::text::timestamptz AS good
    FROM refresh_token r JOIN smart_grant g ON g.key = r."grant" WHERE r.hash = ${await sha256(token)}`)
  return row
}

/** Uses a refresh token up: true for one request alone, however many come at once. */
export const useRefreshToken = async (connection: Connection, hash: string): Promise<boolean> => {
  const rows = await connection.query(
    sql`UPDATE refresh_token SET used = true WHERE hash = ${hash} AND NOT used RETURNING hash`,
  )
  return rows.length > 0
}
