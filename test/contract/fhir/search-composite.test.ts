import type { FhirResource, Group, Observation, ObservationComponent, Questionnaire } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome } from '../outcome.ts'
import { concept, document, loinc, observation, patient } from '../records.ts'
import { openWorld, type World } from '../world.ts'
import { type Case, find } from './asking.ts'

const ucum = 'http://unitsofmeasure.org'
const [systolic, diastolic] = ['8480-6', '8462-4']

const pressure = (value: number) => ({ value, unit: 'mmHg', system: ucum, code: 'mm[Hg]' })

const panel = (id: string, high: number, low: number): Observation =>
  observation(id, 'ann', {
    code: loinc('85354-9'),
    component: [
      { code: loinc(systolic), valueQuantity: pressure(high) },
      { code: loinc(diastolic), valueQuantity: pressure(low) },
    ],
  })

const answered = (id: string, ...component: ObservationComponent[]): Observation =>
  observation(id, 'ann', { code: loinc('44249-1'), component })

const group = (id: string, ...characteristic: Group['characteristic'] & object): Group => ({
  resourceType: 'Group',
  id,
  type: 'person',
  actual: true,
  characteristic,
})

const trait = (code: string, value: object) => ({ code: concept('urn:g', code), exclude: false, ...value })

const sequence = (
  id: string,
  chromosome: string,
  starts: readonly (readonly [number, number])[],
): FhirResource => ({
  resourceType: 'MolecularSequence',
  id,
  coordinateSystem: 0,
  referenceSeq: {
    chromosome: { coding: [{ system: 'urn:ch', code: chromosome }] },
    genomeBuild: 'GRCh 38',
    windowStart: 100,
    windowEnd: 900,
  },
  variant: starts.map(([start, end]) => ({ start, end })),
})

const form = (id: string, useContext: Questionnaire['useContext'] & object): Questionnaire => ({
  resourceType: 'Questionnaire',
  id,
  status: 'active',
  useContext,
})

const context = (code: string, value: object) => ({ code: { system: 'urn:u', code }, ...value }) as never

