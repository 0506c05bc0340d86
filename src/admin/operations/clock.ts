import * as z from 'zod'
import { advanced } from '../duration.ts'
import { writeFact } from '../facts.ts'
import { fail } from '../fault.ts'
import { operation } from '../operation.ts'

const input = z.discriminatedUnion('action', [
  z.object({ action: z.literal('show') }),
  z.object({ action: z.literal('set'), to: z.iso.datetime({ offset: true }) }),
  z.object({ action: z.literal('advance'), by: z.string() }),
])

interface Answer {
  readonly now: string
  readonly real: string
  /** In milliseconds. */
  readonly offset: number
}

/** Shows or moves the clock that data is dated and consents are judged by. Tokens always live in real time. */
export const moveClock = operation(input, async ({ services, clock, settings }, asked): Promise<Answer> => {
  if (asked.action !== 'show') {
    if (settings.production) return fail('the clock is not moved with `SLUICE_ENV=production`')
    const now = clock.now()
    const to = asked.action === 'set' ? new Date(asked.to) : advanced(now, asked.by)
    if (Number.isNaN(to.getTime())) return fail('the clock would leave the calendar')
    const offset = clock.offset() + (to.getTime() - now.getTime())
    await writeFact(services.database, 'clock', String(offset))
    clock.move(offset)
  }
  return { now: clock.now().toISOString(), real: clock.real().toISOString(), offset: clock.offset() }
})
