import type { Coding, Extension, Resource } from 'fhir/r4'
import { elements } from '../fhir/definitions/structures.ts'
import type { Path } from '../fhir/references.ts'
import type { LabelledElement } from './cuts.ts'
import { bitOf, type Mask } from './labels.ts'

/** What a sender labels in a resource: the resource whole, and elements of it. */
export interface Inline {
  readonly whole: Mask
  readonly elements: readonly LabelledElement[]
}

/** DS4P: a label of one element stands on that element. */
export const inlineLabel = '/extension-inline-sec-label'

/**
 * The inline labels of a resource (DS4P, extension-inline-sec-label). An element that must be there cannot go alone: its
 * label is that of the smallest element around it that can, and of the whole resource where there is none.
 */
export const inlineLabels = (resource: Resource): Inline => {
  const found = labelledPlaces(resource).flatMap(({ path, codings }) =>
    goneWith(resource.resourceType, path).map((own) => ({
      path: own,
      mask: codings.reduce((sum, coding) => sum | bitOf(coding), 0n),
    })),
  )
  return {
    whole: found.reduce((sum, { path, mask }) => (path.length === 0 ? sum | mask : sum), 0n),
    elements: found.filter(({ path, mask }) => path.length > 0 && mask !== 0n),
  }
}

/** An element with labels on it: where it stands, a primitive by its twin. */
export interface LabelledPlace {
  readonly path: Path
  readonly codings: readonly Coding[]
}

/** The elements of a resource that are labelled inline, in document order. */
export const labelledPlaces = (resource: Resource): LabelledPlace[] => {
  const found: LabelledPlace[] = []
  const walk = (value: unknown, path: Path): void => {
    if (value === null || typeof value !== 'object') return
    if (Array.isArray(value)) {
      value.forEach((item, place) => walk(item, [...path, place]))
      return
    }
    for (const [name, child] of Object.entries(value)) {
      const codings = name === 'extension' ? codingsIn(child) : []
      if (codings.length > 0) found.push({ path, codings })
      if (typeof child === 'object') walk(child, [...path, name])
    }
  }
  walk(resource, [])
  return found
}

/** Whether anything in a resource is labelled inline. */
export const hasInline = (resource: Resource): boolean => labelledPlaces(resource).length > 0

/** The labels among the extensions of one element. */
export const codingsIn = (extensions: unknown): Coding[] =>
  !Array.isArray(extensions)
    ? []
    : (extensions as readonly (Extension | null)[]).flatMap((one) =>
        one?.url.endsWith(inlineLabel) === true && one.valueCoding !== undefined ? [one.valueCoding] : [],
      )

/** A primitive's own extensions stand beside it, in its twin with an underscore: the two go together (FHIR R4 json 2.6.2.2). */
const goneWith = (type: string, at: Path): Path[] => {
  const stated = at.map((name) => (typeof name === 'string' ? name.replace(/^_/, '') : name))
  const path = removable(type, stated)
  return path.length === at.length && stated.join() !== at.join() ? [path, at] : [path]
}

/** The element at a path, or the smallest around it without which the resource is still one. */
const removable = (type: string, path: Path): Path => {
  let here: string | undefined = type
  let end = 0
  path.forEach((name, place) => {
    if (typeof name === 'number' || here === undefined) return
    const [key, element] = found(here, name)
    if (element === undefined) {
      here = undefined
      end = place + 1
      return
    }
    const entry = typeof path[place + 1] === 'number' ? place + 2 : place + 1
    if (element.min === undefined) end = entry
    here = key
  })
  return path.slice(0, end)
}

/** The type of what stands under a JSON name of a structure, and the element that it is. */
const found = (structure: string, name: string) => {
  for (const [element, definition] of Object.entries(elements(structure))) {
    if (element === name) return [definition.types[0], definition] as const
    if (definition.choice !== true) continue
    const own = definition.types.find(
      (type) => name === `${element}${type.charAt(0).toUpperCase()}${type.slice(1)}`,
    )
    if (own !== undefined) return [own, definition] as const
  }
  return [undefined, undefined] as const
}
