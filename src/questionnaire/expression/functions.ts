import type { UserInvocationTable } from 'fhirpath'
import { type Fuel, Spent } from './fuel.ts'
import { patternCost } from './pattern.ts'

/** Functions that would look something up elsewhere: nothing is looked up while an answer is judged. */
export const refused = ['resolve', 'memberOf', 'conformsTo', 'subsumes', 'subsumedBy'] as const

/**
 * FHIRPath's own functions as they are carried out here: regular expressions are held to what cannot run for long,
 * `repeat` takes as long as it finds something new, and `trace` writes nothing.
 */
export const functionsWith = (fuel: Fuel): UserInvocationTable => ({
  repeat: {
    fn: (from: readonly unknown[], project: Projection) => repeated(fuel, from, project),
    arity: { 1: ['Expr'] },
    internalStructures: true,
  },
  matches: {
    fn: (texts: readonly unknown[], pattern: unknown) => matched(fuel, texts, pattern),
    arity: { 1: ['String'] },
  },
  matchesFull: {
    fn: (texts: readonly unknown[], pattern: unknown) =>
      matched(fuel, texts, typeof pattern === 'string' ? `^(?:${pattern})$` : pattern),
    arity: { 1: ['String'] },
  },
  replaceMatches: {
    fn: (texts: readonly unknown[], pattern: unknown, by: unknown) => replaced(fuel, texts, pattern, by),
    arity: { 2: ['String', 'String'] },
  },
  trace: {
    fn: (values: readonly unknown[]) => values,
    arity: { 1: ['String'], 2: ['String', 'Expr'] },
    internalStructures: true,
  },
})

type Projection = (item: unknown) => readonly unknown[]

const mostRepeated = 5000

/** https://hl7.org/fhirpath/N1/#repeatprojection-expression-collection: what is found already is not asked again. */
const repeated = (fuel: Fuel, from: readonly unknown[], project: Projection): unknown[] => {
  const [found, seen]: [unknown[], Set<string>] = [[], new Set()]
  let pending = from
  while (pending.length > 0) {
    pending = pending.flatMap((item) => project(item)).filter((item) => isNew(fuel, seen, item))
    found.push(...pending)
    if (found.length > mostRepeated) throw new Spent('a collection is too large')
  }
  return found
}

const isNew = (fuel: Fuel, seen: Set<string>, item: unknown): boolean => {
  const value: unknown = isNode(item) ? item.data : item
  const key = `${typeof value} ${typeof value === 'bigint' ? String(value) : JSON.stringify(value)}`
  fuel.spend(1 + key.length / 100)
  if (seen.has(key)) return false
  seen.add(key)
  return true
}

const isNode = (item: unknown): item is { readonly data: unknown } =>
  typeof item === 'object' && item !== null && 'data' in item

const single = (texts: readonly unknown[]): string | undefined => {
  const [text, ...others] = texts
  if (others.length > 0) throw new Error('a text is expected, not several')
  return typeof text === 'string' ? text : undefined
}

const compiled = (fuel: Fuel, pattern: string, text: string, flags: string): RegExp => {
  const cost = patternCost(pattern.replace(/^\^\(\?:(.*)\)\$$/s, '$1'), text)
  if (cost === undefined) throw new Spent('a regular expression that could run for long')
  fuel.spend(cost)
  return new RegExp(pattern, flags)
}

const matched = (fuel: Fuel, texts: readonly unknown[], pattern: unknown): boolean[] => {
  const text = single(texts)
  return text === undefined || typeof pattern !== 'string'
    ? []
    : [compiled(fuel, pattern, text, 's').test(text)]
}

const replaced = (fuel: Fuel, texts: readonly unknown[], pattern: unknown, by: unknown): string[] => {
  const text = single(texts)
  return text === undefined || typeof pattern !== 'string' || typeof by !== 'string'
    ? []
    : [text.replace(compiled(fuel, pattern, text, 'gs'), by)]
}
