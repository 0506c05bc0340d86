import { sql } from 'drizzle-orm'
import type { Services } from '../services.ts'
import { type Rate, returnTurn, takeTurn } from '../store/rate.ts'

const quarter = 15 * 60
const day = 24 * 60 * 60

/**
 * How often who may fail. INVARIANT: all are below NIST SP 800-63B-4, 3.2.2 (100 failures in a row), and 30 codes a day
 * leave a guesser of six digits under one chance in ten thousand.
 */
const rates = {
  address: { most: 100, seconds: quarter },
  challenge: { most: 200, seconds: quarter },
  account: { most: 10, seconds: quarter },
  code: { most: 5, seconds: quarter },
  'code day': { most: 30, seconds: day },
} as const satisfies Record<string, Rate>

export type Limit = keyof typeof rates

type Needed = Pick<Services, 'database' | 'clock' | 'digest'>

/** Of whom a turn is, is kept as a hash: it may be an address, or what somebody took for a user name. */
const nameOf = async ({ digest }: Needed, limit: Limit, subject: string): Promise<string> =>
  `sign-in ${limit} ${await digest(subject)}`

/** Takes a turn; false where there is none left. */
export const takeAttempt = async (services: Needed, limit: Limit, subject: string): Promise<boolean> =>
  takeTurn(services.database, await nameOf(services, limit, subject), services.clock.real(), rates[limit])

/** Gives one turn back: it was no failure. */
export const returnAttempt = async (services: Needed, limit: Limit, subject: string): Promise<void> =>
  returnTurn(services.database, await nameOf(services, limit, subject), 1)

/** Whoever proved who they are begins anew. */
export const forgetFailures = async (services: Needed, limit: Limit, subject: string): Promise<void> =>
  returnTurn(services.database, await nameOf(services, limit, subject), 'all')

/** Forgets turns that no longer count. */
export const forgetAttempts = async ({
  database,
  clock,
}: Pick<Services, 'database' | 'clock'>): Promise<void> => {
  const before = String(clock.real().getTime() - day * 1000)
  await database.query(sql`DELETE FROM fact WHERE name LIKE 'rate sign-in %'
    AND split_part(value, ' ', 1)::bigint < ${before}::text::bigint`)
}
