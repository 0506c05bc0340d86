import type { FhirResource } from 'fhir/r4'
import { append, contentOf, type Part } from './content.ts'
import { editAt, presentAt, splitPlace, unknownElement } from './edit-element.ts'
import { elementOf, type ElementOf } from './element.ts'
import { unfit } from './patch-fault.ts'
import type { FhirPathOperation } from './read-fhirpath-patch.ts'
import { sameResource } from './same-resource.ts'
import type { Place } from './selector.ts'
import { type Slot, slotsOf, withSlots } from './slots.ts'

/**
 * Applies a FHIRPath Patch, all of it or nothing; the resource that is given stays as it was.
 * https://hl7.org/fhir/R4/fhirpatch.html
 */
export const applyFhirPathPatch = (
  resource: FhirResource,
  operations: readonly FhirPathOperation[],
): FhirResource => sameResource(resource, operations.reduce(perform, resource))

const perform = (resource: FhirResource, operation: FhirPathOperation): FhirResource => {
  const places = operation.path.find(resource, operation.at)
  const { at } = operation
  switch (operation.type) {
    case 'add':
      return editAt(resource, one(places, at), at, (owner, type) =>
        append(owner, type, operation.name, operation.value, at),
      )
    case 'insert':
      return insert(resource, places, operation, at)
    case 'delete':
      return places.length === 0 ? resource : remove(resource, one(places, at), at)
    case 'replace':
      return replace(resource, one(places, at), operation.value, at)
    case 'move':
      return move(resource, places, operation, at)
  }
}

/** The only place that a path may find. */
const one = (places: readonly Place[], at: string): Place => {
  const [place, ...others] = places
  if (place === undefined) return unfit('the path finds no element of the resource', at)
  return others.length === 0 ? place : unfit('the path must select one element; it finds more', at)
}

const remove = (resource: FhirResource, place: Place, at: string): FhirResource => {
  const [above, last] = splitPlace(place, at)
  return editAt(resource, above, at, (owner, type) => {
    const { name, many } = presentAt(owner, type, last, at)
    return withSlots(owner, name, slotsOf(owner, name).toSpliced(last.index, 1), many)
  })
}

const replace = (resource: FhirResource, place: Place, part: Part, at: string): FhirResource => {
  const [above, last] = splitPlace(place, at)
  return editAt(resource, above, at, (owner, type) => {
    const present = presentAt(owner, type, last, at)
    const element = elementOf(type, last.element)
    if (element === undefined) return unknownElement(at)
    const { name, slot } = contentOf(part, element, at)
    const slots = slotsOf(owner, present.name).with(last.index, slot)
    const without = name === present.name ? owner : withSlots(owner, present.name, [], present.many)
    return withSlots(without, name, slots, present.many)
  })
}

type Insert = Extract<FhirPathOperation, { type: 'insert' }>

const insert = (
  resource: FhirResource,
  places: readonly Place[],
  operation: Insert,
  at: string,
): FhirResource => {
  const { index, value, absent } = operation
  if (places.length > 0)
    return editList(resource, places, at, (slots, element) => {
      if (index > slots.length) return unfit('`index` is greater than the number of elements in the list', at)
      return slots.toSpliced(index, 0, contentOf(value, element, at).slot)
    })
  if (absent === undefined || index > 0) return unfit('the path finds no list of the resource', at)
  const owner = one(absent.owner.find(resource, at), at)
  return editAt(resource, owner, at, (found, type) =>
    elementOf(type, absent.element)?.definition.many === true
      ? append(found, type, absent.element, value, at)
      : notAList(at),
  )
}

type Move = Extract<FhirPathOperation, { type: 'move' }>

const move = (resource: FhirResource, places: readonly Place[], operation: Move, at: string): FhirResource =>
  editList(resource, places, at, (slots) => {
    const { source, destination } = operation
    const moved = slots[source]
    if (moved === undefined || destination >= slots.length)
      return unfit('`source` and `destination` must be less than the number of elements in the list', at)
    return slots.toSpliced(source, 1).toSpliced(destination, 0, moved)
  })

/** Changes a list that a path selects: all of it, and nothing else. */
const editList = (
  resource: FhirResource,
  places: readonly Place[],
  at: string,
  edit: (slots: readonly Slot[], element: ElementOf) => readonly Slot[],
): FhirResource => {
  const [first] = places
  if (first === undefined) return unfit('the path finds no list of the resource', at)
  const [above, last] = splitPlace(first, at)
  const list = listOf(first)
  if (places.some((place) => listOf(place) !== list)) return notAList(at)
  return editAt(resource, above, at, (owner, type) => {
    const element = elementOf(type, last.element)
    const slots = slotsOf(owner, last.element)
    if (element?.definition.many !== true || slots.length !== places.length) return notAList(at)
    return withSlots(owner, last.element, edit(slots, element), true)
  })
}

/** What two elements of the same list have in common. */
const listOf = (place: Place): string =>
  JSON.stringify(
    place.map(({ element, index }, depth) => (depth === place.length - 1 ? element : [element, index])),
  )

const notAList = (at: string): never =>
  unfit('the path must select one whole list: a repeating element of one element', at)
