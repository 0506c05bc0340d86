import type { Command } from '../command.ts'
import { advanced } from '../duration.ts'
import { misuse } from '../fault.ts'

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
    const answer = await desk.call('clock', asked(action, value))
    return { text: answer.now, json: answer }
  },
}

const asked = (action: string, value: string | undefined): object => {
  if (action === 'show') return value === undefined ? { action } : misuse('`clock show` takes no value')
  if (action !== 'set' && action !== 'advance')
    return misuse(`\`clock\` takes show, set or advance, not \`${action}\``)
  if (value === undefined)
    return misuse(`\`clock ${action}\` needs ${action === 'set' ? 'an instant' : 'a duration'}`)
  if (action === 'advance') return { action, by: readable(value) }
  const instant = /^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00:00Z` : value
  const written = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(instant)
  return written && !Number.isNaN(Date.parse(instant))
    ? { action, to: new Date(instant).toISOString() }
    : misuse(`\`${value}\` is not an instant: write it as 2026-06-15T12:00:00Z`)
}

const readable = (duration: string): string => {
  advanced(new Date(), duration)
  return duration
}
