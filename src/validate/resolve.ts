import { isObject, list, text } from './json.ts'
import type { Json } from './json.ts'
import { indexOf } from './references.ts'
import type { Contained } from './references.ts'

/** What references point to, as far as that is at hand: what their resource contains, what came in the same Bundle. */
export type Resolving = {
  container: Json
  contained: (container: Json) => Contained
  entries: () => ReadonlyMap<string, Json>
}

/** What each resource contains; an index is made once for each, when it is first needed. */
export function containedOnce(): Resolving['contained'] {
  const known = new Map<Json, Contained>()
  return (container) => {
    const index = known.get(container) ?? indexOf(container)
    known.set(container, index)
    return index
  }
}

/** The resources of a Bundle by their `fullUrl`, and by type and id. */
export function entriesOf(root: unknown): Resolving['entries'] {
  return once(() => {
    const found = new Map<string, Json>()
    const entries = isObject(root) && root.resourceType === 'Bundle' ? list(root.entry) : []
    for (const { fullUrl, resource } of entries.filter(isObject)) {
      if (!isObject(resource)) continue
      for (const name of [fullUrl, `${String(resource.resourceType)}/${String(resource.id)}`])
        if (typeof name === 'string' && !found.has(name)) found.set(name, resource)
    }
    return found
  })
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/**
 * What a reference points to; undefined for what only a server could say.
 * https://hl7.org/fhir/R4/fhirpath.html#functions (`resolve()`), https://hl7.org/fhir/R4/bundle.html#references
 */
export function resolve(value: unknown, { container, contained, entries }: Resolving): Json | undefined {
  const reference = isObject(value) ? text(value.reference) : text(value)
  if (reference === undefined) return undefined
  if (reference === '#') return container
  return reference.startsWith('#') ? contained(container).get(reference.slice(1)) : entries().get(reference)
}
