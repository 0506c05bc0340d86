import { z } from 'zod'
import { endException, holdException, reviewException } from '../../store/exception-review.ts'
import { trailException } from '../exception-trail.ts'
import { fail } from '../fault.ts'
import { operation } from '../operation.ts'

const input = z.object({
  id: z.string(),
  outcome: z.enum(['justified', 'not-justified'], { error: 'must be justified or not-justified' }),
  by: z.string().trim().min(1, 'is empty: say who reviewed it'),
  note: z.string().trim().min(1, 'is empty: say what was found'),
})

/** Reviews an exception, once. One that was not justified ends at the same moment. */
export const closeReview = operation(input, ({ services }, { id, ...review }) =>
  services.database.transaction(async (connection) => {
    const now = services.clock.now()
    const held = (await holdException(connection, id, now)) ?? fail(`there is no exception \`${id}\``)
    if (held.reviewed !== null) return fail('this exception was reviewed already; its review stands')
    const ends = review.outcome === 'not-justified' && held.in_force
    if (ends) await endException(connection, held, now, review.by)
    await reviewException(connection, held, now, review)
    await trailException(connection, services, 'exception-review', held)
    return { id, outcome: review.outcome, ended: ends }
  }),
)
