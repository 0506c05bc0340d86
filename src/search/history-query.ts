import { instantText, span } from '../fhir/dates.ts'
import { invalid } from '../problem.ts'
import { readCount } from './query.ts'

/** What of a history is asked for, parsed (https://hl7.org/fhir/R4/http.html#history). Moments are as PostgreSQL reads them. */
export interface HistoryQuery {
  /** Only versions that were made at or after this moment. */
  readonly since: string | undefined
  /** Only versions that were current at some moment from `from` on, and before `until`. */
  readonly at: { readonly from: string; readonly until: string } | undefined
  readonly count: number
  readonly cursor: string | undefined
  /** The parameters as they were understood, without the cursor. */
  readonly stated: URLSearchParams
}

/** Entries of a page, where nothing is said. */
const usualCount = 20

const passive = new Set(['_format', '_pretty'])
const served = new Set(['_since', '_at', '_count', '_sort', '_cursor'])

/**
 * Parses the parameters of a history. One that is not served is refused by name, unless the caller asked for lenient
 * handling; one that is served is said once at the most.
 */
export const parseHistory = (given: URLSearchParams, lenient: boolean): HistoryQuery => {
  const read = new Map<string, string>()
  for (const [name, value] of given) {
    if (passive.has(name) || value === '') continue
    if (!served.has(name)) {
      if (lenient) continue
      invalid(
        `a history takes \`_since\`, \`_at\` and \`_count\`, not \`${name}\``,
        `_history?${name}`,
        'not-supported',
      )
    }
    if (read.has(name)) invalid(`say \`${name}\` once`, name, 'value')
    read.set(name, value)
  }
  const [since, at, count, sort, cursor] = ['_since', '_at', '_count', '_sort', '_cursor'].map((name) =>
    read.get(name),
  )
  if (sort !== undefined) requireNewestFirst(sort)
  read.delete('_cursor')
  return {
    since: since === undefined ? undefined : readSince(since),
    at: at === undefined ? undefined : readAt(at),
    count: count === undefined ? usualCount : readCount(count),
    cursor,
    stated: new URLSearchParams([...read]),
  }
}

/** The order is the specification's: newest first. */
const requireNewestFirst = (sort: string): void => {
  if (sort !== '-_lastUpdated')
    invalid(
      'a history is sorted by `-_lastUpdated`, newest first; leave `_sort` out',
      '_sort',
      'not-supported',
    )
}

const readSince = (value: string): string => {
  const [start] = span(value)
  if (Number.isNaN(start))
    invalid('`_since` takes an instant such as `2026-01-31T09:00:00Z`; write `+` as `%2B`', '_since', 'value')
  return instantText(start)
}

/** A date is the whole period that it names; with a prefix, what is before or after it (FHIR R4 search 3.1.1.4.7). */
const readAt = (value: string): HistoryQuery['at'] => {
  const [, prefix = 'eq', date = ''] = /^(eq|ge|gt|le|lt)?(.*)$/.exec(value) ?? []
  const [start, end] = span(date)
  if (Number.isNaN(start))
    return invalid(
      '`_at` takes a date such as `2026-01-31`, `2026-01` or `ge2026-01-31T09:00:00Z`',
      '_at',
      'value',
    )
  const from = { ge: start, gt: end, le: -Infinity, lt: -Infinity }[prefix] ?? start
  const until = { ge: Infinity, gt: Infinity, le: end, lt: start }[prefix] ?? end
  return { from: instantText(from), until: instantText(until) }
}
