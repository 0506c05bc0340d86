import { invalid } from '../problem.ts'
import type { Served } from './parameters.ts'

/** One search parameter as it was asked: its values are or-ed; repeated parameters are and-ed. */
export interface Filter {
  readonly name: string
  readonly modifier: string | undefined
  readonly values: readonly string[]
}

/** A search, parsed (FHIR R4 search 3.1.1). */
export interface SearchQuery {
  readonly type: string
  readonly filters: readonly Filter[]
  readonly sort: readonly { readonly name: string; readonly descending: boolean }[]
  readonly includes: readonly {
    readonly type: string
    readonly name: string
    readonly target: string | undefined
  }[]
  readonly count: number
  readonly offset: number
  /** The parameters as they were understood, for the self link. */
  readonly stated: readonly (readonly [string, string])[]
}

/** Entries of a page, where nothing is said, and at the most. */
const usualCount = 20
const mostCount = 1000

const everywhere = new Set(['_id', '_lastUpdated', '_profile', '_tag', '_security', '_source'])
const passive = new Set(['_format', '_pretty', '_total'])

/**
 * Parses the parameters of a search over one type. A parameter that is not served is refused by name, unless the
 * caller asked for lenient handling (FHIR R4 search 3.1.1.1.2).
 */
export const parseQuery = (
  type: string,
  given: URLSearchParams,
  parameters: ReadonlyMap<string, Served>,
  lenient: boolean,
): SearchQuery => {
  const filters: Filter[] = []
  const stated: [string, string][] = []
  let [count, offset, counted] = [usualCount, 0, false]
  const sort: SearchQuery['sort'][number][] = []
  const includes: SearchQuery['includes'][number][] = []
  for (const [key, value] of given) {
    const [name = '', modifier] = key.split(':', 2)
    if (passive.has(name) || value === '') continue
    if (name === '_count') count = readCount(value)
    else if (name === '_summary') counted = readSummary(value)
    else if (name === '_cursor') offset = readCursor(value)
    else if (name === '_sort') sort.push(...readSort(value, type, parameters))
    else if (name === '_include') includes.push(readInclude(value, type, parameters))
    else if (everywhere.has(name) || parameters.has(name))
      filters.push({ name, modifier, values: splitValues(value) })
    else if (lenient) continue
    else
      invalid(
        `unknown or unsupported search parameter \`${name}\` for ${type}; see /metadata for those that are`,
        `${type}?${name}`,
        'not-supported',
      )
    if (name !== '_cursor') stated.push([key, value])
  }
  return { type, filters, sort, includes, count: counted ? 0 : count, offset, stated }
}

/** Of `_summary` only `count` and `false` are served (FHIR R4 search 3.1.1.5.8). */
const readSummary = (value: string): boolean => {
  if (value !== 'count' && value !== 'false')
    invalid('`_summary` is served as `count` or `false`', '_summary', 'not-supported')
  return value === 'count'
}

/** `_count`: a whole number, cut to the most that a page holds. */
export const readCount = (value: string): number => {
  if (!/^\d{1,9}$/.test(value)) invalid('`_count` is a whole number from 0', '_count', 'value')
  return Math.min(Number(value), mostCount)
}

/** Commas separate values; `\,` is a comma within one (FHIR R4 search 3.1.1.4.6). */
const splitValues = (value: string): string[] =>
  value.split(/(?<!\\),/).map((part) => part.replaceAll(/\\([,$|\\])/g, '$1'))

const readSort = (value: string, type: string, parameters: ReadonlyMap<string, Served>) =>
  value.split(',').map((key) => {
    const name = key.replace(/^-/, '')
    if (name !== '_id' && name !== '_lastUpdated' && !parameters.has(name))
      invalid(`cannot sort ${type} by \`${name}\``, '_sort', 'not-supported')
    return { name, descending: key.startsWith('-') }
  })

const readInclude = (value: string, type: string, parameters: ReadonlyMap<string, Served>) => {
  const [from = '', name = '', target] = value.split(':')
  if (from !== type || parameters.get(name)?.kind !== 'reference')
    invalid(`\`_include\` is \`${type}:<reference parameter>\`; this is none`, '_include', 'not-supported')
  return { type: from, name, target }
}

/** The place of a page, opaque to callers. */
export const cursorFor = (offset: number): string => btoa(`o${offset}`).replaceAll('=', '')

const readCursor = (value: string): number => {
  try {
    const match = /^o(?<offset>\d{1,9})$/.exec(atob(value))
    if (match?.groups?.offset !== undefined) return Number(match.groups.offset)
  } catch {
    // not base64: refused below like any other foreign cursor
  }
  return invalid('`_cursor` is not one that this server gave out; start again without it', '_cursor', 'value')
}
