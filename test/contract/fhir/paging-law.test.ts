import type { Bundle, Observation } from 'fhir/r4'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectStatus, linkOf, searchset } from '../outcome.ts'
import { concept, observation, patient, unnamed } from '../records.ts'
import { openWorld, type World } from '../world.ts'

const orders = [
  '_id',
  '-_id',
  'date',
  '-date',
  'code,-date',
  '-code',
  'status,date',
  'value-quantity',
  '-value-quantity',
  '-_lastUpdated',
]

/** What somebody else does between two pages. */
const change = fc.record({
  kind: fc.constantFrom('insert', 'delete', 'nothing'),
  day: fc.integer({ min: 1, max: 5 }),
  code: fc.constantFrom('a', 'b', 'c'),
  which: fc.nat(),
})

const walk = fc.record({
  order: fc.constantFrom(...orders),
  count: fc.integer({ min: 1, max: 5 }),
  rows: fc.array(
    fc.record({
      day: fc.option(fc.integer({ min: 1, max: 5 })),
      code: fc.constantFrom('a', 'b', 'c'),
      status: fc.constantFrom<Observation['status']>('final', 'amended'),
      value: fc.option(fc.integer({ min: 0, max: 3 })),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  changes: fc.array(change, { minLength: 12, maxLength: 12 }),
})

type Row = Partial<(typeof walk extends fc.Arbitrary<infer T> ? T : never)['rows'][number]>

describe.each(kinds)('paging while others write (FHIR R4 http 3.1.0.4) on %s', (kind) => {
  let world: World
  let run = 0

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [patient('ann')])
  })
  afterAll(() => world.close())

  const body = (tag: string, { day, code = 'a', status = 'final', value }: Row) => {
    const { effectiveDateTime: _date, ...rest } = observation('', 'ann', {
      code: concept('urn:c', code),
      status,
      meta: { tag: [{ code: tag }] },
    })
    return unnamed({
      ...rest,
      ...(day === null || day === undefined ? {} : { effectiveDateTime: `2026-03-0${day}` }),
      ...(value === null || value === undefined ? {} : { valueQuantity: { value } }),
    })
  }

  const insert = async (tag: string, row: Row): Promise<string> =>
    expectStatus(await world.post('clinic', 'Observation', body(tag, row)), 201).as<Observation>().id ?? ''

  const idsOf = (bundle: Bundle): string[] => (bundle.entry ?? []).map(({ resource }) => resource?.id ?? '')

  const follow = async (first: string, relation: string, between: () => Promise<void>): Promise<Bundle[]> => {
    const read: Bundle[] = []
    for (let at: string | undefined = first; at !== undefined; await between()) {
      if (read.length > 60) throw new Error('the pages do not end')
      const bundle = searchset(await world.get('clinic', at))
      read.push(bundle)
      at = linkOf(bundle, relation)
    }
    return read
  }

  test('each that was there throughout appears exactly once, in order, forward and back', async () => {
    await fc.assert(
      fc.asyncProperty(walk, async ({ order, count, rows, changes }) => {
        const tag = `run-${(run += 1)}`
        const there = new Set<string>()
        for (const row of rows) there.add(await insert(tag, row))
        const steps = changes.values()
        const disturb = async (): Promise<void> => {
          const { kind: what, which, day, code } = steps.next().value ?? { kind: 'nothing', which: 0 }
          if (what === 'insert')
            await insert(tag, {
              ...(day === undefined ? {} : { day }),
              ...(code === undefined ? {} : { code }),
            })
          const victim = [...there][which % Math.max(there.size, 1)]
          if (what !== 'delete' || victim === undefined) return
          there.delete(victim)
          expectStatus(await world.del('clinic', `Observation/${victim}`), 204)
        }
        const query = `Observation?_tag=${tag}&_sort=${order}&_count=${count}`
        const forward = await follow(query, 'next', disturb)
        const kept = (pages: readonly Bundle[]) => pages.flatMap(idsOf).filter((id) => there.has(id))
        expect(kept(forward).toSorted()).toEqual([...there].toSorted())

        const whole = await follow(`Observation?_tag=${tag}&_sort=${order}&_count=100`, 'next', () =>
          Promise.resolve(),
        )
        const ahead = await follow(query, 'next', () => Promise.resolve())
        expect(ahead.flatMap(idsOf)).toEqual(whole.flatMap(idsOf))
        const last = linkOf(ahead.at(-1) ?? { resourceType: 'Bundle', type: 'searchset' }, 'self')
        const back = await follow(last ?? '', 'previous', () => Promise.resolve())
        expect(back.toReversed().flatMap(idsOf)).toEqual(whole.flatMap(idsOf))
        const disturbed = await follow(last ?? '', 'previous', disturb)
        expect(kept(disturbed.toReversed()).toSorted()).toEqual([...there].toSorted())
      }),
      { numRuns: 12 },
    )
  }, 120_000)
})
