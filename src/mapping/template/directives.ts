import { MappingFailure, type SourceItem, TemplateError } from './failure.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import { compileString } from './interpolate.ts'
import type { Shape } from './lint.ts'
import { type Compiling, one, place, type Scope } from './value.ts'

export type { Compiling } from './value.ts'

/** A compiled part of a template; undefined leaves its key or array entry out. */
export type Build = (scope: Scope) => Json | undefined

const LOOP = /^\{%\s*for\s+(?:(\w+)\s*,\s*)?(\w+)\s+in\s+(.+?)\s*%\}$/s
const IF = /^\{%\s*if\s+(.+?)\s*%\}$/s
const ELSE = /^\{%\s*else\s*%\}$/
const ASSIGN = /^\{%\s*assign\s*%\}$/

/** Compiles any part of a template for its place in the target. */
export function compileNode(node: Json, target: string, compiling: Compiling): Build {
  if (typeof node === 'string') return compileString(node, target, compiling)
  if (Array.isArray(node)) return compileArray(node, target, compiling)
  if (isObject(node)) return compileObject(node, target, compiling)
  return () => node
}

function compileArray(node: readonly Json[], target: string, compiling: Compiling): Build {
  const entries = node.map((entry, index) => ({
    build: compileNode(entry, `${target}[${index}]`, compiling),
    spread: isSpread(entry),
  }))
  return (scope) => {
    const values = entries.flatMap(({ build, spread }) => {
      const value = build(scope)
      if (value === undefined) return []
      return spread && Array.isArray(value) ? value : [value]
    })
    return values.length > 0 ? values : undefined
  }
}

/** A loop, or a choice between loops, standing in an array yields its entries rather than an array in it. */
function isSpread(entry: Json): boolean {
  if (typeof entry === 'string') return entry.startsWith('{[')
  if (!isObject(entry)) return false
  return Object.keys(entry).some((key) => LOOP.test(key) || IF.test(key))
}

function compileObject(node: JsonObject, target: string, outer: Compiling): Build {
  const assigned = compileAssignments(node, target, outer)
  const inner = assigned.compiling
  const entries = Object.entries(node).filter(([key]) => !ASSIGN.test(key))
  const parts = entries.map(([key, value], index) => {
    if (ELSE.test(key)) return elsePart(entries[index - 1]?.[0], value, target, inner)
    return compilePart(key, value, target, inner)
  })
  const keyed = parts.filter((part) => part.key !== undefined).length
  if (keyed === parts.length) return (scope) => gather(parts, assigned.scope(scope))
  if (keyed === 0) return (scope) => first(parts, assigned.scope(scope))
  return (scope) => merge(parts, assigned.scope(scope), target, inner)
}

type Part = { readonly key?: string; readonly build: Build }

function compilePart(key: string, value: Json, target: string, compiling: Compiling): Part {
  const condition = IF.exec(key)
  if (condition?.[1]) return { build: compileIf(condition[1], true, value, target, compiling) }
  const loop = LOOP.exec(key)
  if (loop?.[2] && loop[3]) return { build: compileLoop(loop[3], loop[2], loop[1], value, target, compiling) }
  if (key.startsWith('{%'))
    throw new TemplateError(`${compiling.file}: ${target}: \`${key}\` is not a directive`)
  return { key, build: compileNode(value, target ? `${target}.${key}` : key, compiling) }
}

function elsePart(previous: string | undefined, value: Json, target: string, compiling: Compiling): Part {
  const condition = IF.exec(previous ?? '')
  if (condition?.[1]) return { build: compileIf(condition[1], false, value, target, compiling) }
  throw new TemplateError(`${compiling.file}: ${target}: an \`else\` does not follow an \`if\``)
}

function compileIf(text: string, wanted: boolean, value: Json, target: string, compiling: Compiling): Build {
  const condition = place(text, target, compiling)
  const build = compileNode(value, target, compiling)
  return (scope) => {
    const holds = one(condition, scope, false) ?? false
    if (typeof holds !== 'boolean')
      throw condition.fail('type', 'a condition is neither true nor false', scope)
    return holds === wanted ? build(scope) : undefined
  }
}

function compileLoop(
  text: string,
  item: string,
  index: string | undefined,
  value: Json,
  target: string,
  compiling: Compiling,
): Build {
  const collection = place(text, target, compiling)
  const variables = new Map(compiling.variables).set(item, collection.shape)
  if (index) variables.set(index, { type: 'value' })
  const build = compileNode(value, `${target}[]`, { ...compiling, variables })
  return (scope) => {
    const values = collection.all(scope).flatMap((entry, position) => {
      const bound = { ...scope.variables, [item]: entry, ...(index && { [index]: position }) }
      const said = isObject(entry) && typeof entry['line'] === 'number' ? (entry as SourceItem) : scope.item
      const value = build({ ...scope, variables: bound, ...(said && { item: said }) })
      return value === undefined ? [] : [value]
    })
    return values.length > 0 ? values : undefined
  }
}

type Assigned = { readonly compiling: Compiling; readonly scope: (scope: Scope) => Scope }

/** `{% assign %}` holds an array of objects, or one object; each name may use those before it. */
function compileAssignments(node: JsonObject, target: string, outer: Compiling): Assigned {
  const key = Object.keys(node).find((key) => ASSIGN.test(key))
  if (key === undefined) return { compiling: outer, scope: (scope) => scope }
  const held = node[key]
  const pairs = (Array.isArray(held) ? held : [held])
    .filter((part): part is JsonObject => isObject(part))
    .flatMap((part) => Object.entries(part))
  let compiling = outer
  const steps: { name: string; build: Build }[] = []
  for (const [name, value] of pairs) {
    const build = compileNode(value, `${target}%${name}`, compiling)
    steps.push({ name, build })
    compiling = { ...compiling, variables: new Map(compiling.variables).set(name, shapeOf(value, compiling)) }
  }
  const scope = (start: Scope) =>
    steps.reduce<Scope>(
      (scope, { name, build }) => ({
        ...scope,
        variables: { ...scope.variables, [name]: build(scope) ?? [] },
      }),
      start,
    )
  return { compiling, scope }
}

function shapeOf(value: Json, compiling: Compiling): Shape {
  const whole = typeof value === 'string' ? /^\{[{[]!?\s*(.+?)\s*[}\]]\}$/s.exec(value)?.[1] : undefined
  return whole === undefined ? { type: '*' } : place(whole, '', compiling).shape
}

function gather(parts: readonly Part[], scope: Scope): Json | undefined {
  const entries = parts.flatMap(({ key, build }) => {
    const value = build(scope)
    return key === undefined || value === undefined ? [] : [[key, value] as const]
  })
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}

function first(parts: readonly Part[], scope: Scope): Json | undefined {
  for (const { build } of parts) {
    const value = build(scope)
    if (value !== undefined) return value
  }
  return undefined
}

/** Directives beside other keys: what they give is merged in, and no key may be given twice. */
function merge(parts: readonly Part[], scope: Scope, target: string, { file }: Compiling): Json | undefined {
  const result: { [key: string]: Json } = {}
  const fail = (text: string) => new MappingFailure({ kind: 'type', file, target, expression: '', text })
  for (const { key, build } of parts) {
    const value = build(scope)
    if (value === undefined) continue
    const given = key === undefined ? value : { [key]: value }
    if (!isObject(given)) throw fail('a directive beside keys does not give an object')
    if (Object.keys(given).some((key) => key in result)) throw fail('a key is given twice')
    Object.assign(result, given)
  }
  return Object.keys(result).length > 0 ? result : undefined
}
