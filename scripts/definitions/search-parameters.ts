import type { Branch, Component, SearchParameter } from '../../src/fhir/definitions/search-parameters.ts'
import type { Element, Structure } from '../../src/fhir/definitions/structures.ts'
import { alternatives, stepsOf } from './expression.ts'
import type { SearchParameter as Official } from './official.ts'

type Table = Record<string, Structure>
type Step = { type: string; branch: Branch; targets?: string[] }
type Parameters = Record<string, SearchParameter>

/** So many targets mean any resource; they are not listed. */
const nearlyAll = 100

/** Types of a choice that a kind of parameter cannot be compared with. https://hl7.org/fhir/R4/search.html#table */
const inapplicable: Record<string, string[]> = { reference: ['Attachment'], date: ['string', 'Age', 'Range'] }

/**
 * Whether a published SearchParameter belongs to R4 itself: it is no example of the resource, and none of the experimental
 * ones that came with extensions (they lack a base or an expression, or lead to an Extension and not to its value).
 * https://hl7.org/fhir/R4/searchparameter-registry.html
 */
export function isOfR4({ version, experimental }: Official): boolean {
  return version === '4.0.1' && experimental !== true
}

/** Every search parameter under each type it is for, its expression narrowed to that type and compiled. */
export function compileSearchParameters(official: Official[], table: Table): Record<string, Parameters> {
  const byUrl = new Map(official.map((parameter) => [parameter.url, parameter]))
  const result: Record<string, Parameters> = {}
  for (const parameter of official.toSorted((a, b) => (a.code < b.code ? -1 : 1))) {
    for (const base of parameter.base) {
      const structure = table[base]
      if (structure === undefined) continue
      const type = structure.abstract ? 'Resource' : base
      result[type] ??= {}
      if (result[type][parameter.code]) throw new Error(`two parameters ${type}.${parameter.code}`)
      result[type][parameter.code] = compile(parameter, base, table, byUrl)
    }
  }
  return result
}

function compile(
  parameter: Official,
  base: string,
  table: Table,
  byUrl: Map<string, Official>,
): SearchParameter {
  const steps = alternatives(parameter.expression ?? '')
    .flatMap((branch) => narrowed(branch, base, table))
    .filter((step) => !inapplicable[parameter.type]?.includes(step.type))
  const targets = targetsOf(parameter, steps)
  return {
    kind: parameter.type,
    url: parameter.url,
    paths: steps.map((step) => step.branch),
    ...(targets.length > 0 && { targets }),
    ...(parameter.component && { components: componentsOf(parameter, base, steps, table, byUrl) }),
  }
}

function targetsOf(parameter: Official, steps: Step[]): string[] {
  if (parameter.type !== 'reference') return []
  const declared = parameter.target ?? []
  const targets = steps.flatMap(({ branch, targets: allowed }) => {
    if ('is' in branch && branch.is !== undefined) return [branch.is]
    if (allowed === undefined || declared.length === 0) return allowed ?? declared
    return declared.filter((type) => allowed.includes(type))
  })
  const distinct = [...new Set(targets)].toSorted()
  return distinct.length >= nearlyAll ? [] : distinct
}

function componentsOf(
  parameter: Official,
  base: string,
  steps: Step[],
  table: Table,
  byUrl: Map<string, Official>,
): Component[] {
  return (parameter.component ?? []).map(({ definition, expression }) => {
    const target = byUrl.get(definition)
    if (target === undefined) throw new Error(`no parameter ${definition}`)
    const found = steps.flatMap((step) =>
      alternatives(expression).flatMap((branch) => component(branch, base, step.type, table)),
    )
    const paths = new Map(found.map((step) => [JSON.stringify(step.branch), step.branch]))
    return { code: target.code, kind: target.type, url: definition, paths: [...paths.values()] }
  })
}

function component(expression: string, base: string, type: string, table: Table): Step[] {
  const [first, ...rest] = stepsOf(expression)
  if (first !== '%resource') return walk(stepsOf(expression), type, table, expression)
  const steps = walk(rest, base, table, expression)
  return steps.map((step) => ({ ...step, branch: { ...step.branch, root: true as const } }))
}

