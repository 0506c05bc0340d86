import type { Condition, FhirResource, Observation, Quantity } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome } from '../outcome.ts'
import { concept, condition, observation, patient } from '../records.ts'
import { openWorld, type World } from '../world.ts'
import { type Case, find } from './asking.ts'

const ucum = 'http://unitsofmeasure.org'
const custom = 'urn:units'

const measured = (id: string, valueQuantity: Quantity): Observation =>
  observation(id, 'ann', { valueQuantity })

const dose = (id: string, value: number, code: string, comparator?: Quantity['comparator']): Observation =>
  measured(id, { value, unit: code, system: ucum, code, ...(comparator === undefined ? {} : { comparator }) })

const aged = (id: string, more: Partial<Condition>): Condition => condition(id, 'ann', more)

const years = (value: number) => ({ value, unit: 'a', system: ucum, code: 'a' })

const percent = (value: number) => ({ value, system: ucum, code: '%' })

const risk = (id: string, prediction: object): FhirResource => ({
  resourceType: 'RiskAssessment',
  id,
  status: 'final',
  subject: { reference: 'Patient/ann' },
  prediction: [prediction],
})

const charge = (id: string, more: object): FhirResource => ({
  resourceType: 'ChargeItem',
  id,
  status: 'billable',
  subject: { reference: 'Patient/ann' },
  code: concept('urn:c', 'x'),
  ...more,
})

const factors: Readonly<Record<string, number>> = {
  f99: 99.4,
  f996: 99.96,
  f100: 100,
  f1004: 100.4,
  f1005: 100.5,
  f110: 110,
}

