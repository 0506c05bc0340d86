import * as z from 'zod'
import { rebuildPermits } from '../../store/permits.ts'
import { addCrosswalk } from '../crosswalk.ts'
import { operation } from '../operation.ts'

const input = z.object({
  organization: z.string(),
  patient: z.string(),
  identifier: z.object({ system: z.string().min(1), value: z.string().min(1) }).optional(),
})

/** An organization knows a patient from now on (CONSENT rules, section 1). */
export const addKnown = operation(input, ({ services: { database } }, entry) =>
  database.transaction(async (connection) => {
    const { person, added } = await addCrosswalk(connection, entry)
    if (added) await rebuildPermits(connection, [person])
    return { added }
  }),
)
