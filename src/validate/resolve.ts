import { isObject, list, text } from './json.ts'
import type { Json } from './json.ts'

/** Where references are looked up: in what the resource contains, and in the Bundle that it came in. */
export type Within = { container: Json; root: unknown }

/**
 * What a reference points to, as far as it is at hand; undefined for what only a server could say.
 * https://hl7.org/fhir/R4/fhirpath.html#functions (`resolve()`), https://hl7.org/fhir/R4/bundle.html#references
 */
export function resolve(value: unknown, { container, root }: Within): Json | undefined {
  const reference = isObject(value) ? text(value.reference) : text(value)
  if (reference === undefined) return undefined
  if (reference === '#') return container
  if (reference.startsWith('#'))
    return list(container.contained)
      .filter(isObject)
      .find(({ id }) => id === reference.slice(1))
  const entries = isObject(root) && root.resourceType === 'Bundle' ? list(root.entry).filter(isObject) : []
  const found = entries.find(
    ({ fullUrl, resource }) =>
      fullUrl === reference ||
      (isObject(resource) && `${String(resource.resourceType)}/${String(resource.id)}` === reference),
  )
  return isObject(found?.resource) ? found.resource : undefined
}
