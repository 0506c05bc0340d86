import type { Grant } from '../../authorize/grant.ts'
import type { ExportAsked } from '../../bulk/job.ts'
import { Refusal } from '../../problem.ts'
import { parseQuery } from '../../search/query.ts'
import type { Services } from '../../services.ts'
import { readingOf } from '../search.ts'
import type { PassOver } from './read-asked.ts'

/** Parameters of a search that shape its answer: an export has none. */
const shaping = new Set([
  '_sort', '_count', '_include', '_revinclude', '_summary', '_elements', '_total', '_cursor', '_contained', '_containedType', '_format', '_pretty', '_type',
]) // prettier-ignore

interface Reading {
  readonly grant: Grant
  readonly lenient: boolean
  readonly passOver: PassOver
}

/**
 * `_typeFilter`: searches such as `Observation?category=survey`, repeated or with commas between them; what any of a type
 * finds is exported of that type (Bulk Data 2.0). They are read as any search is, so what cannot be searched is refused here.
 */
export const readFilters = (
  services: Services,
  values: readonly string[],
  types: readonly string[],
  reading: Reading,
): ExportAsked['filters'] => {
  const filters = new Map<string, string[]>()
  for (const text of values.flatMap((value) => value.split(/,(?=[A-Z][A-Za-z]+\?)/))) {
    const place = text.indexOf('?')
    const type = place < 0 ? text : text.slice(0, place)
    if (!types.includes(type)) {
      reading.passOver(
        '`_typeFilter` begins with a type that is exported, as `Observation?code=…`',
        '_typeFilter',
      )
      continue
    }
    const filter = readFilter(
      services,
      type,
      new URLSearchParams(place < 0 ? '' : text.slice(place + 1)),
      reading,
    )
    filters.set(type, [...(filters.get(type) ?? []), filter])
  }
  return Object.fromEntries(filters)
}

const readFilter = (
  services: Services,
  type: string,
  given: URLSearchParams,
  { grant, lenient, passOver }: Reading,
): string => {
  for (const name of new Set(given.keys()))
    if (shaping.has(name.split(':')[0] ?? '')) {
      passOver(
        '`_typeFilter` takes what a search looks for, and nothing that shapes its answer',
        '_typeFilter',
      )
      given.delete(name)
    }
  try {
    parseQuery([type], given, readingOf(services, grant), false)
  } catch (fault) {
    if (!lenient || !isUnknown(fault)) throw fault
    parseQuery([type], given, readingOf(services, grant), true)
    passOver('a search of `_typeFilter` has a parameter that its type does not have', '_typeFilter')
  }
  return given.toString()
}

const isUnknown = (fault: unknown): boolean =>
  fault instanceof Refusal &&
  fault.problem.kind === 'invalid' &&
  fault.problem.issues.every(({ code }) => code === 'not-supported')