describe.each(kinds)('search by number and quantity (FHIR R4 search 3.1.1.4.6, 3.1.1.4.13) on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    const resources: readonly FhirResource[] = [
      patient('ann'),
      ...Object.entries(factors).map(([id, factorOverride]) => charge(id, { factorOverride })),
      charge('dollars', { priceOverride: { value: 40.5, currency: 'USD' } }),
      charge('euros', { priceOverride: { value: 40.5, currency: 'EUR' } }),
      dose('mg5', 5, 'mg'),
      dose('g', 0.005, 'g'),
      dose('mg54', 5.4, 'mg'),
      dose('ml', 5.4, 'mL'),
      dose('below', 5, 'mg', '<'),
      dose('above', 5, 'mg', '>='),
      measured('unitless', { value: 5.4 }),
      measured('other', { value: 5.4, system: custom, code: 'mg' }),
      measured('word', { value: 5.4, unit: 'mg' }),
      observation('sampled', 'ann', {
        valueSampledData: {
          origin: { value: 2000, system: ucum, code: 'mg' },
          period: 10,
          factor: 10,
          dimensions: 1,
          data: '-100 0 E 50 100',
        },
      }),
      observation('empty', 'ann'),
      risk('r-low', { probabilityDecimal: 0.02 }),
      risk('r-mid', { probabilityDecimal: 0.3 }),
      risk('r-range', { probabilityRange: { low: percent(0.1), high: percent(0.4) } }),
      aged('child', { onsetAge: years(12) }),
      aged('months', { onsetAge: { value: 144, unit: 'months', system: ucum, code: 'mo' } }),
      aged('teens', { onsetRange: { low: years(13), high: years(19) } }),
      aged('since', { onsetRange: { low: years(40) } }),
      aged('unknown', {}),
    ]
    await world.load('clinic', resources)
  })
  afterAll(() => world.close())

  const all = Object.keys(factors).toSorted()
  const numbers: readonly Case[] = [
    ['100', ['f100', 'f1004', 'f996']],
    ['eq100', ['f100', 'f1004', 'f996']],
    ['100.0', ['f100', 'f996']],
    ['100.00', ['f100']],
    ['1.0e2', all.filter((id) => id !== 'f110')],
    ['1.00e2', ['f100', 'f1004', 'f996']],
    ['1e2', all],
    ['1E2', all],
    ['+100', ['f100', 'f1004', 'f996']],
    ['-100', []],
    ['ne100', ['f1005', 'f110', 'f99']],
    ['gt100', ['f1004', 'f1005', 'f110']],
    ['ge100', ['f100', 'f1004', 'f1005', 'f110']],
    ['lt100', ['f99', 'f996']],
    ['le100', ['f100', 'f99', 'f996']],
    ['sa100', ['f1004', 'f1005', 'f110']],
    ['eb100', ['f99', 'f996']],
    ['ap100', all],
    ['ap120', ['f110']],
    ['99.4,110', ['f110', 'f99']],
    ['gt99.5&factor-override=lt100.45', ['f100', 'f1004', 'f996']],
  ]

  test.each(numbers)('number: ChargeItem?factor-override=%s', async (value, ids) => {
    expect(await find(world, `ChargeItem?factor-override=${value}`)).toEqual(ids)
  })

  test.each<Case>([
    ['probability=0.3', ['r-mid']],
    ['probability=gt0.25', ['r-mid', 'r-range']],
    ['probability=lt0.05', ['r-low']],
    ['probability=sa0.05', ['r-mid', 'r-range']],
    ['probability=eb0.35', ['r-low', 'r-mid']],
    ['probability=ge0.4', ['r-range']],
  ])('number over decimal and Range: RiskAssessment?%s', async (query, ids) => {
    expect(await find(world, `RiskAssessment?${query}`)).toEqual(ids)
  })

  const quantities: readonly Case[] = [
    [`5.4|${ucum}|mg`, ['mg54']],
    [`5|${ucum}|mg`, ['g', 'mg5', 'mg54']],
    [`5.0|${ucum}|mg`, ['g', 'mg5']],
    [`0.0050|${ucum}|g`, ['g', 'mg5']],
    [`5.4e-3|${ucum}|g`, ['mg54']],
    [`5000|${ucum}|ug`, ['g', 'mg5']],
    [`5.4|${ucum}|mL`, ['ml']],
    [`5.4|${custom}|mg`, ['other']],
    ['5.4||mg', ['mg54', 'other', 'word']],
    ['5.4||mL', ['ml']],
    ['5.4', ['mg54', 'ml', 'other', 'unitless', 'word']],
    [`gt5.2|${ucum}|mg`, ['above', 'mg54', 'sampled']],
    [`ge5|${ucum}|mg`, ['above', 'g', 'mg5', 'mg54', 'sampled']],
    [`lt5|${ucum}|mg`, ['below']],
    [`le5|${ucum}|mg`, ['above', 'below', 'g', 'mg5']],
    [`sa5|${ucum}|mg`, ['mg54', 'sampled']],
    [`eb5.2|${ucum}|mg`, ['below', 'g', 'mg5']],
    [`ne5.0|${ucum}|mg`, ['above', 'below', 'mg54', 'sampled']],
    [`ap5.2|${ucum}|mg`, ['above', 'below', 'g', 'mg5', 'mg54']],
    [`gt2.9|${ucum}|g`, ['above', 'sampled']],
    [`lt1.1|${ucum}|g`, ['above', 'below', 'g', 'mg5', 'mg54', 'sampled']],
    [`gt3|${ucum}|g`, ['above']],
    [`5.4|${ucum}|mg,5.4|${custom}|mg`, ['mg54', 'other']],
    [`ge5|${ucum}|mg&value-quantity=lt5.2|${ucum}|mg`, ['above', 'g', 'mg5']],
    [`eb5|${ucum}|mg`, ['below']],
    [`5.4|${ucum}|nonsense`, []],
  ]

  test.each(quantities)('quantity: Observation?value-quantity=%s', async (value, ids) => {
    const found = await find(world, `Observation?value-quantity=${value}`)
    expect(found).toEqual(ids)
  })

  test('value-quantity:missing', async () => {
    expect(await find(world, 'Observation?value-quantity:missing=true')).toEqual(['empty'])
  })

  test.each<Case>([
    ['price-override=40.5|urn:iso:std:iso:4217|USD', ['dollars']],
    ['price-override=40.5||EUR', ['euros']],
    ['price-override=40.5', ['dollars', 'euros']],
    ['price-override=gt40', ['dollars', 'euros']],
    ['price-override=lt40||USD', []],
  ])('Money: ChargeItem?%s', async (query, ids) => {
    expect(await find(world, `ChargeItem?${query}`)).toEqual(ids)
  })

  test.each<Case>([
    [`onset-age=12|${ucum}|a`, ['child', 'months']],
    [`onset-age=144|${ucum}|mo`, ['child', 'months']],
    [`onset-age=lt13|${ucum}|a`, ['child', 'months']],
    [`onset-age=ge18|${ucum}|a`, ['since', 'teens']],
    [`onset-age=sa12.5|${ucum}|a`, ['since', 'teens']],
    [`onset-age=eb30|${ucum}|a`, ['child', 'months', 'teens']],
    [`onset-age=16|${ucum}|a`, []],
    ['onset-age:missing=true', ['unknown']],
  ])('Age and Range: Condition?%s', async (query, ids) => {
    expect(await find(world, `Condition?${query}`)).toEqual(ids)
  })

  test.each([
    'ChargeItem?factor-override=many',
    'ChargeItem?factor-override=1.2.3',
    'ChargeItem?factor-override=xx5',
    'Observation?value-quantity=gt|http://unitsofmeasure.org|mg',
    'Observation?value-quantity=tall',
    'Observation?value-quantity:exact=5',
  ])('what is no number is refused: %s', async (query) => {
    expectOutcome(await world.get('clinic', query), 400)
  })
})
