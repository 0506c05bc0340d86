import { sql } from 'drizzle-orm'
import type { Services } from '../services.ts'
import { randomSecret } from '../smart/secrets.ts'
import { type Connection, list } from '../store/database.ts'
import { readCookie, setCookie } from './cookies.ts'

/** Somebody who can sign in. */
export interface Member {
  readonly id: string
  /** `Practitioner/…`, `RelatedPerson/…` or `Patient/…` */
  readonly reference: string
  /** `Organization/…` */
  readonly organization: string
  readonly role: string
}

/** Who is signed in in this browser, and since when and how. */
export interface Session {
  /** SHA-256 of the cookie, in hexadecimal. */
  readonly hash: string
  readonly member: Member
  readonly authenticated: Date
  /** How, by RFC 8176: `pwd`, `otp`, `hwk`, `swk`, `mfa`; `fed` for an external provider. */
  readonly methods: readonly string[]
}

/** In seconds: a session ends when it is not used for so long, and after so long in any case (NIST SP 800-63B-4, 2.2.3). */
export const idle = 30 * 60
export const longest = 12 * 60 * 60

interface Row {
  readonly id: string
  readonly practitioner: string
  readonly organization: string
  readonly role: string
  readonly authenticated: Date
  readonly seen: Date
  readonly methods: string[]
}

/** The session of a request's cookie, while it lasts and its member is known. */
export const findSession = async (services: Services, request: Request): Promise<Session | undefined> => {
  const cookie = readCookie(services, request, 'session')
  if (cookie === undefined) return undefined
  const hash = await services.digest(cookie)
  const now = services.clock.real()
  const [row] = await services.database.query<Row>(sql`SELECT m.id, m.practitioner, m.organization, m.role,
      s.authenticated, s.seen, s.methods FROM session s JOIN member m ON m.id = s.member
    WHERE s.hash = ${hash} AND ${lasting(now)}`)
  if (row === undefined) return undefined
  if (now.getTime() - new Date(row.seen).getTime() > 60_000)
    await services.database.query(
      sql`UPDATE session SET seen = ${now.toISOString()}::text::timestamptz WHERE hash = ${hash}`,
    )
  const { id, practitioner, organization, role } = row
  const member = { id, reference: practitioner, organization, role }
  return { hash, member, authenticated: new Date(row.authenticated), methods: row.methods }
}

/** The condition on a session `s` that it has not ended by itself. */
export const lasting = (now: Date) =>
  sql`s.seen > ${ago(now, idle)}::text::timestamptz AND s.authenticated > ${ago(now, longest)}::text::timestamptz`

/** The moment so many seconds before. */
export const ago = (now: Date, seconds: number): string =>
  new Date(now.getTime() - seconds * 1000).toISOString()

/**
 * Begins a session with an id that nobody had before, and ends the one that this browser had; the answer is the
 * `Set-Cookie` lines. What stood in the browser before a sign-in is good for nothing after it.
 */
export const startSession = async (
  services: Services,
  request: Request,
  member: string,
  methods: readonly string[],
  authenticated = services.clock.real(),
): Promise<string[]> => {
  await endSession(services, request)
  const secret = randomSecret()
  const now = services.clock.real().toISOString()
  await services.database.query(sql`INSERT INTO session (hash, id, member, authenticated, seen, methods)
    VALUES (${await services.digest(secret)}, ${crypto.randomUUID()}, ${member}, ${authenticated.toISOString()}::text::timestamptz, ${now}::text::timestamptz, ${list(methods, 'text')})`)
  return [setCookie(services, 'session', secret), setCookie(services, 'begin', '', 0)]
}

/** Ends the session of this browser, if there is one; the answer takes its cookies away. */
export const endSession = async (services: Services, request: Request): Promise<string[]> => {
  const cookie = readCookie(services, request, 'session')
  if (cookie !== undefined)
    await services.database.query(sql`DELETE FROM session WHERE hash = ${await services.digest(cookie)}`)
  return [setCookie(services, 'session', '', 0), setCookie(services, 'begin', '', 0)]
}

/** Ends every session of a member, and what waits for a second factor. Call it with whatever changes how they sign in. */
export const endSessions = async (connection: Connection, member: string): Promise<void> => {
  await connection.query(sql`DELETE FROM session WHERE member = ${member}`)
  await connection.query(sql`DELETE FROM ticket WHERE member = ${member}`)
}
