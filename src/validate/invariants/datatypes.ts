import { has, hasValue } from './invariant.ts'
import type { Invariant } from './invariant.ts'
import { isObject } from '../json.ts'
import type { Json } from '../json.ts'

/** https://hl7.org/fhir/R4/datatypes.html */
export const datatypes: readonly Invariant[] = [
  {
    on: 'Extension',
    key: 'ext-1',
    text: 'an extension must have either a value or extensions, not both and not none',
    holds: (v) => hasValue(v) !== has(v, 'extension'),
  },
  {
    on: 'Attachment',
    key: 'att-1',
    text: 'data needs a `contentType`',
    holds: (v) => !has(v, 'data') || has(v, 'contentType'),
  },
  {
    on: 'ContactPoint',
    key: 'cpt-2',
    text: 'a value needs a `system`',
    holds: (v) => !has(v, 'value') || has(v, 'system'),
  },
  ...['Quantity', 'Age', 'Count', 'Distance', 'Duration'].map((on) => ({
    on,
    key: 'qty-3',
    text: 'a unit code needs its `system`',
    holds: (v: Json) => !has(v, 'code') || has(v, 'system'),
  })),
  { on: 'Period', key: 'per-1', text: '`start` must not be after `end`', holds: isForward },
  {
    on: 'Range',
    key: 'rng-2',
    text: '`low` must not be more than `high`',
    holds: ({ low, high }) =>
      !isObject(low) ||
      !isObject(high) ||
      low.code !== high.code ||
      !(Number(low.value) > Number(high.value)),
  },
  {
    on: 'Ratio',
    key: 'rat-1',
    text: 'numerator and denominator must both be there',
    holds: (v) => has(v, 'numerator') === has(v, 'denominator') && has(v, 'numerator', 'extension'),
  },
  {
    on: 'Timing.repeat',
    key: 'tim-1',
    text: '`duration` needs `durationUnit`',
    holds: (v) => !has(v, 'duration') || has(v, 'durationUnit'),
  },
  {
    on: 'Timing.repeat',
    key: 'tim-2',
    text: '`period` needs `periodUnit`',
    holds: (v) => !has(v, 'period') || has(v, 'periodUnit'),
  },
]

function isForward({ start, end }: Json): boolean {
  if (typeof start !== 'string' || typeof end !== 'string') return true
  const [short, long] = [start, end].map((moment) => moment.length).toSorted((a, b) => a - b)
  if (short === undefined || long === undefined) return true
  if (long <= 10) return start.slice(0, short) <= end.slice(0, short)
  if (short <= 10) {
    const moment = Date.parse(start.length > 10 ? start : end)
    return !(start.length > 10 ? moment > lastOf(end) : moment < firstOf(start))
  }
  const [from, to] = [Date.parse(start), Date.parse(end)]
  return Number.isNaN(from) || Number.isNaN(to) || from <= to
}

const hour = 3_600_000

/** The first moment that a date may mean anywhere on earth, where the day begins 14 hours before UTC's. */
function firstOf(date: string): number {
  return Date.parse(date) - 14 * hour
}

/** The moment when a date is over everywhere. */
function lastOf(date: string): number {
  const [year = 0, month, day] = date.split('-').map(Number)
  const next =
    month === undefined ? [year + 1, 0, 1] : day === undefined ? [year, month, 1] : [year, month - 1, day + 1]
  return Date.UTC(next[0] ?? 0, next[1] ?? 0, next[2]) + 12 * hour
}
