import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Bundle } from 'fhir/r4'
import { buildWorld, type World } from '../../bench/world.ts'
import { createApp } from '../../src/app.ts'
import { createServices } from '../../src/create-services.ts'
import type { Database } from '../../src/store/database.ts'
import { longKinds, openDatabase } from '../contract/databases.ts'
import { read, type Reading } from './reading.ts'

const publicUrl = 'http://localhost'
const size = { patients: 12, observations: 30 }

/** Conditions that many rows meet, on Observations and on Patients. */
const asked = {
  Observation: [
    'category=vital-signs', 'category=survey', 'code=http://loinc.org|8867-4', 'code=8867-4,2339-0', 'status=final',
    'status:not=amended', 'code:not=8867-4', 'date=ge2026-02', 'date=lt2026-03-01', 'subject:missing=false',
    'patient.birthdate=ge1990', 'patient.gender=female', 'patient.birthdate=lt1995',
  ],
  Patient: [
    '_has:Observation:patient:code=http://loinc.org|8867-4', '_has:Observation:subject:category=survey', 'gender=female',
    'birthdate=ge1990', '_has:Observation:patient:date=ge2026-02', '_has:Observation:patient:status=final', 'active:missing=true',
  ],
} as const // prettier-ignore

const query = fc
  .constantFrom('Observation', 'Patient')
  .chain((type) =>
    fc.record({
      type: fc.constant(type),
      criteria: fc.uniqueArray(fc.constantFrom<string>(...asked[type]), {
        minLength: 1,
        maxLength: 3,
      }),
      sort: fc.constantFrom('', '_sort=-_lastUpdated', ...(type === 'Observation' ? ['_sort=-date'] : [])),
      count: fc.constantFrom(1, 2, 5, 20),
      total: fc.constantFrom('', '_total=none', '_total=accurate'),
    }),
  )
  .map(({ type, criteria, sort, count, total }) => {
    const all = [...criteria, sort, `_count=${count}`, total].filter((part) => part !== '')
    return `${type}?${all.join('&')}`
  })

const readings = fc.record({
  window: fc.constantFrom(3, 40, 100_000),
  counted: fc.constantFrom(0, 2, 7, 1000),
})

describe.each(longKinds)('two ways to the same page, %s', (kind) => {
  let database: Database
  let world: World
  let reading: Reading = { window: undefined, counted: 0 }
  let ways: readonly ReturnType<typeof createApp>[] = []

  beforeAll(async () => {
    database = await openDatabase(kind)
    const settings = { publicUrl, production: false, log: false, clock: undefined, mllpPort: 0 }
    const services = createServices({ settings, database })
    world = await buildWorld(services, size)
    ways = [() => ({ ...reading, window: undefined }), () => reading].map((as) =>
      createApp(() => ({ ...services, common: read(as) })),
    )
  }, 60_000)
  afterAll(() => database.close())

  const pageOf = async (way: number, token: string, path: string) => {
    const response = await ways[way]?.request(path, { headers: { authorization: `Bearer ${token}` } })
    const bundle = (await response?.json()) as Bundle
    const link = (relation: string) => bundle.link?.find((one) => one.relation === relation)?.url
    return {
      status: response?.status,
      total: bundle.total,
      ids: bundle.entry?.map(({ resource }) => resource?.id),
      next: link('next'),
      previous: link('previous'),
    }
  }

  /** Pages onward, and one back: what they hold, without the bytes of their links. */
  const walk = async (way: number, token: string, path: string) => {
    const pages = []
    let at: string | undefined = `${publicUrl}/fhir/${path}`
    let back: string | undefined
    for (let turn = 0; turn < 4 && at !== undefined; turn++) {
      const { next, previous, ...page } = await pageOf(way, token, at)
      pages.push({ ...page, more: next !== undefined, before: previous !== undefined })
      at = next
      back = previous ?? back
    }
    if (back !== undefined) {
      const { next: _next, previous, ...page } = await pageOf(way, token, back)
      pages.push({ ...page, before: previous !== undefined })
    }
    return pages
  }

  test('by an index and row by row: the same rows, order, totals and links', async () => {
    let told = 0
    await fc.assert(
      fc.asyncProperty(query, readings, fc.constantFrom('clinic', 'hospital'), async (path, as, who) => {
        reading = as
        const token = world.tokens[who]
        const [byIndex, inOrder] = [await walk(0, token, path), await walk(1, token, path)]
        expect(inOrder, path).toEqual(byIndex)
        if ((byIndex[0]?.ids ?? []).length > 0) told++
      }),
      { numRuns: 120, seed: 20261128 },
    )
    expect(told).toBeGreaterThan(40)
  }, 120_000)
})
