import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { elements, shape } from '../../../src/fhir/definitions/structures.ts'
import { letter } from '../../../src/exchange/school/letter.ts'
import { schoolModel } from '../../../src/exchange/school/source.ts'
import { type SchoolInput, schoolSummary } from '../../../src/exchange/school/summary.ts'
import { given, summaryOf } from './fixtures.ts'

const mark = 'CANARY'
type Fields = Record<string, unknown>

/** What decides whether a document is read at all: the tests of the summary have it. */
const deciding = new Set([
  'resourceType',
  'id',
  'meta',
  'status',
  'docStatus',
  'subject',
  'author',
  'modifierExtension',
])

const word = fc.string({ unit: 'grapheme-ascii', maxLength: 6 }).map((text) => `${mark}${text}`)
const planted: fc.Arbitrary<unknown> = fc.oneof(
  word,
  fc.array(word, { minLength: 1, maxLength: 2 }),
  fc.record({
    text: word,
    display: word,
    reference: word,
    valueString: word,
    coding: fc.array(fc.record({ system: word, code: word, display: word }), { minLength: 1, maxLength: 2 }),
    extension: fc.array(fc.record({ url: word, valueString: word }), { minLength: 1, maxLength: 1 }),
  }),
)

/** What to plant in one object: R4's other elements, extensions of primitives, and names that are not R4's. */
const extras = (type: string, there: Fields): fc.Arbitrary<Fields> => {
  const known = Object.keys(schoolModel[type] ?? {})
  const names = [
    ...[...(shape(type)?.properties.keys() ?? [])].filter(
      (name) => !known.includes(name) && !deciding.has(name),
    ),
    ...known.filter((name) => typeof there[name] === 'string').map((name) => `_${name}`),
    'diagnosis',
    'name2',
  ]
  return fc.dictionary(fc.constantFrom(...names), planted, { maxKeys: names.length })
}

/** The value with something planted in each object of it that the map walks through. */
const plant = (type: string, value: unknown): fc.Arbitrary<unknown> => {
  if (Array.isArray(value)) return fc.tuple(...value.map((item) => plant(type, item)))
  if (typeof value !== 'object' || value === null || schoolModel[type] === undefined)
    return fc.constant(value)
  const fields = value as Fields
  const children = Object.entries(fields).map(([name, child]) =>
    plant(schoolModel[type]?.[name]?.type ?? '', child).map((grown) => [name, grown] as const),
  )
  return fc
    .tuple(fc.tuple(...children), extras(type, fields))
    .map(([grown, more]) => ({ ...more, ...Object.fromEntries(grown) }))
}

const plantedInput: fc.Arbitrary<SchoolInput> = fc
  .tuple(
    fc.tuple(...given.documents.map((it) => plant(it.resourceType, it))),
    plant('Patient', given.patient),
    fc.tuple(
      ...[...given.people].map(([key, it]) =>
        plant(it.resourceType, it).map((grown) => [key, grown] as const),
      ),
    ),
  )
  .map(
    ([documents, patient, people]) =>
      ({ ...given, documents, patient, people: new Map(people) }) as unknown as SchoolInput,
  )

/** The strings that the map does read, replaced by what nobody agreed to. */
const spoiled = (path: readonly string[]): SchoolInput => {
  const documents = structuredClone(given.documents) as unknown as Fields[]
  for (const document of documents) spoil(document, path)
  return { ...given, documents } as unknown as SchoolInput
}

const spoil = (at: unknown, [name, ...rest]: readonly string[]): void => {
  if (Array.isArray(at)) for (const item of at) spoil(item, [name ?? '', ...rest])
  else if (typeof at === 'object' && at !== null && name !== undefined && name in at) {
    const fields = at as Fields
    if (rest.length === 0) fields[name] = mark
    else spoil(fields[name], rest)
  }
}

describe('the allow-list', () => {
  it('lets nothing else through, into the summary or the letter, whatever stands on the records', () => {
    const base = summaryOf()
    fc.assert(
      fc.property(plantedInput, (input) => {
        const summary = schoolSummary(input)
        expect(summary).toEqual(base)
        expect(letter(base)).not.toContain(mark)
      }),
      { numRuns: 150 },
    )
  })

  it('plants in every element that the map walks past', () => {
    const all = fc.sample(plantedInput, { numRuns: 300, seed: 7 }).map((it) => JSON.stringify(it.documents))
    const missed = ['CarePlan', 'DocumentReference'].flatMap((type) =>
      Object.keys(elements(type))
        .filter((name) => !deciding.has(name) && !(name in (schoolModel[type] ?? {})))
        .filter((name) => !all.some((text) => text.includes(`"${name}":`))),
    )
    expect(missed).toEqual([])
  })

  it.each(
    [
      'category.coding.code',
      'category.coding.system',
      'type.coding.code',
      'activity.detail.code.coding.code',
      'activity.detail.code.coding.system',
      'activity.detail.status',
      'period.start',
      'period.end',
      'date',
      'context.period.start',
      'context.period.end',
      'author.reference',
    ].map((path) => [path]),
  )('takes no word from %s', (path) => {
    const input = spoiled(path.split('.'))
    expect(JSON.stringify(input.documents)).toContain(mark)
    expect(JSON.stringify(schoolSummary(input))).not.toContain(mark)
  })
})
