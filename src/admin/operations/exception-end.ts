import * as z from 'zod'
import { endException, holdException } from '../../store/exception-review.ts'
import { trailException } from '../exception-trail.ts'
import { fail } from '../fault.ts'
import { operation } from '../operation.ts'

/** Ends an exception before its time; it bites on the next response. */
export const stopException = operation(
  z.object({ id: z.string(), by: z.string().optional() }),
  ({ services }, { id, by }) =>
    services.database.transaction(async (connection) => {
      const now = services.clock.now()
      const held = (await holdException(connection, id, now)) ?? fail(`there is no exception \`${id}\``)
      if (!held.in_force) return fail('this exception is over already')
      await endException(connection, held, now, by ?? null)
      await trailException(connection, services, 'exception-end', held)
      return { id, ended: now.toISOString() }
    }),
)
