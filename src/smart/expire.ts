import { sql } from 'drizzle-orm'
import type { Services } from '../services.ts'

/** Forgets tokens that have expired, and assertions that could no longer be presented. Run it now and then. */
export const forgetExpired = async ({
  database,
  clock,
}: Pick<Services, 'database' | 'clock'>): Promise<void> => {
  const now = clock.real().toISOString()
  await database.query(sql`DELETE FROM access_token WHERE expires < ${now}::text::timestamptz`)
  await database.query(sql`DELETE FROM assertion WHERE expires < ${now}::text::timestamptz`)
}