describe.each(kinds)('search by composite (FHIR R4 search 3.1.1.4.14) on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    const resources: readonly FhirResource[] = [
      patient('ann'),
      panel('high', 160, 95),
      panel('low', 95, 60),
      observation('alone', 'ann', { code: loinc(systolic), valueQuantity: pressure(160) }),
      observation('text', 'ann', { code: loinc('t'), valueString: 'Very well' }),
      observation('dated', 'ann', { code: loinc('d'), valueDateTime: '2026-03' }),
      observation('coded', 'ann', { code: loinc('c'), valueCodeableConcept: concept('urn:v', 'yes') }),
      answered(
        'mixed',
        { code: loinc('q1'), valueCodeableConcept: concept('urn:v', 'yes') },
        { code: loinc('q2'), valueCodeableConcept: concept('urn:v', 'no') },
      ),
      answered('both', {
        code: {
          coding: [
            { system: 'urn:l', code: 'l1' },
            { system: 'http://loinc.org', code: 'q1' },
          ],
        },
        valueCodeableConcept: { coding: [{ code: 'no' }, { system: 'urn:v', code: 'no' }] },
      }),
      group(
        'women',
        trait('gender', { valueCodeableConcept: concept('urn:v', 'female') }),
        trait('smoker', { valueBoolean: true }),
      ),
      group(
        'men',
        trait('gender', { valueCodeableConcept: concept('urn:v', 'male') }),
        trait('smoker', { valueBoolean: false }),
      ),
      sequence('s1', '1', [
        [120, 130],
        [500, 510],
      ]),
      sequence('s2', '2', [[120, 130]]),
      sequence('s3', '1', [[700, 800]]),
      document('new', 'ann', {
        relatesTo: [{ code: 'replaces', target: { reference: 'DocumentReference/old' } }],
      }),
      document('note', 'ann', {
        relatesTo: [
          { code: 'appends', target: { reference: 'DocumentReference/old' } },
          { code: 'replaces', target: { reference: 'DocumentReference/older' } },
        ],
      }),
      document('old', 'ann'),
      document('older', 'ann'),
      form('teens', [
        context('age', {
          valueRange: {
            low: { value: 13, system: ucum, code: 'a' },
            high: { value: 19, system: ucum, code: 'a' },
          },
        }),
        context('venue', { valueCodeableConcept: concept('urn:v', 'school') }),
      ]),
      form('adults', [
        context('age', { valueQuantity: { value: 18, comparator: '>=', system: ucum, code: 'a' } }),
        context('focus', { valueCodeableConcept: concept('urn:v', 'school') }),
      ]),
    ]
    await world.load('clinic', resources)
  })
  afterAll(() => world.close())

  const [sys, dia] = [`http://loinc.org|${systolic}`, `http://loinc.org|${diastolic}`]
  const cases: readonly Case[] = [
    [`Observation?component-code-value-quantity=${sys}$gt140`, ['high']],
    [`Observation?component-code-value-quantity=${sys}$gt140|${ucum}|mm[Hg]`, ['high']],
    [`Observation?component-code-value-quantity=${systolic}$160`, ['high']],
    [`Observation?component-code-value-quantity=${sys}$95`, ['low']],
    [`Observation?component-code-value-quantity=${dia}$95`, ['high']],
    [`Observation?component-code-value-quantity=${dia}$gt140`, []],
    [
      `Observation?component-code-value-quantity=${sys}$gt140&component-code-value-quantity=${dia}$gt90`,
      ['high'],
    ],
    [`Observation?component-code-value-quantity=${sys}$gt140&component-code-value-quantity=${dia}$lt90`, []],
    [`Observation?component-code-value-quantity=${sys}$gt140,${dia}$lt65`, ['high', 'low']],
    [`Observation?component-code-value-quantity=|${systolic}$gt140`, []],
    [`Observation?code-value-quantity=${sys}$160`, ['alone']],
    [`Observation?code-value-quantity=${systolic}$gt150|${ucum}|mm[Hg]`, ['alone']],
    [`Observation?code-value-quantity=${dia}$160`, []],
    [`Observation?combo-code-value-quantity=${sys}$160`, ['alone', 'high']],
    [`Observation?combo-code-value-quantity=${sys}$lt100`, ['low']],
    [`Observation?combo-code=${sys}`, ['alone', 'high', 'low']],
    [`Observation?component-code=${sys}`, ['high', 'low']],
    ['Observation?combo-value-quantity=160', ['alone', 'high']],
    ['Observation?component-value-quantity=gt150', ['high']],
    ['Observation?code-value-string=t$very', ['text']],
    ['Observation?code-value-string=http://loinc.org|t$VERY WELL', ['text']],
    ['Observation?code-value-string=d$very', []],
    ['Observation?code-value-date=d$2026-03', ['dated']],
    ['Observation?code-value-date=d$gt2026-03', []],
    ['Observation?code-value-date=d$ge2026-03', ['dated']],
    ['Observation?code-value-concept=c$urn:v|yes', ['coded']],
    ['Observation?code-value-concept=c$yes', ['coded']],
    ['Observation?code-value-concept=c$no', []],
    ['Observation?component-code-value-concept=q1$yes', ['mixed']],
    ['Observation?component-code-value-concept=http://loinc.org|q1$urn:v|no', ['both']],
    ['Observation?component-code-value-concept=urn:l|l1$|no', ['both']],
    ['Observation?component-code-value-concept=q2$yes', []],
    ['Observation?component-code-value-concept=q2$no,q1$no', ['both', 'mixed']],
    ['Observation?combo-code-value-concept=c$yes,q1$yes', ['coded', 'mixed']],
    ['Observation?component-value-concept=no', ['both', 'mixed']],
    ['Observation?combo-value-concept=yes', ['coded', 'mixed']],
    ['Group?characteristic-value=gender$urn:v|female', ['women']],
    ['Group?characteristic-value=urn:g|smoker$true', ['women']],
    ['Group?characteristic-value=smoker$female', []],
    ['MolecularSequence?chromosome-variant-coordinate=urn:ch|1$ge100$le200', ['s1']],
    ['MolecularSequence?chromosome-variant-coordinate=1$120$130', ['s1']],
    ['MolecularSequence?chromosome-variant-coordinate=1$120$510', []],
    ['MolecularSequence?chromosome-variant-coordinate=2$ge100$le200', ['s2']],
    ['MolecularSequence?chromosome-variant-coordinate=1$gt600$lt900', ['s3']],
    ['MolecularSequence?chromosome-window-coordinate=1$le100$ge900', ['s1', 's3']],
    ['MolecularSequence?variant-start=120', ['s1', 's2']],
    ['MolecularSequence?variant-end=gt500', ['s1', 's3']],
    ['MolecularSequence?window-start=lt100', []],
    ['DocumentReference?relationship=replaces$DocumentReference/old', ['new']],
    ['DocumentReference?relationship=appends$DocumentReference/old', ['note']],
    ['DocumentReference?relationship=appends$DocumentReference/older', []],
    [
      'DocumentReference?relationship=replaces$https://gateway.example/fhir/DocumentReference/older',
      ['note'],
    ],
    ['DocumentReference?relatesto=DocumentReference/old&relation=replaces', ['new', 'note']],
    [`Questionnaire?context-type-quantity=age$lt15|${ucum}|a`, ['teens']],
    [`Questionnaire?context-type-quantity=urn:u|age$ge30|${ucum}|a`, ['adults']],
    ['Questionnaire?context-type-value=venue$school', ['teens']],
    ['Questionnaire?context-type-value=urn:u|focus$urn:v|school', ['adults']],
    ['Questionnaire?context-type-value=age$school', []],
    [`Questionnaire?context-quantity=ge30|${ucum}|a`, ['adults']],
    ['Questionnaire?context-type=focus', ['adults']],
    ['Observation?component-code-value-quantity:missing=false', ['high', 'low']],
    ['Observation?code-value-quantity:missing=false', ['alone']],
    ['Observation?combo-code-value-quantity:missing=false', ['alone', 'high', 'low']],
    ['Observation?component-code-value-concept:missing=false', ['both', 'mixed']],
    ['Observation?combo-value-quantity:missing=false', ['alone', 'high', 'low']],
  ]

  test.each(cases)('%s', async (query, ids) => {
    expect(await find(world, query)).toEqual(ids)
  })

  test.each([
    'Observation?code-value-quantity=8480-6',
    'Observation?code-value-quantity=8480-6$',
    'Observation?code-value-quantity=$5',
    'Observation?code-value-quantity=a$5$6',
    'Observation?code-value-quantity=a$tall',
    'Observation?component-code-value-quantity=a$tall',
    'Observation?code-value-date=d$soon',
    'MolecularSequence?chromosome-variant-coordinate=1$2',
    'Observation?code-value-quantity:exact=a$5',
  ])('what is no value of the composite is refused: %s', async (query) => {
    expectOutcome(await world.get('clinic', query), 400)
  })
})
