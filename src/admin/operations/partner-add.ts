import * as z from 'zod'
import { settleHeld } from '../../store/relabelling.ts'
import { within } from '../administered.ts'
import { operation } from '../operation.ts'
import { addPartners, partnerSchema } from '../partners.ts'
import { jobOf } from '../relabelling.ts'

const input = z.array(partnerSchema).min(1)

/** Makes organizations known, all of a file or none; what their Part 2 status changes is labelled again at once. */
export const addPartner = operation(input, async ({ services }, partners) => {
  await services.database.transaction((connection) => addPartners(within(services, connection), partners))
  await settleHeld(jobOf(services))
  return { partners: partners.map(({ id }) => `Organization/${id}`) }
})
