import { sql } from 'drizzle-orm'
import type { Services } from '../services.ts'
import { forgetAttempts } from '../sign-in/limits.ts'
import { forgetEnded } from '../sign-in/members.ts'

/** Forgets tokens, sessions and tickets that have expired, and assertions that could no longer be presented. Run it now and then. */
export const forgetExpired = async (services: Pick<Services, 'database' | 'clock'>): Promise<void> => {
  const { database, clock } = services
  const now = clock.real().toISOString()
  await database.query(sql`DELETE FROM access_token WHERE expires < ${now}::text::timestamptz`)
  await database.query(sql`DELETE FROM assertion WHERE expires < ${now}::text::timestamptz`)
  await forgetEnded(services)
  await forgetAttempts(services)
}
