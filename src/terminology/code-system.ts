import type { CodeSystem, CodeSystemConcept } from 'fhir/r4'

/** A code system as it is asked: what a code is called and what it is a kind of. */
export type Codes = {
  url: string
  /** Whether every code of the system is here. */
  complete: boolean
  concepts: ReadonlyMap<string, { display?: string; parents: readonly string[] }>
}

/** Indexes a CodeSystem by nesting and by its `parent` and `subsumedBy` properties. https://hl7.org/fhir/R4/codesystem.html */
export function codesOf(system: CodeSystem): Codes {
  const concepts = new Map<string, { display?: string; parents: string[] }>()
  const pending = (system.concept ?? []).map((concept) => ({
    concept,
    parent: undefined as string | undefined,
  }))
  for (const { concept, parent } of pending) {
    const known = concepts.get(concept.code)
    const parents = [
      ...(known?.parents ?? []),
      ...(parent === undefined ? [] : [parent]),
      ...namedParents(concept),
    ]
    const display = concept.display ?? known?.display
    concepts.set(concept.code, { parents: [...new Set(parents)], ...(display !== undefined && { display }) })
    for (const child of concept.concept ?? []) pending.push({ concept: child, parent: concept.code })
  }
  return { url: system.url ?? '', complete: system.content === 'complete', concepts }
}

function namedParents({ property = [] }: CodeSystemConcept): string[] {
  return property.flatMap(({ code, valueCode }) =>
    (code === 'parent' || code === 'subsumedBy') && valueCode !== undefined ? [valueCode] : [],
  )
}

/** Whether a code is another or a kind of it. https://hl7.org/fhir/R4/codesystem-operation-subsumes.html */
export function isA({ concepts }: Codes, code: string, ancestor: string): boolean {
  const seen = new Set([code])
  for (const at of seen) {
    if (at === ancestor) return true
    for (const parent of concepts.get(at)?.parents ?? []) seen.add(parent)
  }
  return false
}
