import type { CodeSystem, CodeSystemConcept, CodeSystemConceptProperty } from 'fhir/r4'

/** What a code system says of one of its codes. */
export interface Defined {
  readonly display?: string
  readonly definition?: string
  readonly parents: readonly string[]
  readonly properties: readonly CodeSystemConceptProperty[]
  readonly designation: CodeSystemConcept['designation'] & object
}

/** A code system as it is asked: what a code is called and what it is a kind of. */
export type Codes = {
  url: string
  version?: string
  /** What it is called. */
  name?: string
  /** Whether every code of the system is here. */
  complete: boolean
  /** Whether what stands above a code in it is more general. */
  isSubsuming: boolean
  concepts: ReadonlyMap<string, Defined>
}

/** Indexes a CodeSystem by nesting and by its `parent` and `subsumedBy` properties. https://hl7.org/fhir/R4/codesystem.html */
export function codesOf(system: CodeSystem): Codes {
  const concepts = new Map<string, Defined>()
  const pending = (system.concept ?? []).map((concept) => ({
    concept,
    parent: undefined as string | undefined,
  }))
  for (const { concept, parent } of pending) {
    concepts.set(concept.code, definedAs(concept, parent, concepts.get(concept.code)))
    for (const child of concept.concept ?? []) pending.push({ concept: child, parent: concept.code })
  }
  const { url = '', version, content, hierarchyMeaning = 'is-a' } = system
  const name = system.title ?? system.name
  return {
    url,
    ...(version !== undefined && { version }),
    ...(name !== undefined && { name }),
    complete: content === 'complete',
    isSubsuming: hierarchyMeaning === 'is-a',
    concepts,
  }
}

function definedAs(concept: CodeSystemConcept, parent: string | undefined, known?: Defined): Defined {
  const parents = [
    ...(known?.parents ?? []),
    ...(parent === undefined ? [] : [parent]),
    ...namedParents(concept),
  ]
  const display = concept.display ?? known?.display
  const definition = concept.definition ?? known?.definition
  return {
    parents: [...new Set(parents)],
    ...(display !== undefined && { display }),
    ...(definition !== undefined && { definition }),
    properties: [...(known?.properties ?? []), ...(concept.property ?? [])],
    designation: [...(known?.designation ?? []), ...(concept.designation ?? [])],
  }
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

/** Whether a code is not for use any more (https://hl7.org/fhir/R4/codesystem-concept-properties.html). */
export function isInactive({ properties }: Pick<Defined, 'properties'>): boolean {
  return properties.some(({ code, valueBoolean }) => code === 'inactive' && valueBoolean === true)
}

/** Whether a code only groups others (https://hl7.org/fhir/R4/codesystem-concept-properties.html, notSelectable). */
export function isAbstract({ properties }: Pick<Defined, 'properties'>): boolean {
  return properties.some(
    ({ code, valueBoolean }) => (code === 'notSelectable' || code === 'abstract') && valueBoolean === true,
  )
}
