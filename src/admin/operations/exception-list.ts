import * as z from 'zod'
import { listExceptions } from '../../store/exception-review.ts'
import { operation } from '../operation.ts'

/** The exceptions, with what was stated, what went under each, and what its review found. */
export const readExceptions = operation(z.object({ open: z.boolean() }), ({ services }, { open }) =>
  listExceptions(services.database, services.clock.now(), open),
)
