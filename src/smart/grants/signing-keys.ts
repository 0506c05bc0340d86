import { sql } from 'drizzle-orm'
import { exportJWK, generateKeyPair, type JWK, calculateJwkThumbprint } from 'jose'
import { type Connection, json } from '../../store/database.ts'

/** The algorithm of id_tokens, which every OpenID client takes (OpenID Connect Core 15.1). */
export const signingAlgorithm = 'RS256'

/** How long a key that signs no longer is published, in milliseconds: longer than any id_token is good. */
const published = 24 * 3600 * 1000

/** A key, with its private half. */
export interface SigningKey {
  readonly kid: string
  readonly private: JWK
}

const lock = 5_791_230_015

/** The key that signs now; the first is made where there is none. */
export const signingKey = async (connection: Connection, now: Date): Promise<SigningKey> =>
  (await newestKey(connection, now)) ?? makeFirst(connection, now)

const newestKey = async (connection: Connection, now: Date): Promise<SigningKey | undefined> => {
  const at = now.toISOString()
  const [row] = await connection.query<SigningKey>(sql`SELECT kid, private FROM signing_key
    WHERE begins <= ${at}::text::timestamptz AND (ends IS NULL OR ends > ${at}::text::timestamptz) ORDER BY begins DESC, kid LIMIT 1`)
  return row
}

const makeFirst = async (connection: Connection, now: Date): Promise<SigningKey> => {
  const key = await newKey()
  await connection.query(sql`INSERT INTO signing_key (kid, private, begins)
    SELECT ${key.kid}, ${json(key.private)}, ${now.toISOString()}::text::timestamptz
    WHERE NOT EXISTS (SELECT FROM signing_key WHERE ends IS NULL)`)
  return (await newestKey(connection, now)) ?? key
}

const newKey = async (): Promise<SigningKey> => {
  const { privateKey } = await generateKeyPair(signingAlgorithm, { extractable: true, modulusLength: 2048 })
  const bare = await exportJWK(privateKey)
  const kid = await calculateJwkThumbprint(bare)
  return { kid, private: { ...bare, kid, alg: signingAlgorithm, use: 'sig' } }
}

/** The public halves of all keys that sign, will sign, or signed what is still good (RFC 7517). */
export const publicKeys = async (connection: Connection, now: Date): Promise<JWK[]> => {
  await signingKey(connection, now)
  const rows = await connection.query<{ private: JWK }>(sql`SELECT private FROM signing_key
    WHERE ends IS NULL OR ends > ${now.toISOString()}::text::timestamptz ORDER BY begins DESC, kid`)
  return rows.map(({ private: { kty, n, e, kid, alg, use } }) => ({ kty, n, e, kid, alg, use }))
}

/** What rotating did: which key signs from when on, and which are published until when. */
export interface Rotated {
  readonly kid: string
  readonly begins: string
  readonly retired: readonly { readonly kid: string; readonly ends: string }[]
}

/**
 * Makes a new key, published at once and signing once `overlap` milliseconds have gone by, so that whoever keeps the key set
 * has it by then; the others stay published until what they signed has expired. The second of two at once waits.
 */
export const rotateKeys = async (connection: Connection, now: Date, overlap: number): Promise<Rotated> => {
  await connection.query(sql`SELECT pg_advisory_xact_lock(${sql.raw(String(lock))})`)
  await signingKey(connection, now)
  const key = await newKey()
  const begins = new Date(now.getTime() + overlap)
  const ends = new Date(begins.getTime() + published)
  const retired = await connection.query<{ kid: string; ends: Date }>(
    sql`UPDATE signing_key SET ends = ${ends.toISOString()}::text::timestamptz WHERE ends IS NULL RETURNING kid, ends`,
  )
  await connection.query(sql`INSERT INTO signing_key (kid, private, begins)
    VALUES (${key.kid}, ${json(key.private)}, ${begins.toISOString()}::text::timestamptz)`)
  return {
    kid: key.kid,
    begins: begins.toISOString(),
    retired: retired.map((one) => ({ kid: one.kid, ends: one.ends.toISOString() })),
  }
}
