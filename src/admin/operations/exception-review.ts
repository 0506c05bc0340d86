import * as z from 'zod'
import {
  type ExceptionRow,
  endException,
  holdException,
  reviewException,
} from '../../store/exception-review.ts'
import type { Services } from '../../services.ts'
import type { Connection } from '../../store/database.ts'
import { trailException } from '../exception-trail.ts'
import { fail } from '../fault.ts'
import { operation } from '../operation.ts'

const input = z.object({
  id: z.string(),
  outcome: z.enum(['justified', 'not-justified'], { error: 'must be justified or not-justified' }),
  by: z.string().trim().min(1, 'is empty: say who reviewed it'),
  note: z.string().trim().min(1, 'is empty: say what was found'),
})

type Review = Omit<z.output<typeof input>, 'id'>

/** Reviews an exception, once. */
export const closeReview = operation(input, ({ services }, { id, ...review }) =>
  services.database.transaction(async (connection) => {
    const held =
      (await holdException(connection, id, services.clock.now())) ?? fail(`there is no exception \`${id}\``)
    if (held.reviewed !== null) return fail('this exception was reviewed already; its review stands')
    return { id, outcome: review.outcome, ...(await keepReview(connection, services, held, review)) }
  }),
)

/** Keeps a review. What was not justified ends at the same moment. */
export const keepReview = async (
  connection: Connection,
  services: Services,
  held: ExceptionRow,
  review: Review,
): Promise<{ ended: boolean }> => {
  const now = services.clock.now()
  const ended = review.outcome === 'not-justified' && held.in_force
  if (ended) await endException(connection, held, now, review.by)
  await reviewException(connection, held, now, review)
  await trailException(connection, services, 'exception-review', held)
  return { ended }
}
