import type { Grant } from '../authorize/grant.ts'
import { isResourceType } from '../fhir/definitions/structures.ts'
import { invalid, refuse } from '../problem.ts'
import type { Criterion } from './criterion.ts'
import { type Include, readInclude } from './read-include.ts'
import { readCriterion, type Reading, served } from './read-criterion.ts'
import type { Served } from './parameters.ts'

/** What of each resource is asked for (FHIR R4 search 3.1.1.5.8 and 3.1.1.5.9). */
export interface Subset {
  readonly summary: 'true' | 'text' | 'data' | 'false'
  readonly elements: readonly string[]
}

/** One key of the order asked for. */
export interface SortKey {
  readonly parameter: Served
  readonly descending: boolean
}

/** The conditions on the resources of one type. */
export interface TypeQuery {
  readonly type: string
  readonly criteria: readonly Criterion[]
}

/** A search, parsed (FHIR R4 search 3.1.1). */
export interface SearchQuery {
  /** What it searches, type by type: what the types have in common they are asked alike. */
  readonly types: readonly TypeQuery[]
  readonly sort: readonly SortKey[]
  readonly includes: readonly Include[]
  readonly count: number
  /** Whether the number of all matches is wanted: undefined where nothing is said. */
  readonly total: 'none' | 'accurate' | undefined
  readonly subset: Subset
  readonly cursor: string | undefined
  /** Of each code so many of the most recent, where only those are wanted (Observation/$lastn). */
  readonly latest?: number
  /** The parameters as they were understood, for the self link. */
  readonly stated: readonly (readonly [string, string])[]
}

/** Entries of a page, where nothing is said, and at the most. */
const usualCount = 20
const mostCount = 1000

const passive = new Set(['_format', '_pretty', '_contained', '_containedType'])

interface Draft {
  count: number
  counted: boolean
  total: SearchQuery['total']
  summary: Subset['summary']
  cursor: string | undefined
  readonly elements: string[]
  readonly sort: SortKey[]
  readonly includes: Include[]
}

/**
 * Parses the parameters of a search over one or several types. A parameter that is not served is refused by name,
 * unless the caller asked for lenient handling (FHIR R4 search 3.1.1.1.2).
 */
export const parseQuery = (
  types: readonly string[],
  given: URLSearchParams,
  reading: Reading,
  lenient: boolean,
  acrossTypes = false,
): SearchQuery => {
  const draft: Draft = {
    count: usualCount,
    counted: false,
    total: undefined,
    summary: 'false',
    cursor: undefined,
    elements: [],
    sort: [],
    includes: [],
  }
  const criteria = new Map<string, Criterion[]>(types.map((type) => [type, []]))
  const stated: [string, string][] = []
  for (const [key, value] of given) {
    const [name = ''] = key.split(':', 1)
    if (passive.has(name) || value === '' || (key === '_type' && acrossTypes)) {
      if (key === '_type') stated.push([key, value])
      continue
    }
    const known =
      readResult(draft, key, name, value, types, reading) || readCondition(criteria, key, value, reading)
    if (!known) {
      if (lenient) continue
      refuseUnknown(key, types)
    }
    if (name !== '_cursor') stated.push([key, value])
  }
  const { counted, count, elements, summary, ...rest } = draft
  return {
    ...rest,
    types: [...criteria].map(([type, own]) => ({ type, criteria: own })),
    count: counted ? 0 : count,
    subset: { summary, elements },
    stated,
  }
}

const refuseUnknown = (key: string, types: readonly string[]): never =>
  invalid(
    `unknown or unsupported search parameter \`${key}\` for ${types.length === 1 ? types[0] : 'all of the types'}; see /metadata for those that are`,
    `${types.length === 1 ? types[0] : ''}?${key}`,
    'not-supported',
  )