function narrowed(branch: string, base: string, table: Table): Step[] {
  if (branch === 'Patient.deceased.exists() and Patient.deceased != false') {
    return base === 'Patient' ? [deceased] : []
  }
  const [first, ...rest] = stepsOf(branch)
  if (first !== undefined && table[first] === undefined) return walk([first, ...rest], base, table, branch)
  if (first !== base) return []
  return walk(rest, base, table, branch)
}

const deceased: Step = {
  type: 'boolean',
  branch: { path: [], type: 'boolean', anyOf: ['deceasedBoolean', 'deceasedDateTime'] },
}

/** Follows the steps of an expression through the structures, to one branch for each datatype it may end in. */
function walk(steps: string[], base: string, table: Table, source: string): Step[] {
  let ends: Step[] = [{ type: base, branch: { path: [], type: base } }]
  for (const step of steps) ends = ends.flatMap((end) => follow(end, step, table))
  if (ends.length === 0) throw new Error(`cannot compile ${source} on ${base}`)
  return ends
}

type Follow = (end: Step, table: Table, first: string, second: string, third: string) => Step[]

/** The steps that expressions are made of, and where each leads. */
const ways: readonly (readonly [RegExp, Follow])[] = [
  [/^(\w+)$/, (end, table, name) => descend(end, name, table)],
  [/^(\w+)\[0\]$/, (end, table, name) => descend(end, name, table).map(firstOnly)],
  [/^repeat\((\w+)\)$/, (end, table, name) => descend(end, name, table).map((e) => repeated(e, name, table))],
  [/^ofType\((\w+)\)$/, (end, table, type) => (isOf(end.type, type, table) ? [end] : [])],
  [/^where\(resolve\(\) is (\w+)\)$/, (end, _, is) => (end.type === 'Reference' ? [{ ...end, branch: { ...end.branch, is } }] : [])],
  [/^where\((\w+) ?= ?'([^']+)'\)$/, (end, _, element, equals) => [filtered(end, element, equals)]],
  [/^where\(([\w.]+)\.where\((\w+) ?= ?'([^']+)'\)\.exists\(\)\)$/, (end, _, path, element, equals) => [filtered(end, `${path}.${element}`, equals)]],
  [/^extension\('([^']+)'\)$/, (end, table, url) => descend(end, 'extension', table).map((e) => filtered(e, 'url', url))],
] // prettier-ignore

function follow(end: Step, step: string, table: Table): Step[] {
  for (const [shape, take] of ways) {
    const [matched, first = '', second = '', third = ''] = shape.exec(step) ?? []
    if (matched !== undefined) return take(end, table, first, second, third)
  }
  throw new Error(`unknown step ${step}`)
}

/** Whether a type is another or specializes it. The official table writes `DateTime` once for `dateTime`. */
function isOf(type: string, other: string, table: Table): boolean {
  if (type.toLowerCase() === other.toLowerCase()) return true
  const base = table[type]?.base
  return base !== undefined && isOf(base, other, table)
}

function firstOnly(end: Step): Step {
  return { ...end, branch: { ...end.branch, first: end.branch.path.length } }
}

function repeated(end: Step, name: string, table: Table): Step {
  if (elementOf(end.type, name, table)?.types[0] !== end.type)
    throw new Error(`${name} does not repeat itself`)
  return { ...end, branch: { ...end.branch, repeat: end.branch.path.length } }
}

function filtered(end: Step, element: string, equals: string): Step {
  if (end.branch.where !== undefined) throw new Error(`a second filter, on ${element}`)
  return { ...end, branch: { ...end.branch, where: { depth: end.branch.path.length, element, equals } } }
}

function descend(end: Step, name: string, table: Table): Step[] {
  const element = elementOf(end.type, name, table)
  if (element === undefined) return []
  return element.types.map((type) => {
    const property = element.choice ? `${name}${type.charAt(0).toUpperCase()}${type.slice(1)}` : name
    const branch = { ...end.branch, path: [...end.branch.path, property], type }
    const pointer = type === 'Reference' || type === 'canonical'
    return { type, branch, ...(pointer && element.targets && { targets: element.targets }) }
  })
}

function elementOf(type: string, name: string, table: Table): Element | undefined {
  const structure = table[type]
  if (structure === undefined) return undefined
  return (
    structure.elements[name] ??
    (structure.base === undefined ? undefined : elementOf(structure.base, name, table))
  )
}
