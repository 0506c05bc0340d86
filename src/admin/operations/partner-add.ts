import { z } from 'zod'
import { within } from '../administered.ts'
import { operation } from '../operation.ts'
import { addPartners, partnerSchema } from '../partners.ts'

const input = z.array(partnerSchema).min(1)

/** Makes organizations known, all of a file or none. */
export const addPartner = operation(input, ({ services }, partners) =>
  services.database.transaction(async (connection) => {
    await addPartners(within(services, connection), partners)
    return { partners: partners.map(({ id }) => `Organization/${id}`) }
  }),
)
