/** `2026-03-11` as `March 11, 2026`; a month or a year alone keeps the precision it has. */
export const longDate = (text: string): string => {
  const [year, month, day] = text.slice(0, 10).split('-').map(Number)
  if (year === undefined || month === undefined) return text
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: 'UTC',
    year: 'numeric',
    month: 'long',
    ...(day !== undefined && { day: 'numeric' }),
  })
  return format.format(Date.UTC(year, month - 1, day ?? 1))
}

/** `2026-03-11T10:30:00-07:00` as `10:30 AM`: the clock as written, and `UTC` said where it is that. */
const clock = (text: string): string | undefined => {
  const [, hour, minute, zone] = /T(\d{2}):(\d{2})[^Z+-]*(Z?)/.exec(text) ?? []
  if (hour === undefined || minute === undefined) return undefined
  const half = Number(hour) < 12 ? 'AM' : 'PM'
  return `${Number(hour) % 12 || 12}:${minute} ${half}${zone === 'Z' ? ' UTC' : ''}`
}

/** A stretch of time in words: `on March 11, 2026, from 10:00 AM to 11:00 AM`. */
export const stretch = (start: string | undefined, end: string | undefined): string | undefined => {
  if (start === undefined) return end === undefined ? undefined : `until ${moment(end)}`
  if (end === undefined) return `from ${moment(start)}`
  if (start.slice(0, 10) !== end.slice(0, 10)) return `from ${moment(start)} to ${moment(end)}`
  const [from, to] = [clock(start), clock(end)]
  if (from === undefined || to === undefined) return `on ${longDate(start)}`
  return `on ${longDate(start)}, from ${from} to ${to}`
}

const moment = (text: string): string => {
  const time = clock(text)
  return time === undefined ? longDate(text) : `${longDate(text)}, ${time}`
}
