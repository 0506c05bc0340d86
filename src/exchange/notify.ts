import type { Writer } from '../accept.ts'
import type { Services } from '../services.ts'
import type { Change } from '../store/change.ts'
import type { Connection } from '../store/database.ts'
import { pushReferrals } from './referrals.ts'

/**
 * What a write sets in motion, in its own transaction: a referral reaches the organization that it is addressed to.
 * Labels that change notify nobody (CONSENT rules, section 8).
 */
export const notify = async (
  connection: Connection,
  services: Services,
  writer: Writer,
  changes: readonly Change[],
): Promise<void> => {
  const told = changes.filter(({ action }) => action !== 'relabel')
  await pushReferrals(connection, services, writer, told)
}
