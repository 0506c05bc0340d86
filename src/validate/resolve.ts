import { isObject, list, text } from './json.ts'
import type { Json } from './json.ts'
import { indexOf } from './references.ts'
import type { Contained } from './references.ts'

/** What references within a resource point to, as far as that is at hand. Each index is made when it is first needed. */
export type Resolving = {
  container: Json
  contained: () => Contained
  entries: () => ReadonlyMap<string, Json>
}

/** References are looked up in what the resource contains, and in the Bundle that it came in. */
export function resolvingIn(container: Json, entries: Resolving['entries']): Resolving {
  return { container, contained: once(() => indexOf(container)), entries }
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
  return reference.startsWith('#') ? contained().get(reference.slice(1)) : entries().get(reference)
}
