import type { Writer } from '../accept.ts'
import type { Services } from '../services.ts'
import type { Change } from '../store/change.ts'
import type { Connection } from '../store/database.ts'
import { keyOf } from '../store/people.ts'
import { pushReferrals } from './referrals.ts'
import { waitingReferrals } from './waiting-referrals.ts'

/**
 * What a write sets in motion, in its own transaction: a referral reaches the organization that it is addressed to.
 * Labels that change notify nobody (CONSENT rules, section 8); a referral that waited for what it is about, since that did not
 * conform to a profile, goes when it does.
 */
export const notify = async (
  connection: Connection,
  services: Services,
  writer: Writer,
  changes: readonly Change[],
): Promise<void> => {
  const told = changes.filter(({ action }) => action !== 'relabel')
  const { caller } = writer
  const isPersonal = caller.patient !== undefined || caller.asked.patient !== undefined
  const by = { client: caller.client, request: writer.request, isPersonal }
  await pushReferrals(connection, services, by, told)
  if (writer.caller.demands?.onFault !== 'hold') return
  const keys = told.flatMap(({ action, resource }) =>
    action === 'update' && resource.resourceType !== 'Task' ? [keyOf(resource)] : [],
  )
  await pushReferrals(connection, services, by, await waitingReferrals(connection, keys))
}
