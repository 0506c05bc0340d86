import { isResourceType } from '../fhir/definitions/structures.ts'
import { typeOf } from '../fhir/path.ts'
import { isObject, list, text } from './json.ts'
import type { Json } from './json.ts'

export type Contained = ReadonlyMap<unknown, Json>

/**
 * What is wrong with a Reference or canonical: its form, a contained target that is not there, or the type of a
 * literal target. https://hl7.org/fhir/R4/references.html
 */
export function referenceFault(
  value: Json,
  targets: string[] | undefined,
  container: Json,
  index?: Contained,
): string | undefined {
  const { reference } = value
  if (typeof reference !== 'string') return undefined
  if (reference.startsWith('#')) return containedFault(reference, targets, container, index)
  if (/\s/.test(reference)) return 'must be a reference without spaces, like `Patient/1`'
  const absolute = /^[a-z][a-z0-9+.-]*:/i.test(reference)
  const conditional = /^([A-Z][A-Za-z]+)\?./.exec(reference)?.[1]
  const type = conditional ?? typeOf(reference)
  if (!absolute && (type === undefined || !reference.startsWith(type)))
    return 'must be like `Patient/1`, an absolute URL, or `#id` of a contained resource'
  if (type === undefined) return undefined
  if (!isResourceType(type)) return absolute ? undefined : 'must name an R4 resource type before the `/`'
  return targetFault(type, targets)
}

/**
 * What is wrong with `Reference.type`: it names a type that the element does not point to, or another one than the
 * literal reference does. https://hl7.org/fhir/R4/references-definitions.html#Reference.type
 */
export function referenceTypeFault(
  { type, reference }: Json,
  targets: string[] | undefined,
  container: Json,
  index?: Contained,
): string | undefined {
  if (!isResourceType(type)) return undefined
  const named = targetType({ reference }, container, index)
  if (!isResourceType(named)) return targetFault(type, targets)
  return named === type ? undefined : 'must name the type of resource that `reference` points to'
}

/** The type that a Reference points to, by its literal, what it contains, or `Reference.type`. */
export function targetType(
  { type, reference }: Json,
  container: Json,
  index?: Contained,
): string | undefined {
  if (typeof reference !== 'string') return text(type)
  return (
    (reference.startsWith('#')
      ? text(containedAt(reference, container, index)?.resourceType)
      : typeOf(reference)) ?? text(type)
  )
}

/** What `#` or `#id` points to. */
function containedAt(reference: string, container: Json, index = indexOf(container)): Json | undefined {
  return reference === '#' ? container : index.get(reference.slice(1))
}

/** What a resource contains, by its id; made once for a resource with many references. */
export function indexOf(container: Json): Contained {
  const found = new Map<unknown, Json>()
  for (const resource of list(container.contained))
    if (isObject(resource) && !found.has(resource.id)) found.set(resource.id, resource)
  return found
}

function containedFault(
  reference: string,
  targets: string[] | undefined,
  container: Json,
  index?: Contained,
): string | undefined {
  const target = containedAt(reference, container, index)
  if (target === undefined) return 'must point to a resource in `contained` by its id (ref-1)'
  const type = text(target.resourceType)
  return type === undefined ? undefined : targetFault(type, targets)
}

function targetFault(type: string, targets: string[] | undefined): string | undefined {
  if (targets === undefined || targets.includes(type)) return undefined
  return `must point to ${targets.map((target) => `\`${target}\``).join(' or ')}`
}
