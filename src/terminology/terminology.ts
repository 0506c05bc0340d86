import type { CodeSystem, ValueSet } from 'fhir/r4'
import { codesOf, isA } from './code-system.ts'
import { type Loaded, unimported } from './compose.ts'
import { expand } from './expand.ts'
import type { Concept } from './selection.ts'

export type Terminology = {
  /** The concepts of a value set; undefined when it is not known or cannot be enumerated. */
  expand: (valueSet: string) => Concept[] | undefined
  /** Whether a code is in a value set, in any of its systems where none is named; undefined when that is not known. */
  contains: (valueSet: string, code: string, system?: string) => boolean | undefined
  /** What a code is called. */
  display: (system: string, code: string) => string | undefined
  /** Whether a code is another or a kind of it; undefined when the system is not loaded and they differ. */
  subsumes: (system: string, ancestor: string, code: string) => boolean | undefined
}

/**
 * Answers about the code systems and value sets that are loaded, and about R4's own required value sets.
 * https://hl7.org/fhir/R4/terminology-service.html
 */
export function createTerminology(
  codeSystems: readonly CodeSystem[],
  valueSets: readonly ValueSet[],
): Terminology {
  const loaded = load(codeSystems, valueSets)
  return {
    expand: (valueSet) => expand(loaded, valueSet),
    contains: (valueSet, code, system) =>
      expand(loaded, valueSet)?.some((c) => c.code === code && (system === undefined || c.system === system)),
    display: (system, code) => loaded.systems.get(system)?.concepts.get(code)?.display,
    subsumes: (system, ancestor, code) => {
      const codes = loaded.systems.get(system)
      if (codes !== undefined) return isA(codes, code, ancestor)
      return ancestor === code ? true : undefined
    },
  }
}

/** Indexes code systems and value sets by their canonical URLs. */
export function load(codeSystems: readonly CodeSystem[], valueSets: readonly ValueSet[]): Loaded {
  return {
    systems: new Map(codeSystems.map((system) => [system.url ?? '', codesOf(system)])),
    sets: new Map(valueSets.map((set) => [set.url ?? '', set])),
    imported: unimported,
  }
}
