import { z } from 'zod'
import { advanced } from '../duration.ts'
import { type Command } from '../command.ts'
import { writeFact } from '../facts.ts'
import { fail, misuse } from '../fault.ts'
import type { Operation } from '../operation.ts'

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
export const moveClock: Operation<z.output<typeof input>, Answer> = {
  name: 'clock',
  input,
  run: async ({ services, clock, settings }, asked) => {
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
  },
}

/** `clock` */
export const clockCommand: Command = {
  name: 'clock',
  summary: 'show or move the data clock',
  usage:
    'clock [show | set <instant> | advance <duration>]\n  a duration is ISO 8601, as P1D or PT4H, or short, as 4h or 30m',
  example: 'clock advance P1D',
  options: {},
  positionals: [0, 2],
  perform: async ({ positionals: [action = 'show', value] }, desk) => {
    const answer = await desk.call(moveClock, asked(action, value))
    return { text: answer.now, json: answer }
  },
}

const asked = (action: string, value: string | undefined): object => {
  if (action === 'show') return value === undefined ? { action } : misuse('`clock show` takes no value')
  if (action !== 'set' && action !== 'advance')
    return misuse(`\`clock\` takes show, set or advance, not \`${action}\``)
  if (value === undefined)
    return misuse(`\`clock ${action}\` needs ${action === 'set' ? 'an instant' : 'a duration'}`)
  if (action === 'advance') return { action, by: value }
  const instant = /^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00:00Z` : value
  return z.iso.datetime({ offset: true }).safeParse(instant).success
    ? { action, to: instant }
    : misuse(`\`${value}\` is not an instant: write it as 2026-06-15T12:00:00Z`)
}
