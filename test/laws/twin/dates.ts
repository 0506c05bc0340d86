/**
 * Dates of FHIR as half-open intervals of milliseconds. A date without a time is the whole day in UTC, a month
 * the whole month, so a period that ends on a day includes that day.
 * Choice: a date and time without an offset is not FHIR and cannot be evaluated.
 */
import { isNode } from './json.ts'

/** `from` is inside, `to` is not. */
export interface Interval {
  from: number
  to: number
}

export type PeriodReading = Interval | 'broken'

const form =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/

/** The interval that a date, dateTime or instant stands for; a time may lack its offset only with `lenient`. */
export const intervalOf = (text: unknown, lenient = false): Interval | undefined => {
  if (typeof text !== 'string') return undefined
  const match = form.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, fraction, offset] = match
  const y = Number(year)
  if (month === undefined) return { from: Date.UTC(y, 0), to: Date.UTC(y + 1, 0) }
  const m = Number(month) - 1
  if (m < 0 || m > 11) return undefined
  if (day === undefined) return { from: Date.UTC(y, m), to: Date.UTC(y, m + 1) }
  const d = Number(day)
  if (new Date(Date.UTC(y, m, d)).getUTCDate() !== d) return undefined
  if (hour === undefined) return { from: Date.UTC(y, m, d), to: Date.UTC(y, m, d + 1) }
  if (offset === undefined && !lenient) return undefined
  const from = Date.parse(
    `${year}-${month}-${day}T${hour}:${minute}:${second ?? '00'}${fraction ?? ''}${offset ?? 'Z'}`,
  )
  if (Number.isNaN(from)) return undefined
  const width = second === undefined ? 60_000 : fraction === undefined ? 1000 : 1
  return { from, to: from + width }
}

/** A Period; without a start or an end it is open on that side. Empty, unreadable or backwards: broken. */
export const readPeriod = (period: unknown): PeriodReading => {
  if (!isNode(period) || (period.start === undefined && period.end === undefined)) return 'broken'
  const start = period.start === undefined ? { from: -Infinity, to: -Infinity } : intervalOf(period.start)
  const end = period.end === undefined ? { from: Infinity, to: Infinity } : intervalOf(period.end)
  if (start === undefined || end === undefined || start.from >= end.to) return 'broken'
  return { from: start.from, to: end.to }
}

export const momentOf = (instant: string): number => {
  const interval = intervalOf(instant, true)
  if (interval === undefined) throw new Error(`\`${instant}\` is no moment`)
  return interval.from
}

export const holds = (interval: Interval, moment: number): boolean =>
  moment >= interval.from && moment < interval.to

/** Whether a membership holds now: an absent period always does, a broken one never. */
export const isCurrent = (period: unknown, moment: number): boolean => {
  if (period === undefined) return true
  const reading = readPeriod(period)
  return reading !== 'broken' && holds(reading, moment)
}
