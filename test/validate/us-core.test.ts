import type { ElementDefinition, StructureDefinition } from 'fhir/r4'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { profiles } from '../../src/validate/profiles.ts'
import asked from './us-core-6.1.0.json' with { type: 'json' }

/** What a profile of US Core 6.1.0 asks for beyond R4: http://hl7.org/fhir/us/core/STU6.1/profiles-and-extensions.html */
interface Asked {
  readonly required: readonly string[]
  readonly single?: readonly string[]
  /** The element that must cite a Patient. */
  readonly patient?: string
  /** A code that one value must have. */
  readonly codes?: Readonly<Record<string, string>>
  /** Elements of which one slice at least must be there. */
  readonly slices?: readonly string[]
  readonly bound?: readonly string[]
  /** Constraints by the element that they stand on. */
  readonly constraints?: Readonly<Record<string, readonly string[]>>
}

const table: Readonly<Record<string, Asked>> = asked
const canonical = 'http://hl7.org/fhir/us/core/StructureDefinition/'
const imposes = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-imposeProfile'

const imposing = profiles.flatMap((profile) =>
  (profile.extension ?? []).flatMap(({ url, valueCanonical = '' }) =>
    url === imposes ? [[profile.id ?? '', valueCanonical, profile] as const] : [],
  ),
)

const snapshotOf = (id: string): readonly ElementDefinition[] => {
  const file = new URL(`../../profiles/snapshots/StructureDefinition-${id}.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as StructureDefinition).snapshot?.element ?? []
}

describe('US Core 6.1.0', () => {
  it('is imposed in that release, by profiles that are in the table', () => {
    for (const [, url] of imposing) expect(url).toMatch(/^http:.*\|6\.1\.0$/)
    const used = new Set(imposing.map(([, url]) => url.replace(canonical, '').replace('|6.1.0', '')))
    expect([...used].toSorted()).toEqual(Object.keys(table).toSorted())
  })
})

describe.each(imposing)('%s restates %s', (id, url, profile) => {
  const { type } = profile
  const elements = snapshotOf(id)
  const us = table[url.replace(canonical, '').replace('|6.1.0', '')] ?? { required: [] }
  const at = (path: string): ElementDefinition | undefined =>
    elements.find((element) => element.id === (path === '' ? type : `${type}.${path}`))
  const slicesOf = (path: string): readonly ElementDefinition[] =>
    elements.filter(
      ({ id = '', sliceName }) => sliceName !== undefined && id === `${type}.${path}:${sliceName}`,
    )

  it.each(us.required)('what must be there: %s', (path) => {
    expect(at(path)?.min).toBeGreaterThanOrEqual(1)
  })

  it('what may be there once', () => {
    for (const path of us.single ?? []) expect(at(path)?.max).toBe('1')
  })

  it('whom it is about: a Patient', () => {
    if (us.patient === undefined) return
    const targets = at(us.patient)?.type?.flatMap(({ targetProfile = [] }) => targetProfile)
    expect(targets).toEqual(['http://hl7.org/fhir/StructureDefinition/Patient'])
  })

  it('codes and slices', () => {
    for (const [path, code] of Object.entries(us.codes ?? {})) {
      const found = slicesOf(path).find(({ patternCodeableConcept }) =>
        patternCodeableConcept?.coding?.some((it) => `${it.system}|${it.code}` === code),
      )
      expect(found).toMatchObject({ min: 1, max: '1' })
    }
    for (const path of us.slices ?? []) expect(slicesOf(path).map(({ min }) => min)).toContain(1)
    for (const path of us.bound ?? []) expect(at(path)?.binding?.strength).toBe('required')
  })

  it('constraints', () => {
    for (const [path, keys] of Object.entries(us.constraints ?? {}))
      expect(at(path)?.constraint?.map(({ key }) => key)).toEqual(expect.arrayContaining([...keys]))
  })
})
