import { isPrimitive, shape } from '../definitions/structures.ts'
import { elementOf, type ElementOf, namesOf } from './element.ts'
import { isJson, type Json } from './json.ts'
import { unfit } from './patch-fault.ts'
import { type Slot, slotsOf, withSlots } from './slots.ts'

/** A part of a Parameters resource: one `value[x]`, a resource, or parts of its own. */
export interface Part {
  readonly name: string
  readonly part?: readonly Part[] | undefined
  readonly resource?: unknown
  readonly [other: string]: unknown
}

/** What goes into an element: the JSON name that it then has, and the occurrence. */
export interface Content {
  readonly name: string
  readonly slot: Slot
}

/**
 * What a part says, as the content of an element. The type must be right for the place (FHIR R4 fhirpatch); one
 * primitive stands for another that is written the same way in JSON, because Parameters cannot carry them all, and
 * validation of the patched resource judges its text.
 */
export const contentOf = (part: Part, element: ElementOf, at: string): Content => {
  const names = Object.keys(part).filter((name) => /^_?value[A-Z]/.test(name))
  const [sent, ...others] = new Set(names.map((name) => name.replace(/^_/, '')))
  const parts = part.part?.length === 0 ? undefined : part.part
  const given = [sent, parts, part.resource].filter((one) => one !== undefined)
  if (given.length !== 1 || others.length > 0)
    return unfit(`\`${part.name}\` must have one of: a value, a resource, parts`, at)
  if (part.resource !== undefined) return resourceOf(part.resource, element, at)
  return sent === undefined ? builtOf(parts ?? [], element, at) : valueOf(part, sent, element, at)
}

const resourceOf = (resource: unknown, element: ElementOf, at: string): Content =>
  element.definition.types.includes('Resource') && isJson(resource)
    ? { name: element.name, slot: { value: resource } }
    : wrongType(element, at)

const valueOf = (part: Part, sent: string, element: ElementOf, at: string): Content => {
  const type = shape('Parameters.parameter')?.properties.get(sent)?.type
  const [slot] = slotsOf(part, sent)
  const names = namesOf(element)
  const target =
    names.find((name) => name.type === type) ??
    names.find((name) => names.length === 1 && type !== undefined && isAlike(name.type, type))
  if (type === undefined || target === undefined || slot === undefined || !isOfKind(slot.value, type))
    return wrongType(element, at)
  return { name: target.name, slot }
}

/** An object made of parts, each named after an element: for types that Parameters has no `value[x]` for. */
const builtOf = (parts: readonly Part[], element: ElementOf, at: string): Content => {
  const [target, ...others] = namesOf(element)
  if (target === undefined || others.length > 0 || isPrimitive(target.type) || target.type === 'Resource')
    return wrongType(element, at)
  const built = parts.reduce<Json>((owner, part) => append(owner, target.type, part.name, part, at), {})
  return { name: target.name, slot: { value: built } }
}

/** Adds an element to an object of a type: to the end of a list, or where there is none yet. */
export const append = (owner: Json, type: string, name: string, part: Part, at: string): Json => {
  const element = elementOf(type, name)
  if (element === undefined) return unfit(`the element that is added to has no element \`${name}\``, at)
  const content = contentOf(part, element, at)
  const all = namesOf(elementOf(type, element.name) ?? element)
  const slots = all.flatMap((one) => slotsOf(owner, one.name))
  if (element.definition.many !== true && slots.length > 0)
    return unfit(`\`${name}\` is there already and does not repeat: use \`replace\``, at)
  return withSlots(owner, content.name, [...slots, content.slot], element.definition.many === true)
}

const wrongType = ({ definition }: ElementOf, at: string): never =>
  unfit(
    `the value must be of type ${definition.types.slice(0, 5).join(', ')}${definition.types.length > 5 ? ' …' : ''}`,
    at,
  )

/** How a type is written in JSON (FHIR R4 json 2.6.2.2). */
const kindOf = (type: string): string => {
  if (!isPrimitive(type)) return 'object'
  if (type === 'boolean') return 'boolean'
  return ['integer', 'positiveInt', 'unsignedInt', 'decimal'].includes(type) ? 'number' : 'string'
}

const isAlike = (one: string, other: string): boolean =>
  isPrimitive(one) && isPrimitive(other) && kindOf(one) === kindOf(other)

const isOfKind = (value: unknown, type: string): boolean =>
  value === undefined ? isPrimitive(type) : kindOf(type) === (isJson(value) ? 'object' : typeof value)
