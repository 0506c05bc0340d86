import type { Grant } from '../../authorize/grant.ts'
import { isResourceType } from '../../fhir/definitions/structures.ts'
import { span } from '../../fhir/dates.ts'
import { invalid, refuse } from '../../problem.ts'
import { readCount } from '../../search/query.ts'
import { requireKnown } from './parameters.ts'

/** What of an everything is asked for. Instants are in milliseconds since 1970. */
export interface Extent {
  /** Dates of care; the end is excluded. */
  readonly start: number | undefined
  readonly end: number | undefined
  /** Updated then or later. */
  readonly since: number | undefined
  /** The types that are wanted; undefined: all that the token may read. */
  readonly types: ReadonlySet<string> | undefined
  readonly count: number
  readonly cursor: string | undefined
  /** The parameters as they were understood, for the links. */
  readonly stated: readonly (readonly [string, string])[]
}

/** Entries of a page, where nothing is said. */
const usualCount = 100

const names = ['start', 'end', '_since', '_type', '_count', '_cursor']

/** Reads the parameters of `everything` (https://hl7.org/fhir/R4/patient-operation-everything.html). */
export const readExtent = (given: URLSearchParams, grant: Grant): Extent => {
  requireKnown(given, names)
  const count = single(given, '_count')
  return {
    start: dated(given, 'start')?.[0],
    end: dated(given, 'end')?.[1],
    since: dated(given, '_since')?.[0],
    types: readTypes(given, grant),
    count: count === undefined ? usualCount : readCount(count),
    cursor: single(given, '_cursor'),
    stated: [...given].filter(([name, value]) => names.includes(name) && name !== '_cursor' && value !== ''),
  }
}

const single = (given: URLSearchParams, name: string): string | undefined => {
  const [value, ...others] = given.getAll(name).filter((one) => one !== '')
  return others.length > 0 ? invalid(`\`${name}\` may be given once`, name, 'value') : value
}

const dated = (given: URLSearchParams, name: string): [number, number] | undefined => {
  const value = single(given, name)
  if (value === undefined) return undefined
  const found = span(value)
  return Number.isNaN(found[0])
    ? invalid(`\`${name}\` takes a date such as \`2026-01-31\` or \`2026-01-31T12:00:00Z\``, name, 'value')
    : found
}

const readTypes = (given: URLSearchParams, grant: Grant): Set<string> | undefined => {
  const types = given.getAll('_type').flatMap((value) => value.split(',').map((type) => type.trim()))
  const named = types.filter((type) => type !== '')
  if (named.length === 0) return undefined
  const unknown = named.find((type) => !isResourceType(type))
  if (unknown !== undefined)
    invalid('`_type` takes names of R4 resource types, separated by commas', '_type', 'value')
  if (named.some((type) => !grant.allows(type, 'r')))
    refuse({ kind: 'forbidden', text: 'the token may not read all of the types that `_type` asks for' })
  return new Set(named)
}
