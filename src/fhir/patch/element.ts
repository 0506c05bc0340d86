import { choiceName, type Element, shape } from '../definitions/structures.ts'
import type { Json } from './json.ts'

/** An element of a type, by the name that FHIRPath has for it: `value`, where JSON has `valueString`. */
export interface ElementOf {
  readonly name: string
  readonly definition: Element
}

/**
 * The element of a type that a name stands for: its own, or a choice named with one of its types (`valueString`),
 * which then is the only type that it takes.
 */
export const elementOf = (type: string, name: string): ElementOf | undefined => {
  const properties = shape(type)?.properties
  const exact = properties?.get(name)
  if (exact?.definition.choice)
    return { name: exact.element, definition: { ...exact.definition, types: [exact.type] } }
  const found = exact ?? properties?.values().find(({ element }) => element === name)
  return found && { name: found.element, definition: found.definition }
}

/** The JSON names that an element can have, with the type of each. */
export const namesOf = ({
  name,
  definition,
}: ElementOf): { readonly name: string; readonly type: string }[] =>
  definition.types.map((type) => ({ name: definition.choice ? choiceName(name, type) : name, type }))

/** The JSON name and type that an element has in an object; undefined if it is not there. */
export const presentOf = (owner: Json, type: string, name: string): PresentElement | undefined => {
  const properties = shape(type)?.properties
  for (const [json, { element, type: valueType, definition }] of properties ?? [])
    if (element === name && (Object.hasOwn(owner, json) || Object.hasOwn(owner, `_${json}`)))
      return { name: json, type: valueType, many: definition.many === true }
  return undefined
}

export interface PresentElement {
  readonly name: string
  readonly type: string
  readonly many: boolean
}
