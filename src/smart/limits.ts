import type { Context } from 'hono'
import type { Services } from '../services.ts'
import { addressOf } from '../sign-in/address-of.ts'
import { type Rate, takeTurn } from '../store/rate.ts'

const quarter = 15 * 60

/** How often one network may begin what somebody has to finish, and fail to prove who it is. */
const rates = {
  authorize: { most: 3000, seconds: quarter },
  'client failure': { most: 1000, seconds: quarter },
} as const satisfies Record<string, Rate>

/** Takes a turn for the network of a request, which is kept as a hash; false where there is none left. */
export const takeNetworkTurn = async (
  { database, clock, digest, settings }: Pick<Services, 'database' | 'clock' | 'digest' | 'settings'>,
  context: Pick<Context, 'env' | 'req'>,
  limit: keyof typeof rates,
): Promise<boolean> => {
  const name = `smart ${limit} ${await digest(addressOf(settings, context))}`
  return takeTurn(database, name, clock.real(), rates[limit])
}

/** In seconds: when to try again. */
export const retryAfter = String(quarter)
