import type { FhirResource } from 'fhir/r4'
import { isPrimitive } from '../definitions/structures.ts'
import { type PresentElement, presentOf } from './element.ts'
import { isJson, type Json } from './json.ts'
import { unfit } from './patch-fault.ts'
import type { Place, Step } from './selector.ts'
import { isEmptySlot, type Slot, slotOf, slotsOf, withSlots } from './slots.ts'

/** What becomes of an object of a type. */
export type Edit = (owner: Json, type: string) => Json

/** A resource in which one element is changed; what is left empty goes, everything beside it stays the same. */
export const editAt = (resource: FhirResource, place: Place, at: string, edit: Edit): FhirResource =>
  within(resource as unknown as Json, resource.resourceType, place, at, edit) as unknown as FhirResource

const within = (owner: Json, type: string, place: Place, at: string, edit: Edit): Json => {
  const [step, ...below] = place
  if (step === undefined) return edit(owner, type)
  const present = presentAt(owner, type, step, at)
  const slots = slotsOf(owner, present.name)
  const changed = editSlot(slots[step.index] ?? {}, present.type, below, at, edit)
  const left = isEmptySlot(changed) ? slots.toSpliced(step.index, 1) : slots.with(step.index, changed)
  return withSlots(owner, present.name, left, present.many)
}

/** Below a primitive are its id and extensions, which JSON has beside it (FHIR R4 json 2.6.2.2.1). */
const editSlot = (slot: Slot, type: string, below: Place, at: string, edit: Edit): Slot => {
  if (isPrimitive(type)) return slotOf(slot.value, within(slot.twin ?? {}, type, below, at, edit))
  const { value } = slot
  if (!isJson(value)) return unknownElement(at)
  const own = type === 'Resource' && typeof value.resourceType === 'string' ? value.resourceType : type
  return slotOf(within(value, own, below, at, edit), slot.twin)
}

/** The element that a step leads to, as it is in JSON. */
export const presentAt = (
  owner: Json,
  type: string,
  { element, index }: Step,
  at: string,
): PresentElement => {
  const present = presentOf(owner, type, element)
  return present === undefined || slotsOf(owner, present.name)[index] === undefined
    ? unknownElement(at)
    : present
}

/** The place of the owner of an element, and the step from there. */
export const splitPlace = (place: Place, at: string): [Place, Step] => {
  const last = place.at(-1)
  return last === undefined
    ? unfit('the path selects the resource itself; name an element of it', at)
    : [place.slice(0, -1), last]
}

/** Ends a patch of something that is no element of R4. */
export const unknownElement = (at: string): never =>
  unfit('the path selects an element that R4 does not have', at)
