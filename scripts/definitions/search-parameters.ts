import type { Branch, Component, SearchParameter } from '../../src/fhir/definitions/search-parameters.ts'
import type { Element, Structure } from '../../src/fhir/definitions/structures.ts'
import type { SearchParameter as Official } from './official.ts'

type Table = Record<string, Structure>
type Step = { type: string; branch: Branch; targets?: string[] }
type Parameters = Record<string, SearchParameter>

/** So many targets mean any resource; they are not listed. */
const nearlyAll = 100

/** Types of a choice that a kind of parameter cannot be compared with. https://hl7.org/fhir/R4/search.html#table */
const inapplicable: Record<string, string[]> = { reference: ['Attachment'], date: ['string', 'Age', 'Range'] }

/** Every R4 search parameter under each type it is for, its expression narrowed to that type and compiled. */
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
  const steps = split(parameter.expression ?? '')
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
  const declared = (parameter.target ?? []).filter((type) => type !== 'SubscriptionStatus')
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
      split(expression).flatMap((branch) => component(branch, base, step.type, table)),
    )
    const paths = new Map(found.map((step) => [JSON.stringify(step.branch), step.branch]))
    return { code: target.code, kind: target.type, url: definition, paths: [...paths.values()] }
  })
}

function component(expression: string, base: string, type: string, table: Table): Step[] {
  const [first, ...rest] = plain(expression).split('.')
  if (first !== '%resource') return walk(plain(expression).split('.'), type, table, expression)
  const steps = walk(rest, base, table, expression)
  return steps.map((step) => ({ ...step, branch: { ...step.branch, root: true as const } }))
}

function split(expression: string): string[] {
  return expression
    .split('|')
    .map((branch) => branch.trim())
    .filter((branch) => branch !== '')
}

/** Writes `(X as T)`, `X.as(T)` and `(X.ofType(T)).y` all as `X.ofType(T).y`. */
function plain(branch: string): string {
  return branch
    .replace(/^\((.+?) as (\w+)\)/, '$1.ofType($2)')
    .replace(/\.as\((\w+)\)/g, '.ofType($1)')
    .replace(/^\((.+)\)(\.\w+)?$/, '$1$2')
}

function narrowed(branch: string, base: string, table: Table): Step[] {
  const expression = plain(branch)
  if (expression === 'Patient.deceased.exists() and Patient.deceased != false') {
    return base === 'Patient' ? [deceased] : []
  }
  const [first, ...rest] = expression.split('.')
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

function follow(end: Step, step: string, table: Table): Step[] {
  const only = /^ofType\((\w+)\)$/.exec(step)?.[1]
  // The official table writes `DateTime` once for `dateTime`.
  if (only !== undefined) return end.type.toLowerCase() === only.toLowerCase() ? [end] : []
  const is = /^where\(resolve\(\) is (\w+)\)$/.exec(step)?.[1]
  if (is !== undefined) return end.type === 'Reference' ? [{ ...end, branch: { ...end.branch, is } }] : []
  const where = /^where\((\w+)='([\w-]+)'\)$/.exec(step)
  if (where?.[1] && where[2]) {
    const filter = { depth: end.branch.path.length, element: where[1], equals: where[2] }
    return [{ ...end, branch: { ...end.branch, where: filter } }]
  }
  const indexed = /^(\w+)\[0\]$/.exec(step)?.[1]
  if (indexed !== undefined) {
    const depth = end.branch.path.length + 1
    return descend(end, indexed, table).map((e) => ({ ...e, branch: { ...e.branch, first: depth } }))
  }
  if (!/^\w+$/.test(step)) throw new Error(`unknown step ${step}`)
  return descend(end, step, table)
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