/** A condition counts where every type that is searched has it. */
const readCondition = (
  criteria: ReadonlyMap<string, Criterion[]>,
  key: string,
  value: string,
  reading: Reading,
): boolean => {
  const read = [...criteria.keys()].map((type) => readCriterion(reading, type, key, value))
  if (read.some((criterion) => criterion === undefined)) return false
  const each = read.values()
  for (const own of criteria.values()) {
    const criterion = each.next().value
    if (criterion !== undefined) own.push(criterion)
  }
  return true
}

/** Parameters that shape the answer (FHIR R4 search 3.1.1.5); false for any other. */
const readResult = (
  draft: Draft,
  key: string,
  name: string,
  value: string,
  types: readonly string[],
  reading: Reading,
): boolean => {
  switch (name) {
    case '_count':
      draft.count = readCount(value)
      return true
    case '_total':
      draft.total = readTotal(value)
      return true
    case '_summary':
      draft.counted = value === 'count'
      draft.summary = readSummary(value)
      return true
    case '_elements':
      draft.elements.push(...readElements(value))
      return true
    case '_cursor':
      draft.cursor = value
      return true
    case '_sort':
      draft.sort.push(...value.split(',').map((text) => readSort(text.trim(), types, reading)))
      return true
    case '_include':
    case '_revinclude':
      draft.includes.push(readInclude(key, value, types, reading))
      return true
    default:
      return false
  }
}

/** `_count`: a whole number, cut to the most that a page holds. */
export const readCount = (value: string): number => {
  if (!/^\d{1,9}$/.test(value)) invalid('`_count` is a whole number from 0', '_count', 'value')
  return Math.min(Number(value), mostCount)
}

/** An estimate would be no cheaper here than the number itself, so it is that (FHIR R4 search 3.1.1.5.3). */
const readTotal = (value: string): SearchQuery['total'] => {
  if (value !== 'none' && value !== 'estimate' && value !== 'accurate')
    invalid('`_total` is `none`, `estimate` or `accurate`', '_total', 'value')
  return value === 'none' ? 'none' : 'accurate'
}

const summaries = ['true', 'text', 'data', 'false'] as const

const readSummary = (value: string): Subset['summary'] => {
  if (value === 'count') return 'false'
  return (
    summaries.find((one) => one === value) ??
    invalid('`_summary` is `true`, `text`, `data`, `count` or `false`', '_summary', 'value')
  )
}

const readElements = (value: string): string[] => value.split(',').map((element) => element.trim())

/** What of a resource is asked for, where nothing is searched. */
export const readSubset = (given: URLSearchParams): Subset => ({
  summary: readSummary(given.get('_summary') ?? 'false'),
  elements: given.getAll('_elements').flatMap(readElements),
})

const readSort = (text: string, types: readonly string[], reading: Reading): SortKey => {
  const name = text.replace(/^-/, '')
  const found = types.map((type) => served(reading, type, name))
  const [parameter] = found
  if (parameter === undefined || found.some((own) => own?.kind !== parameter.kind) || isUnsortable(parameter))
    return invalid(
      `cannot sort ${types.length === 1 ? types[0] : 'all of the types'} by \`${name}\``,
      '_sort',
      'not-supported',
    )
  return { parameter, descending: text.startsWith('-') }
}

const isUnsortable = ({ kind, among }: Served): boolean =>
  kind === 'composite' || kind === 'special' || among.length > 0

/** The types of a search across types: those named in `_type`, or all that the token may search. */
export const readTypes = (given: URLSearchParams, all: readonly string[], grant: Grant): string[] => {
  const named = given.getAll('_type').flatMap((value) => value.split(',').map((type) => type.trim()))
  const unknown = named.find((type) => !isResourceType(type))
  if (unknown !== undefined)
    invalid('`_type` takes names of R4 resource types, with commas between them', '_type', 'value')
  const types = [...new Set(named.length === 0 ? all : named)].filter((type) => grant.allows(type, 's'))
  if (types.length === 0 || (named.length > 0 && types.length < new Set(named).size))
    refuse({
      kind: 'forbidden',
      text: 'the token may not search all of the types that are asked for',
    })
  return types
}
