import { sql } from 'drizzle-orm'
import { type Connection, json } from '../../store/database.ts'
import type { TokenContext } from '../issue.ts'
import { randomSecret, sha256 } from '../secrets.ts'

/** A token as it is kept: hashed, with what it stands for. */
interface AccessToken {
  readonly client: string
  readonly audience: number
  readonly context: TokenContext
  readonly grant?: number
  /** In seconds. */
  readonly lifetime: number
}

/** Makes an access token, opaque, and keeps its hash: what is revoked is gone at once (SMART App Launch 2.2, best practices). */
export const writeAccessToken = async (
  connection: Connection,
  { client, audience, context, grant, lifetime }: AccessToken,
  now: Date,
): Promise<string> => {
  const token = randomSecret()
  const expires = new Date(now.getTime() + lifetime * 1000).toISOString()
  await connection.query(sql`INSERT INTO access_token (hash, client, audience, context, "grant", expires)
    VALUES (${await sha256(token)}, ${client}, ${audience}, ${json(context)}, ${grant ?? null}::int, ${expires}::text::timestamptz)`)
  return token
}
