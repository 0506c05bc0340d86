import type { CodeSystem, StructureDefinition, ValueSet } from 'fhir/r4'
import type { Expansions } from './bindings.ts'
import { structures } from './profiles/structures.ts'
import { terminology } from './profiles/terminology.ts'

const resources = [...structures, ...terminology]

/** The gateway's own profiles and extensions. https://hl7.org/fhir/R4/profiling.html */
export const profiles = resources.filter(
  (r): r is StructureDefinition => r.resourceType === 'StructureDefinition',
)

/** The gateway's own code systems. */
export const codeSystems = resources.filter((r): r is CodeSystem => r.resourceType === 'CodeSystem')

/** The gateway's own value sets: whole code systems of its own, or codes that are listed. */
export const ownValueSets = resources.filter((r): r is ValueSet => r.resourceType === 'ValueSet')

/** The codes of the gateway's own value sets, for bindings. */
export const expansions: Expansions = new Map(ownValueSets.map((set) => [set.url ?? '', expansionOf(set)]))

function expansionOf(set: ValueSet): Record<string, string[]> {
  return Object.fromEntries(
    (set.compose?.include ?? []).map(({ system = '', concept }) => [
      system,
      (concept ?? codeSystems.find(({ url }) => url === system)?.concept ?? []).map(({ code }) => code),
    ]),
  )
}
