/**
 * Whether a resource matches one search parameter, by looping over everything (http://hl7.org/fhir/R4/search.html).
 * Hand it a world whose records are ρ's, so that chains and `_has` see nothing else.
 */
import type { FhirResource } from 'fhir/r4'
import {
  dateMatches,
  plain,
  quantityMatches,
  referenceMatches,
  splitAt,
  stringMatches,
  tokenMatches,
} from './evaluate-values.ts'
import type { Node } from './json.ts'
import { isNode, listOf, nodeOf, nodesOf, referenceTo, targetOf } from './json.ts'
import type { Parameter } from './search-parameters.ts'
import { parameterOf } from './search-parameters.ts'
import type { TwinRecord } from './world.ts'
import { recordOf } from './world.ts'
import type { TwinWorld } from './world.ts'

/** What a search runs over: a whole world, or just records. */
export interface Searched {
  records: readonly TwinRecord[]
}

const valuesAt = (node: Node, path: string): readonly unknown[] => {
  let values: readonly unknown[] = [node]
  for (const name of path.split('.')) {
    values = values.filter(isNode).flatMap((value) => listOf(value[name]))
  }
  return values
}

const valuesOf = (resource: FhirResource, parameter: Parameter): readonly unknown[] => {
  const values = parameter.paths.flatMap((path) => valuesAt(nodeOf(resource), path))
  if (parameter.target === undefined) return values
  return values.filter((value) => targetOf(value)?.startsWith(`${parameter.target}/`) === true)
}

const isType = (modifier: string | undefined): modifier is string =>
  modifier !== undefined && /^[A-Z][A-Za-z]+$/.test(modifier)

const oneMatches = (
  values: readonly unknown[],
  parameter: Parameter,
  modifier: string | undefined,
  asked: string,
): boolean => {
  switch (parameter.type) {
    case 'token':
      // ids are the one token in which case counts
      if (parameter.paths[0] === 'id') return values.includes(plain(asked))
      return tokenMatches(values, asked, parameter.system)
    case 'reference':
      if (modifier === 'identifier') {
        return nodesOf(values).some((value) => tokenMatches(value.identifier, asked, undefined))
      }
      return referenceMatches(values, plain(asked), parameter, isType(modifier) ? modifier : undefined)
    case 'date':
      return dateMatches(values, plain(asked))
    case 'string':
      return stringMatches(values, plain(asked), modifier)
    case 'quantity':
      return quantityMatches(values, asked)
    case 'uri':
      return values.includes(plain(asked))
  }
}

const asWorld = (searched: Searched): TwinWorld => ({
  organizations: [],
  table: [],
  persons: [],
  crosswalk: [],
  records: searched.records,
})

/** `subject:Patient.name`: some referenced resource that is there matches the rest. */
const chainMatches = (
  resource: FhirResource,
  searched: Searched,
  first: string,
  rest: string,
  modifier: string | undefined,
  value: string,
): boolean => {
  const [name = '', type] = first.split(':')
  const parameter = parameterOf(resource.resourceType, name)
  if (parameter?.type !== 'reference')
    throw new Error(`\`${name}\` of ${resource.resourceType} is no reference`)
  const restName = rest.split(/[.:]/)[0] ?? ''
  for (const each of valuesOf(resource, parameter)) {
    const target = targetOf(each)
    if (target === undefined || (type !== undefined && !target.startsWith(`${type}/`))) continue
    const found = recordOf(asWorld(searched), target)?.resource
    if (found === undefined) continue
    if (restName !== '_has' && parameterOf(found.resourceType, restName) === undefined) continue
    if (matches(found, searched, rest, modifier, value)) return true
  }
  return false
}

/** `_has:Observation:patient:code`: some resource of that type cites this one and matches the rest. */
const hasMatches = (
  resource: FhirResource,
  searched: Searched,
  parameter: string,
  modifier: string | undefined,
  value: string,
): boolean => {
  const [, type = '', name = '', ...rest] = parameter.split(':')
  const cites = parameterOf(type, name)
  if (cites?.type !== 'reference') throw new Error(`\`${name}\` of ${type} is no reference`)
  const self = referenceTo(resource)
  for (const record of searched.records) {
    if (record.resource.resourceType !== type) continue
    if (!valuesOf(record.resource, cites).some((each) => targetOf(each) === self)) continue
    if (matches(record.resource, searched, rest.join(':'), modifier, value)) return true
  }
  return false
}

/** One parameter; several values after a comma are or-ed. An unknown parameter throws. */
export const matches = (
  resource: FhirResource,
  searched: Searched,
  parameter: string,
  modifier: string | undefined,
  value: string,
): boolean => {
  if (parameter.startsWith('_has:')) return hasMatches(resource, searched, parameter, modifier, value)
  const dot = parameter.indexOf('.')
  if (dot > 0) {
    const [first, rest] = [parameter.slice(0, dot), parameter.slice(dot + 1)]
    return chainMatches(resource, searched, first, rest, modifier, value)
  }
  const definition = parameterOf(resource.resourceType, parameter)
  if (definition === undefined)
    throw new Error(`\`${parameter}\` is no parameter of ${resource.resourceType}`)
  const values = valuesOf(resource, definition)
  if (modifier === 'missing') return (values.length === 0) === (value === 'true')
  const any = splitAt(value, ',').some((asked) => oneMatches(values, definition, modifier, asked))
  // `:not` also finds what has no value at all
  return modifier === 'not' ? !any : any
}

/** All resources of a type that match every parameter. */
export const search = (
  searched: Searched,
  type: string,
  query: readonly { parameter: string; modifier?: string; value: string }[],
): readonly FhirResource[] =>
  searched.records
    .map((record) => record.resource)
    .filter((resource) => resource.resourceType === type)
    .filter((resource) =>
      query.every(({ parameter, modifier, value }) =>
        matches(resource, searched, parameter, modifier, value),
      ),
    )
