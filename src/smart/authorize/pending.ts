import { sql } from 'drizzle-orm'
import { type Connection, json } from '../../store/database.ts'
import type { Launch } from '../launch.ts'
import { randomSecret, sha256 } from '../secrets.ts'
import type { AuthorizationRequest } from './request.ts'

/** How long a user may take to sign in and decide, in seconds. */
const patience = 15 * 60

/** A request whose user has not decided yet. */
export interface Pending {
  readonly hash: string
  readonly request: AuthorizationRequest
  /** Hash of the session that took it up. */
  readonly session: string | null
  /** The launch that it belongs to. */
  readonly launch: Launch | null
  /** Ids of what was chosen to go with it. */
  readonly patient: string | null
  readonly encounter: string | null
}

/** Keeps a request, and gives the name under which its user goes on with it: a secret, so that nobody else does. */
export const keepPending = async (
  connection: Connection,
  request: AuthorizationRequest,
  launch: Launch | undefined,
  now: Date,
): Promise<string> => {
  const name = randomSecret()
  const expires = new Date(now.getTime() + patience * 1000).toISOString()
  await connection.query(sql`INSERT INTO authorization_request (hash, request, launch, expires) VALUES (${await sha256(name)},
    ${json(request)}, ${launch === undefined ? null : json(launch)}, ${expires}::text::timestamptz)`)
  return name
}

/** A request by its name, while it waits. */
export const findPending = async (
  connection: Connection,
  name: string,
  now: Date,
): Promise<Pending | undefined> => {
  const [row] =
    await connection.query<Pending>(sql`SELECT hash, request, session, launch, patient, encounter FROM authorization_request
    WHERE hash = ${await sha256(name)} AND expires > ${now.toISOString()}::text::timestamptz`)
  return row
}

/** Takes a request up for a session: the first that does is the only one. */
export const takeUp = async (connection: Connection, hash: string, session: string): Promise<boolean> => {
  const rows = await connection.query(sql`UPDATE authorization_request SET session = ${session}
    WHERE hash = ${hash} AND (session IS NULL OR session = ${session}) RETURNING hash`)
  return rows.length > 0
}

/** Lets a request go to the session that a new sign-in begins. */
export const release = async (connection: Connection, hash: string): Promise<void> => {
  await connection.query(sql`UPDATE authorization_request SET session = NULL WHERE hash = ${hash}`)
}

/** Keeps what the user chose to go with the app. Another patient asks for another encounter. */
export const choose = async (
  connection: Connection,
  hash: string,
  chosen: { readonly patient: string | null; readonly encounter: string | null },
): Promise<void> => {
  await connection.query(sql`UPDATE authorization_request SET patient = ${chosen.patient}, encounter = ${chosen.encounter}
    WHERE hash = ${hash}`)
}

/** Ends a request: true for the one that decided it. */
export const endPending = async (connection: Connection, hash: string): Promise<boolean> => {
  const rows = await connection.query(
    sql`DELETE FROM authorization_request WHERE hash = ${hash} RETURNING hash`,
  )
  return rows.length > 0
}
