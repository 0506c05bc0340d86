import type { FhirResource, ServiceRequest } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome } from '../outcome.ts'
import { concept, condition, document, observation, patient, serviceRequest } from '../records.ts'
import { openWorld, type World } from '../world.ts'
import { type Case, find } from './asking.ts'

const planned = (id: string, more: Partial<ServiceRequest>): ServiceRequest => serviceRequest(id, 'ann', more)

describe.each(kinds)('search by date (FHIR R4 search 3.1.1.4.7) on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    const { effectiveDateTime: _none, ...timeless } = observation('never', 'ann')
    const resources: readonly FhirResource[] = [
      patient('ann'),
      planned('at', { occurrenceDateTime: '2026-03-10' }),
      planned('during', { occurrencePeriod: { start: '2026-03-05', end: '2026-03-20' } }),
      planned('events', { occurrenceTiming: { event: ['2026-03-12T08:00:00Z', '2026-03-14T08:00:00Z'] } }),
      planned('bounded', {
        occurrenceTiming: {
          repeat: {
            boundsPeriod: { start: '2026-03-01', end: '2026-03-10' },
            frequency: 1,
            period: 1,
            periodUnit: 'd',
          },
        },
      }),
      planned('endless', { occurrenceTiming: { repeat: { boundsPeriod: { start: '2026-03-15' } } } }),
      planned('coded', { occurrenceTiming: { code: { text: 'every morning' } } }),
      planned('unplanned', { authoredOn: '2026-03-10T09:30:00+02:00' }),
      { ...timeless, id: 'instant', effectiveInstant: '2026-03-10T10:00:00.500Z' },
      timeless,
      document('filed', 'ann', { date: '2026-03-10T23:30:00-08:00' }),
      condition('old', 'ann', {
        clinicalStatus: concept('http://terminology.hl7.org/CodeSystem/condition-clinical', 'resolved'),
        onsetDateTime: '2020',
        recordedDate: '2026-03-10',
        abatementDateTime: '2024-06',
      }),
      condition('new', 'ann', {
        onsetPeriod: { start: '2026-01-10', end: '2026-02' },
        recordedDate: '2026-03',
      }),
      condition('undated', 'ann'),
    ]
    await world.load('clinic', resources)
  })
  afterAll(() => world.close())

  const occurrences: readonly Case[] = [
    ['2026-03-10', ['at']],
    ['eq2026-03-10', ['at']],
    ['2026-03', ['at', 'bounded', 'during', 'events']],
    ['2026', ['at', 'bounded', 'during', 'events']],
    ['ne2026-03', ['endless']],
    ['ne2026-03-10', ['bounded', 'during', 'endless', 'events']],
    ['gt2026-03-10', ['during', 'endless', 'events']],
    ['gt2026-03-20', ['endless']],
    ['ge2026-03-10', ['at', 'during', 'endless', 'events']],
    ['lt2026-03-10', ['bounded', 'during']],
    ['le2026-03-10', ['at', 'bounded', 'during']],
    ['lt2026-03-05', ['bounded']],
    ['sa2026-03-10', ['endless', 'events']],
    ['sa2026-03-11', ['endless', 'events']],
    ['sa2026-03-12', ['endless']],
    ['eb2026-03-12', ['at', 'bounded']],
    ['eb2026-03-10', []],
    ['eb2026-03-11', ['at', 'bounded']],
    ['2026-03-12T08:00:00Z', []],
    ['2026-03-10,2026-03-12', ['at']],
    ['eb2026-03-11,sa2026-03-12', ['at', 'bounded', 'endless']],
  ]

  test.each(occurrences)('dateTime, Period and Timing: ServiceRequest?occurrence=%s', async (value, ids) => {
    expect(await find(world, `ServiceRequest?occurrence=${value}`)).toEqual(ids)
  })

  test.each<Case>([
    ['occurrence:missing=true', ['coded', 'unplanned']],
    ['occurrence:missing=false', ['at', 'bounded', 'during', 'endless', 'events']],
    ['authored=2026-03-10', ['unplanned']],
    ['authored=2026-03-10T07:30:00Z', ['unplanned']],
    ['authored=2026-03-10T09:30:00+02:00', ['unplanned']],
    ['authored=2026-03-10T07:30Z', ['unplanned']],
    ['authored=2026-03-10T09:30:00Z', []],
    ['authored=ge2026-03-10&authored=lt2026-03-11', ['unplanned']],
    ['occurrence=ge2026-03-12&occurrence=le2026-03-14', ['during', 'events']],
  ])('ServiceRequest?%s', async (query, ids) => {
    expect(await find(world, `ServiceRequest?${query}`)).toEqual(ids)
  })

  test.each<Case>([
    ['Observation?date=2026-03-10', ['instant']],
    ['Observation?date=2026-03-10T10:00:00Z', ['instant']],
    ['Observation?date=2026-03-10T10:00:00.500Z', ['instant']],
    ['Observation?date=2026-03-10T10:00:00.501Z', []],
    ['Observation?date=gt2026-03-10T10:00:00.499Z', ['instant']],
    ['Observation?date=gt2026-03-10T10:00:00.500Z', []],
    ['Observation?date=lt2026-03-10T10:00:00.501Z', ['instant']],
    ['Observation?date=eb2026-03-10T10:00:00.501Z', ['instant']],
    ['Observation?date=sa2026-03-10T10:00:00.500Z', []],
    ['Observation?date:missing=true', ['never']],
    ['DocumentReference?date=2026-03-11', ['filed']],
    ['DocumentReference?date=2026-03-10', []],
    ['DocumentReference?date=2026-03-10T23:30:00-08:00', ['filed']],
  ])('instant: %s', async (query, ids) => {
    expect(await find(world, query)).toEqual(ids)
  })

  test.each<Case>([
    ['onset-date=2020', ['old']],
    ['onset-date=lt2026', ['old']],
    ['onset-date=2026', ['new']],
    ['onset-date=2026-01', []],
    ['onset-date=ge2026-02-15', ['new']],
    ['abatement-date=2024', ['old']],
    ['abatement-date=gt2024-06', []],
    ['abatement-date=ge2024-06', ['old']],
    ['abatement-date:missing=true', ['new', 'undated']],
    ['recorded-date=2026-03', ['new', 'old']],
    ['recorded-date=2026-03-10', ['old']],
    ['recorded-date=gt2026-03-10', ['new']],
    ['recorded-date=le2026-03-10', ['new', 'old']],
    ['onset-date=2020&recorded-date=2026-03-10', ['old']],
    ['onset-date:missing=true', ['undated']],
  ])('several dates of a type: Condition?%s', async (query, ids) => {
    expect(await find(world, `Condition?${query}`)).toEqual(ids)
  })

  test.each([
    '2026-1',
    '26',
    '2026-02-30',
    '2026-03-10T25:00',
    '2026-03-10T10',
    'xx2026',
    'ge',
    '2026/03/10',
    'today',
  ])('what is no date is refused: %s', async (value) => {
    const text = expectOutcome(
      await world.get('clinic', `Condition?onset-date=${encodeURIComponent(value)}`),
      400,
    )
    expect(text).toContain('`onset-date`')
  })
})
