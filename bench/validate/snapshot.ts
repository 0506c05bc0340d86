import type { ElementDefinition, StructureDefinition } from 'fhir/r4'

export type Snapshot = StructureDefinition & { snapshot: { element: ElementDefinition[] } }

/**
 * A profile with a snapshot, for those who read no differentials: elements that are there are changed, slices come after
 * what they are slices of. https://hl7.org/fhir/R4/profiling.html#snapshot
 */
export const withSnapshot = (
  profile: StructureDefinition,
  bases: ReadonlyMap<string, Snapshot>,
): Snapshot => {
  const element = structuredClone(bases.get(profile.type)?.snapshot.element ?? [])
  for (const changed of profile.differential?.element ?? []) {
    const at = element.findIndex(({ id }) => id === changed.id)
    if (at !== -1) {
      Object.assign(element[at] ?? {}, changed)
      continue
    }
    const sliced = element.findLastIndex(({ path }) => path === changed.path)
    if (sliced !== -1)
      element.splice(sliced + 1, 0, {
        ...element[sliced],
        slicing: undefined,
        ...changed,
      } as ElementDefinition)
  }
  return { ...profile, snapshot: { element: JSON.parse(JSON.stringify(element)) as ElementDefinition[] } }
}
