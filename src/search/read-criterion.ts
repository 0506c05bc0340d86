import { isResourceType, resourceTypes } from '../fhir/definitions/structures.ts'
import { invalid, refuse } from '../problem.ts'
import type { Criterion } from './criterion.ts'
import { commonParameters, type Served } from './parameters.ts'
import { split } from './values.ts'

/** What reading a search needs to know: what is served, and which types the token may search. */
export interface Reading {
  readonly parameters: (type: string) => ReadonlyMap<string, Served>
  readonly maySearch: (type: string) => boolean
}

/** Chains and `_has` may nest so deep; deeper ones are no question of a client's. */
const mostSteps = 24

/**
 * Reads one parameter of a search over a type; undefined where the type has none of this name (FHIR R4 search 3.1.1.3).
 */
export const readCriterion = (
  reading: Reading,
  type: string,
  key: string,
  value: string,
  steps = 0,
): Criterion | undefined => {
  if (steps > mostSteps)
    invalid(`a chain has at most ${mostSteps} steps; ask in two searches`, key, 'too-costly')
  if (key.startsWith('_has:')) return readHaving(reading, type, key, value, steps)
  const dot = key.indexOf('.')
  if (dot > 0) return readChain(reading, type, key.slice(0, dot), key.slice(dot + 1), value, steps)
  const [name, modifier] = split2(key, ':')
  if (name === '_list') {
    requireSearch(reading, ['List'], key)
    return { kind: 'list', ids: split(value, ',') }
  }
  const parameter = served(reading, type, name)
  if (parameter === undefined) return undefined
  return { kind: 'value', parameter, modifier, values: split(value, ',') }
}

/** A parameter of a type, its own or one of every type. */
export const served = ({ parameters }: Reading, type: string, name: string): Served | undefined =>
  commonParameters.get(name) ?? parameters(type).get(name)

const split2 = (text: string, separator: string): [string, string | undefined] => {
  const place = text.indexOf(separator)
  return place < 0 ? [text, undefined] : [text.slice(0, place), text.slice(place + 1)]
}

const readChain = (
  reading: Reading,
  type: string,
  head: string,
  tail: string,
  value: string,
  steps: number,
): Criterion | undefined => {
  const [name, named] = split2(head, ':')
  const parameter = served(reading, type, name)
  if (parameter === undefined) return undefined
  if (parameter.kind !== 'reference')
    return invalid(`\`${name}\` is no reference, so nothing can be chained to it`, `${type}?${name}`)
  const possible = possibleTargets(parameter, named, type)
  requireSearch(reading, possible, `${head}.${tail}`)
  const targets = possible.filter(reading.maySearch).flatMap((target) => {
    const next = readCriterion(reading, target, tail, value, steps + 1)
    return next === undefined ? [] : [{ type: target, next }]
  })
  return targets.length === 0 ? undefined : { kind: 'chain', parameter, targets }
}

const possibleTargets = (
  { name, targets }: Served,
  named: string | undefined,
  type: string,
): readonly string[] => {
  if (named === undefined) return targets.length === 0 ? resourceTypes : targets
  if (!isResourceType(named) || (targets.length > 0 && !targets.includes(named)))
    return invalid(`\`${name}\` does not point to \`${named}\``, `${type}?${name}`, 'value')
  return [named]
}

const readHaving = (reading: Reading, type: string, key: string, value: string, steps: number): Criterion => {
  const [, from = '', name = '', ...rest] = key.split(':')
  const tail = rest.join(':')
  if (!isResourceType(from) || name === '' || tail === '')
    return invalid('`_has` is `_has:<type>:<reference parameter>:<parameter>`', key, 'value')
  const parameter = served(reading, from, name)
  if (parameter?.kind !== 'reference' || (parameter.targets.length > 0 && !parameter.targets.includes(type)))
    return invalid(
      `\`${name}\` is no reference parameter of ${from} that points to ${type}`,
      key,
      'not-supported',
    )
  requireSearch(reading, [from], key)
  const next = readCriterion(reading, from, tail, value, steps + 1)
  if (next === undefined)
    return invalid(`unknown or unsupported search parameter \`${tail}\` for ${from}`, key, 'not-supported')
  return { kind: 'has', type: from, parameter, next }
}

/** Every type that a chain or `_has` touches needs its scope (SMART App Launch 2.2). */
const requireSearch = ({ maySearch }: Reading, types: readonly string[], key: string): void => {
  if (!types.some(maySearch))
    refuse({
      kind: 'forbidden',
      text: `the token may not search ${types.length > 4 ? 'any type' : types.join(' or ')}, which \`${key}\` asks for`,
    })
}
