import fc from 'fast-check'
import type { FhirResource } from 'fhir/r4'
import { system } from '../../../src/fhir/names.ts'
import type { World } from '../arbitrary.ts'
import { keyOf } from './stand.ts'

/** How a world is changed where one asker does not look. */
export interface Change {
  readonly add: number
  readonly remove: readonly number[]
  readonly words: string
}

export const change: fc.Arbitrary<Change> = fc.record({
  add: fc.integer({ min: 0, max: 2 }),
  remove: fc.array(fc.nat(), { maxLength: 2 }),
  words: fc.constantFrom('other words', 'words'),
})

/**
 * Another world that differs from a drawn one only in what is hidden: the content of hidden records, with their labels,
 * patients and references as they are; hidden records that are gone; and new ones that are notes, which nobody here wrote.
 */
export const differing = (
  run: string,
  drawn: World,
  hidden: ReadonlySet<string>,
  { add, remove, words }: Change,
): World => {
  const keys = [...hidden].filter((key) => !/^(?:Patient|Practitioner|Consent)\//.test(key))
  const gone = new Set(remove.flatMap((place) => (keys.length === 0 ? [] : [keys[place % keys.length]])))
  const rewritten = (resource: FhirResource): FhirResource => {
    if (!keys.includes(keyOf(resource))) return resource
    const more = { language: 'en', identifier: [{ system: 'urn:other', value: words }] }
    return { ...resource, ...more } as FhirResource
  }
  const note = (custodian: string, place: number): FhirResource => ({
    resourceType: 'Observation',
    id: `${run}-${custodian}-new-${place}`,
    meta: { security: [{ system: system.actCode, code: 'PSYTHPN' }] },
    subject: { reference: `Patient/${run}-${custodian}` },
    status: 'final',
    code: { text: words },
  })
  const changed = Object.entries(drawn.records).map(([custodian, own]) => [
    custodian,
    [
      ...own.filter((resource) => !gone.has(keyOf(resource))).map(rewritten),
      ...Array.from({ length: add }, (_, place) => note(custodian, place)),
    ],
  ])
  return { ...drawn, records: Object.fromEntries(changed) as World['records'] }
}
