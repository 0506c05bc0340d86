import { choiceName, structure } from '../fhir/definitions/structures.ts'
import type { Json } from './json.ts'
import type { Rule } from './rules.ts'

/** One value of an element, with the datatype that a choice was given as. */
export type Occurrence = { value: unknown; path: string; type?: string }

/** The values of an element, whatever datatype a choice was given as. */
export function occurrences(rule: Rule, parent: Json, path: string): Occurrence[] {
  const at = `${path}.${rule.name}`
  if (!rule.choice) return valuesOf(parent[rule.name], at)
  for (const [name, value] of Object.entries(parent)) {
    const type = choiceType(rule.name, name)
    if (type !== undefined && value !== undefined && value !== null) return [{ value, path: at, type }]
  }
  return []
}

function valuesOf(value: unknown, path: string): Occurrence[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) return [{ value, path }]
  return value
    .map((item: unknown, index) => ({ value: item, path: `${path}[${index}]` }))
    .filter((item) => item.value !== null)
}

function choiceType(element: string, name: string): string | undefined {
  if (!name.startsWith(element) || name.length === element.length) return undefined
  const rest = name.slice(element.length)
  const candidates = [rest, rest.charAt(0).toLowerCase() + rest.slice(1)]
  return candidates.find((type) => structure(type) !== undefined && choiceName(element, type) === name)
}
