import type { ElementDefinition, StructureDefinition } from 'fhir/r4'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { examplesIn } from '../../scripts/profiles/examples.ts'
import { type Definitions, snapshotOf } from '../../scripts/profiles/snapshot.ts'
import { elements } from '../../src/fhir/definitions/structures.ts'
import { expansions, profiles } from '../../src/validate/profiles.ts'
import { createValidator } from '../../src/validate/validate.ts'

const folder = new URL('../../profiles/', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, folder), 'utf8')
const { validate } = createValidator(profiles, expansions)

const idsOf = (list: readonly ElementDefinition[]): readonly string[] => list.map(({ id = '' }) => id)

/** What a type has at its top, as R4 has it. */
const topOf = (type: string): readonly string[] =>
  Object.entries(elements(type)).map(([name, { choice }]) => `${type}.${name}${choice === true ? '[x]' : ''}`)

describe.each(profiles.map((profile) => [profile.id ?? '', profile] as const))(
  'the snapshot of %s',
  (id, profile) => {
    const { snapshot, ...rest } = JSON.parse(
      read(`snapshots/StructureDefinition-${id}.json`),
    ) as StructureDefinition
    const all = snapshot?.element ?? []

    it('stands beside the profile as it is', () => {
      expect(rest).toEqual(profile)
    })

    it('is a StructureDefinition without faults', () => {
      expect(validate({ ...rest, snapshot }).filter(({ severity }) => severity === 'error')).toEqual([])
    })

    it('has every element of the type, in order and once', () => {
      expect(all.filter(({ id = '' }) => topOf(profile.type).includes(id)).map((it) => it.id)).toEqual(
        topOf(profile.type),
      )
      expect(new Set(idsOf(all)).size).toBe(all.length)
      for (const { id = '' } of all.slice(1)) {
        const parent = id.slice(0, id.lastIndexOf('.'))
        expect(idsOf(all)).toContain(parent)
      }
    })

    it('says all that the differential says', () => {
      for (const { constraint = [], ...narrowed } of profile.differential?.element ?? []) {
        const element = all.find((it) => it.id === narrowed.id)
        expect(element).toMatchObject(narrowed)
        expect(element?.constraint ?? []).toEqual(expect.arrayContaining(constraint))
      }
    })

    it('has slices after their element, each with limits within it', () => {
      for (const slice of all.filter(({ sliceName }) => sliceName !== undefined)) {
        const sliced = all.find(({ id }) => id === slice.id?.replace(/:[^.:]*$/, ''))
        expect(sliced?.slicing?.discriminator?.length).toBeGreaterThan(0)
        expect(all.indexOf(slice)).toBeGreaterThan(all.indexOf(sliced ?? slice))
      }
    })
  },
)

describe('what is generated', () => {
  it('is of profiles that are there', () => {
    const files = readdirSync(new URL('snapshots/', folder))
    expect(files.toSorted()).toEqual(profiles.map(({ id }) => `StructureDefinition-${id}.json`).toSorted())
  })

  it('are the examples as they are in their folders', () => {
    expect(read('examples/all.json')).toBe(examplesIn(new URL('examples/', folder)))
  })
})

describe('a snapshot', () => {
  const element = (id: string, more: Partial<ElementDefinition> = {}): ElementDefinition => ({
    id,
    path: id.replaceAll(/:[^.]*/g, ''),
    min: 0,
    max: '*',
    ...more,
  })
  const of = (type: string, list: readonly ElementDefinition[]) =>
    ({
      resourceType: 'StructureDefinition',
      type,
      snapshot: { element: list },
    }) as unknown as StructureDefinition
  const types: Readonly<Record<string, StructureDefinition>> = {
    Thing: of('Thing', [
      element('Thing'),
      element('Thing.part', { type: [{ code: 'BackboneElement' }] }),
      element('Thing.part.name', { type: [{ code: 'Name' }] }),
      element('Thing.part.part', { contentReference: '#Thing.part' }),
      element('Thing.value[x]', { type: [{ code: 'Name' }, { code: 'string' }] }),
    ]),
    Name: of('Name', [element('Name'), element('Name.text', { type: [{ code: 'string' }] })]),
  }
  const known: Definitions = (type) => {
    const found = types[type]
    if (found === undefined) throw new Error(`no ${type}`)
    return found
  }
  const narrowed = (...list: readonly ElementDefinition[]) =>
    idsOf(snapshotOf({ ...of('Thing', []), differential: { element: [...list] } }, known))

  it('unfolds a datatype where the differential goes into it', () => {
    expect(narrowed(element('Thing.part.name.text'))).toContain('Thing.part.name.text')
    expect(narrowed(element('Thing.part.name'))).not.toContain('Thing.part.name.text')
  })

  it('puts a slice after what it slices, and gives it the children when they are named', () => {
    expect(
      narrowed(element('Thing.part:a'), element('Thing.part:a.name.text'), element('Thing.part:b')),
    ).toEqual([
      'Thing',
      'Thing.part',
      'Thing.part.name',
      'Thing.part.part',
      'Thing.part:a',
      'Thing.part:a.name',
      'Thing.part:a.name.text',
      'Thing.part:a.part',
      'Thing.part:b',
      'Thing.value[x]',
    ])
  })

  it('follows a reference to other content', () => {
    expect(narrowed(element('Thing.part.part.name'))).toContain('Thing.part.part.name')
  })

  it.each(['Thing.nothing', 'Thing.part.name.nothing', 'Thing.value[x].text'])('refuses %s', (id) => {
    expect(() => narrowed(element(id))).toThrow(/has no|exactly one/)
  })
})
