import type { Period, Timing } from 'fhir/r4'
import { span } from '../fhir/dates.ts'

/** The stretch of time of a value, in milliseconds since 1970; its end is excluded. */
export interface Span {
  readonly low: number
  readonly high: number
}

/** PostgreSQL's timestamps reach further than this; open ends of periods stand here. */
const earliest = Date.parse('0001-01-01T00:00:00Z')
const latest = Date.UTC(9999, 11, 31)

/** The spans of a date value; none for a broken one (FHIR R4 search 3.1.1.4.7). */
export const spansOf = (type: string, value: unknown): Span[] => {
  if (type === 'Period') return [periodSpan(value as Period)].filter(isSound)
  if (type === 'Timing') return timingSpan(value as Timing).filter(isSound)
  return typeof value === 'string' ? [dateSpan(value)].filter(isSound) : []
}

const dateSpan = (text: string): Span => {
  const [low, high] = span(text)
  return { low, high }
}

const periodSpan = ({ start, end }: Period): Span => ({
  low: start === undefined ? earliest : span(start)[0],
  high: end === undefined ? latest : span(end)[1],
})

/** Of a schedule only the outer limits count. */
const timingSpan = ({ event = [], repeat }: Timing): Span[] => {
  const bounds = repeat?.boundsPeriod
  const spans = [...event.map(dateSpan), ...(bounds === undefined ? [] : [periodSpan(bounds)])].filter(
    isSound,
  )
  if (spans.length === 0) return []
  return [{ low: Math.min(...spans.map(({ low }) => low)), high: Math.max(...spans.map(({ high }) => high)) }]
}

const isSound = ({ low, high }: Span): boolean => Number.isFinite(low) && Number.isFinite(high)
