import fc from 'fast-check'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { longKinds } from './databases.ts'
import { expectStatus } from './outcome.ts'
import { historyOf, versionsOf, walk } from './past.ts'
import { labelled, observation, patient } from './records.ts'
import { openWorld, type World } from './world.ts'

const ids = ['a', 'b', 'c', 'd'] as const
const statuses = ['final', 'amended', 'corrected', 'cancelled'] as const

/** One write of the clinic; the clock stays where it is, or moves on by a millisecond or more. */
interface Write {
  readonly id: (typeof ids)[number]
  readonly status: (typeof statuses)[number] | undefined
  readonly later: number
}

const writes = (...later: readonly number[]): fc.Arbitrary<Write[]> =>
  fc.array(
    fc.record({
      id: fc.constantFrom(...ids),
      status: fc.option(fc.constantFrom(...statuses), { nil: undefined, freq: 4 }),
      later: fc.constantFrom(...later),
    }),
    { minLength: 1, maxLength: 12 },
  )

const walks = fc.record({
  before: writes(0, 0, 0, 1, 1000),
  between: fc.oneof(writes(1, 1000), writes(0, 0, 1)),
  count: fc.integer({ min: 1, max: 5 }),
  of: fc.constantFrom('_history', 'Observation/_history', 'Observation/a/_history'),
  who: fc.constantFrom('clinic', 'hospital'),
})

describe.each(longKinds)('pages of a history while others write, on %s', (kind) => {
  let world: World
  let now = Date.parse('2026-06-15T12:00:00Z')

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [patient('ann')])
    await world.know('hospital', 'Patient/ann')
  })
  afterAll(() => world.close())

  /** What the hospital may not see of the others is written all the same. */
  const body = (id: Write['id'], status: Write['status']) =>
    observation(id, 'ann', { status: status ?? 'final', ...(id === 'b' ? labelled(['HIV']) : {}) })

  const apply = async ({ id, status, later }: Write): Promise<void> => {
    now += later
    world.setClock(new Date(now).toISOString())
    if (status === undefined) expectStatus(await world.del('clinic', `Observation/${id}`), 204)
    else expect((await world.put('clinic', `Observation/${id}`, body(id, status))).status).toBeLessThan(300)
  }

  const begin = async (): Promise<void> => {
    for (const table of ['resource', 'history'])
      await world.rows(sql`DELETE FROM ${sql.raw(table)} WHERE type = 'Observation'`)
    now += 1000
    world.setClock(new Date(now).toISOString())
    await world.load(
      'clinic',
      ids.map((id) => body(id, 'final')),
    )
  }

  test('what was there when the first page was read is read once, newest first, and nothing twice', async () => {
    await fc.assert(
      fc.asyncProperty(walks, async ({ before, between, count, of, who }) => {
        await begin()
        for (const one of before) await apply(one)
        const then = historyOf(await world.get(who, `${of}?_count=1000`))
        const left = [...between]
        const pages = await walk(world, who, `${of}?_count=${count}`, async () => {
          const next = left.shift()
          if (next !== undefined) await apply(next)
        })
        const read = pages.flatMap(versionsOf)
        const known = versionsOf(then)
        expect(new Set(read).size).toBe(read.length)
        expect(read.filter((one) => known.includes(one))).toEqual(known)
        // What is written in the very millisecond of the page that is read may be read with it.
        if (between.every(({ later }) => later > 0)) expect(read).toEqual(known)
        expect(then.total).toBe(then.entry?.length)
        expect(new Set(pages.map(({ total }) => total))).toEqual(new Set([then.total]))
        for (const page of pages.slice(0, -1)) expect(page.entry).toHaveLength(count)
      }),
      { numRuns: 12 },
    )
  }, 120_000)

  test('pages, and what was asked for since the walk began, are together the whole', async () => {
    await begin()
    const since = new Date(now + 1).toISOString()
    const pages = await walk(world, 'clinic', 'Observation/_history?_count=2', (page) =>
      apply({ id: ids[page % ids.length] ?? 'a', status: statuses[page % statuses.length], later: 5 }),
    )
    const after = versionsOf(historyOf(await world.get('clinic', `Observation/_history?_since=${since}`)))
    const whole = versionsOf(historyOf(await world.get('clinic', 'Observation/_history?_count=100')))
    expect(after.length).toBeGreaterThan(0)
    expect([...after, ...pages.flatMap(versionsOf)]).toEqual(whole)
  })
})
