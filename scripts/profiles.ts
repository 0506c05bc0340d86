/**
 * Generates from profiles/ what others need of it and nobody writes by hand: profiles/snapshots/, each profile with its
 * snapshot over HL7's own R4 definitions (hl7.fhir.r4.examples, CC0), and profiles/examples/all.json, the examples as
 * the pages at /profiles show them. Deterministic: the same input gives the same bytes.
 *
 * With `--check` nothing is written: it names each file that differs, and exits 1 if one does.
 */
import type { StructureDefinition } from 'fhir/r4'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { examplesIn } from './profiles/examples.ts'
import { snapshotOf } from './profiles/snapshot.ts'

const profiles = new URL('../profiles/', import.meta.url)
const official = new URL('../test/oracles/node_modules/hl7.fhir.r4.examples/', import.meta.url)

const read = (file: string, folder: URL): StructureDefinition =>
  JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as StructureDefinition

const definitions = (type: string): StructureDefinition => read(`StructureDefinition-${type}.json`, official)

const files = readdirSync(profiles)
  .filter((file) => /^StructureDefinition-.*\.json$/.test(file))
  .toSorted()

/** One line for each element, so that a difference can be read. */
const linesOf = (profile: StructureDefinition): string => {
  const { differential, ...head } = profile
  const list = (elements: readonly object[]): string =>
    `{"element":[\n${elements.map((element) => JSON.stringify(element)).join(',\n')}\n]}`
  const top = JSON.stringify(head).slice(0, -1)
  const snapshot = list(snapshotOf(profile, definitions))
  return `${top},\n"snapshot":${snapshot},\n"differential":${list(differential?.element ?? [])}}\n`
}

const generate = (): ReadonlyMap<string, string> =>
  new Map([
    ...files.map((file) => [`snapshots/${file}`, linesOf(read(file, profiles))] as const),
    ['examples/all.json', examplesIn(new URL('examples/', profiles))],
  ])

/** Snapshots of profiles that are there no more. */
const leftOver = (texts: ReadonlyMap<string, string>): readonly string[] =>
  (existsSync(new URL('snapshots/', profiles)) ? readdirSync(new URL('snapshots/', profiles)) : [])
    .map((file) => `snapshots/${file}`)
    .filter((file) => !texts.has(file))

const isCurrent = (file: string, text: string): boolean =>
  existsSync(new URL(file, profiles)) && readFileSync(new URL(file, profiles), 'utf8') === text

const texts = generate()
if (process.argv.includes('--check')) {
  const stale = [
    ...[...texts].flatMap(([file, text]) => (isCurrent(file, text) ? [] : [file])),
    ...leftOver(texts),
  ]
  for (const file of stale) console.log(`profiles/${file} differs from its sources: run \`npm run profiles\``)
  console.log(`${texts.size - stale.length} of ${texts.size} generated files are current`)
  process.exitCode = stale.length === 0 ? 0 : 1
} else {
  mkdirSync(new URL('snapshots/', profiles), { recursive: true })
  for (const file of leftOver(texts)) rmSync(new URL(file, profiles))
  for (const [file, text] of texts) writeFileSync(new URL(file, profiles), text)
  const bytes = [...texts.values()].reduce((sum, text) => sum + text.length, 0)
  console.log(`${texts.size} files, ${Math.round(bytes / 1024)} kB`)
}
