import type { Coding, FhirResource } from 'fhir/r4'
import { elements } from '../fhir/definitions/structures.ts'
import { summaryElements } from '../fhir/definitions/summaries.ts'
import { system } from '../fhir/names.ts'
import type { ReleasedResource } from '../redact/released.ts'
import type { Subset } from '../search/query.ts'

type Json = Record<string, unknown>

/**
 * A part of what was released, marked as one: the summary, the narrative, all but the narrative, or single elements
 * (FHIR R4 search 3.1.1.5.8 and 3.1.1.5.9). What is mandatory stays, so that it is still a resource of its type.
 */
export const subset = ({ type, text }: Pick<ReleasedResource, 'type' | 'text'>, wanted: Subset): string => {
  const keeps = keepersOf(type, wanted)
  if (keeps === undefined) return text
  const { resourceType, id, meta, ...rest } = JSON.parse(text) as FhirResource & Json
  const kept = Object.fromEntries(Object.entries(rest).filter(([name]) => keeps(elementOf(type, name))))
  return JSON.stringify({ resourceType, id, meta: marked(meta as Json | undefined), ...kept })
}

const keepersOf = (
  type: string,
  { summary, elements: asked }: Subset,
): ((element: string) => boolean) | undefined => {
  if (summary === 'false' && asked.length === 0) return undefined
  const required = new Set(
    Object.entries(elements(type)).flatMap(([name, { min = 0 }]) => (min > 0 ? [name] : [])),
  )
  const named = asked.flatMap((element) => {
    const [first = '', second] = element.split('.')
    return second === undefined ? [first] : first === type ? [second] : []
  })
  if (named.length > 0) return (element) => required.has(element) || named.includes(element)
  switch (summary) {
    case 'true': {
      const summarized = summaryElements(type)
      return (element) => required.has(element) || summarized.has(element)
    }
    case 'text':
      return (element) => element === 'text' || required.has(element)
    case 'data':
      return (element) => element !== 'text'
    case 'false':
      return undefined
  }
}

/** The element that a JSON property stands for: `_status` for `status`, `valueQuantity` for `value[x]`. */
const elementOf = (type: string, property: string): string => {
  const name = property.replace(/^_/, '')
  const known = elements(type)
  if (name in known) return name
  const choice = Object.entries(known).find(
    ([element, { choice: is }]) => is === true && name.startsWith(element),
  )
  return choice?.[0] ?? name
}

/** `SUBSETTED`: nobody takes a part for the whole, and nobody writes it back (FHIR R4 search 3.1.1.5.8). */
const marked = (meta: Json | undefined): Json => {
  const tag: Coding = { system: system.observationValue, code: 'SUBSETTED' }
  return { ...meta, tag: [...((meta?.tag as Coding[] | undefined) ?? []), tag] }
}
