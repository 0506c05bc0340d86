import type { Observation } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from './databases.ts'
import { matches } from './outcome.ts'
import { observation, patient } from './records.ts'
import { openWorld, type World } from './world.ts'

type Span = readonly [low: string, high: string]

const latest = '9999-12-30T00:00:00Z'

/** What is stored, and the span it means, its end excluded: written out by hand. */
const stored: Readonly<Record<string, readonly [Partial<Observation>, Span]>> = {
  year: [{ effectiveDateTime: '2026' }, ['2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z']],
  month: [{ effectiveDateTime: '2026-03' }, ['2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z']],
  day: [{ effectiveDateTime: '2026-03-15' }, ['2026-03-15T00:00:00Z', '2026-03-16T00:00:00Z']],
  second: [{ effectiveDateTime: '2026-03-15T10:30:00Z' }, ['2026-03-15T10:30:00Z', '2026-03-15T10:30:01Z']],
  milli: [
    { effectiveDateTime: '2026-03-15T10:30:00.250Z' },
    ['2026-03-15T10:30:00.250Z', '2026-03-15T10:30:00.251Z'],
  ],
  zone: [
    { effectiveDateTime: '2026-03-15T23:30:00-05:00' },
    ['2026-03-16T04:30:00Z', '2026-03-16T04:30:01Z'],
  ],
  period: [
    { effectivePeriod: { start: '2026-03-10', end: '2026-03-15T12:00:00Z' } },
    ['2026-03-10T00:00:00Z', '2026-03-15T12:00:01Z'],
  ],
  around: [
    { effectivePeriod: { start: '2026-03-01', end: '2026-03-31' } },
    ['2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z'],
  ],
  begun: [{ effectivePeriod: { start: '2026-03-15T18:00:00Z' } }, ['2026-03-15T18:00:00Z', latest]],
}

const asked: Readonly<Record<string, Span>> = {
  '2026': ['2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'],
  '2025': ['2025-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
  '2026-03': ['2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z'],
  '2026-03-15': ['2026-03-15T00:00:00Z', '2026-03-16T00:00:00Z'],
  '2026-03-16': ['2026-03-16T00:00:00Z', '2026-03-17T00:00:00Z'],
  '2026-03-15T10:30Z': ['2026-03-15T10:30:00Z', '2026-03-15T10:31:00Z'],
  '2026-03-15T10:30:00Z': ['2026-03-15T10:30:00Z', '2026-03-15T10:30:01Z'],
  '2026-03-15T10:30:00.250Z': ['2026-03-15T10:30:00.250Z', '2026-03-15T10:30:00.251Z'],
  '2026-03-15T05:30:00-05:00': ['2026-03-15T10:30:00Z', '2026-03-15T10:30:01Z'],
}

const milliseconds = ([low, high]: Span): [number, number] => [Date.parse(low), Date.parse(high)]

/** https://hl7.org/fhir/R4/search.html#prefix, word by word. */
const rules: Readonly<Record<string, (target: [number, number], value: [number, number]) => boolean>> = {
  '': (target, value) => contains(value, target),
  eq: (target, value) => contains(value, target),
  ne: (target, value) => !contains(value, target),
  gt: ([, high], [, end]) => high > end,
  lt: ([low], [start]) => low < start,
  ge: (target, value) => target[1] > value[1] || contains(value, target),
  le: (target, value) => target[0] < value[0] || contains(value, target),
  sa: ([low], [, end]) => low >= end,
  eb: ([, high], [start]) => high <= start,
}

const contains = ([start, end]: [number, number], [low, high]: [number, number]): boolean =>
  low >= start && high <= end

const table = Object.keys(rules).flatMap((prefix) =>
  Object.entries(asked).map(([date, value]) => ({
    query: `${prefix}${date}`,
    ids: Object.entries(stored)
      .filter(([, [, target]]) => rules[prefix]?.(milliseconds(target), milliseconds(value)))
      .map(([id]) => id)
      .toSorted(),
  })),
)

describe.each(kinds)('search by date on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [
      patient('ann', { birthDate: '1990-05-01' }),
      patient('bea', { birthDate: '1990-05' }),
      patient('cyd', { birthDate: '1991' }),
    ])
    await world.load(
      'clinic',
      Object.entries(stored).map(([id, [more]]) => {
        const { effectiveDateTime: _usual, ...rest } = observation(id, 'ann')
        return { ...rest, ...more }
      }),
    )
  })
  afterAll(() => world.close())

  const find = async (query: string): Promise<string[]> =>
    matches(await world.get('clinic', query)).toSorted()

  test.each(table)('date=$query', async ({ query, ids }) => {
    expect(await find(`Observation?date=${encodeURIComponent(query)}`)).toEqual(ids)
  })

  test('ap finds what overlaps, and nothing far away', async () => {
    const near = await find('Observation?date=ap2026-03-15')
    expect(near).toEqual(expect.arrayContaining(['day', 'milli', 'month', 'period', 'second', 'year']))
    expect(await find('Observation?date=ap2031-01-01')).toEqual(['begun'])
  })

  test('a period without a start begins before every date', async () => {
    const { effectiveDateTime: _usual, ...rest } = observation('ended', 'dan')
    const { birthDate: _unknown, ...dan } = patient('dan')
    await world.load('clinic', [dan, { ...rest, effectivePeriod: { end: '2026-03-14' } }])
    const ended = (query: string) => find(`Observation?patient=dan&date=${query}`)
    expect(await ended('lt1900')).toEqual(['ended'])
    expect(await ended('eb2026-03-15')).toEqual(['ended'])
    expect(await ended('2026')).toEqual([])
    expect(await ended('gt2026-03-14')).toEqual([])
  })

  test('two dates bound a stretch', async () => {
    const during = await find('Observation?date=ge2026-03-15&date=lt2026-03-16')
    expect(during).toEqual(expect.arrayContaining(['day', 'second', 'milli']))
    expect(during).not.toContain('zone')
  })

  test.each([
    ['1990-05-01', ['ann']],
    ['1990-05', ['ann', 'bea']],
    ['1990', ['ann', 'bea']],
    ['lt1991', ['ann', 'bea']],
    ['ge1991', ['cyd']],
    ['1990-05-01,1991', ['ann', 'cyd']],
  ])('birthdate=%s', async (query, ids) => {
    expect(await find(`Patient?birthdate=${query}`)).toEqual(ids)
  })
})
