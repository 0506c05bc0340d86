import type { Resource } from 'fhir/r4'
import { enclosingElement } from '../consent/label.ts'
import { localReference, type Path, referencesIn, without } from '../fhir/references.ts'

/** A copy without references to hidden records: with each goes its display, and with the first the narrative. */
export const pruned = <T extends Resource>(resource: T, hidden: readonly string[], base: string): T => {
  if (hidden.length === 0) return resource
  const gone = new Set(hidden)
  const paths: Path[] = referencesIn(resource, base)
    .filter(({ reference }) => gone.has(localReference(reference) ?? reference))
    .map(({ path }) => enclosingElement(path))
  return without(resource, [...paths, ['text']])
}
