import { commonSearchParameters, searchParameters } from '../fhir/definitions/search-parameters.ts'
import { tokensOf } from '../search/conditions/token.ts'
import { commonParameters, type Served } from '../search/parameters.ts'
import { isEnclosed } from '../search/shown.ts'
import { split } from '../search/values.ts'

/** So many parameters, and values of each, narrow one scope. */
const most = 20

/**
 * Reads the search by which a scope is narrowed, as in `Observation.rs?category=laboratory` (SMART App Launch 2.2,
 * finer-grained resource constraints): for each parameter the index entries of which a row must have one. Undefined where
 * it is not that: only parameters that are answered by the entries of the row itself narrow a scope, so that a
 * scope is one comparison, and never hangs on what the row refers to.
 */
export const readConditions = (type: string, query: string): (readonly string[])[] | undefined => {
  const pairs = query.split('&').map((pair) => decoded(pair))
  if (pairs.length > most) return undefined
  const read = pairs.map((pair) => (pair === undefined ? undefined : readCondition(type, ...pair)))
  return read.every((tokens) => tokens !== undefined) ? read : undefined
}

const decoded = (pair: string): [string, string] | undefined => {
  const [entry, ...others] = new URLSearchParams(pair)
  return entry === undefined || others.length > 0 ? undefined : entry
}

const readCondition = (type: string, name: string, value: string): string[] | undefined => {
  const parameter = parameterOf(type, name)
  const values = split(value, ',')
  if (value.includes('\0')) return undefined
  if (parameter === undefined || values.length > most || values.some((one) => one === '')) return undefined
  return tokensOf({ kind: 'value', parameter, modifier: undefined, values })
}

const parameterOf = (type: string, name: string): Served | undefined => {
  const common = commonParameters.get(name)
  if (common !== undefined) return name !== '_id' && isOwnEntry(common) ? common : undefined
  const own = searchParameters(type)
  const found = type !== '*' && Object.hasOwn(own, name) ? own[name] : undefined
  if (found === undefined || Object.hasOwn(commonSearchParameters(), name)) return undefined
  const served: Served = {
    name,
    kind: found.kind,
    paths: found.paths,
    url: found.url,
    targets: [],
    clinical: false,
    among: [],
    parts: [],
  }
  return isOwnEntry(served) && !name.startsWith('combo-') ? served : undefined
}

/** What stands beside a reference is there only for who sees what it refers to. */
const isOwnEntry = (parameter: Served): boolean =>
  (parameter.kind === 'token' || parameter.kind === 'uri') && !isEnclosed(parameter)
