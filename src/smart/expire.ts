import { sql } from 'drizzle-orm'
import type { Services } from '../services.ts'
import { forgetAttempts } from '../sign-in/limits.ts'
import { forgetEnded } from '../sign-in/members.ts'

/**
 * Forgets what has expired: tokens, grants, requests, launches, keys, sessions, tickets, and assertions that could no longer be presented. Run it now and
 * then.
 */
export const forgetExpired = async (services: Pick<Services, 'database' | 'clock'>): Promise<void> => {
  const { database, clock } = services
  const now = clock.real().toISOString()
  await database.query(sql`DELETE FROM access_token WHERE expires < ${now}::text::timestamptz`)
  await database.query(sql`DELETE FROM assertion WHERE expires < ${now}::text::timestamptz`)
  await database.query(sql`DELETE FROM authorization_request WHERE expires < ${now}::text::timestamptz`)
  await database.query(sql`DELETE FROM launch WHERE expires < ${now}::text::timestamptz`)
  await database.query(sql`DELETE FROM smart_grant WHERE expires < ${now}::text::timestamptz`)
  await database.query(sql`DELETE FROM signing_key WHERE ends < ${now}::text::timestamptz`)
  await forgetEnded(services)
  await forgetAttempts(services)
}
