import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { World as Server } from '../contract/world.ts'
import type { Reading } from '../search/reading.ts'
import { type World, world } from './arbitrary.ts'
import { moment } from './drawn/town.ts'
import { askerOf, specialIn } from './promise/asking.ts'
import { comparable } from './promise/compare.ts'
import { opened, openRole } from './promise/open-permit.ts'
import { picking } from './promise/picking.ts'
import { sortsOf } from './promise/requests.ts'
import { scopesFor } from './promise/scopes.ts'
import { openServer, tokenOf } from './promise/servers.ts'
import { canStandFor, heldFor, hiddenFrom, standUp } from './promise/stand.ts'

vi.mock('../../src/consent/permit.ts', async (load) => {
  const real = await load<typeof import('../../src/consent/permit.ts')>()
  return {
    ...real,
    permitFor: (...given: Parameters<typeof real.permitFor>) =>
      given[0].caller.roles.includes(openRole)
        ? opened(real.permitFor(...given), given[0])
        : real.permitFor(...given),
  }
})

/** Worlds, a few more than are promised since some are left out, and requests of one asker in each. */
const runs = Number(process.env['LAW_WORLDS'] ?? 204)
const each = Number(process.env['LAW_REQUESTS'] ?? 10)
const seed = Number(process.env['LAW_SEED'] ?? 20_261_128)

/** By the index; row by row, with windows that are whole, that end early, and that end at once. */
const readings = [
  { window: undefined, counted: 1000 },
  { window: 1000, counted: 3 },
  { window: 12, counted: 3 },
  { window: 1000, counted: 0 },
] as const satisfies readonly Reading[]

let d: Server
let s: Server

/** How D reads many patients in the world at hand; S always goes by its index, and counts as far. */
let reading: Reading = readings[0]

beforeAll(async () => {
  d = await openServer('postgres', false, () => reading)
  s = await openServer('postgres', true, () => ({ ...reading, window: undefined }))
}, 120_000)

afterAll(async () => {
  await d.close()
  await s.close()
})

/** An empty provision is no FHIR, and so is never stored. */
const isStorable = ({ consents }: World): boolean => !JSON.stringify(consents).includes('{}')

let made = 0

/** A world under a name of its own, who asks, and numbers by which requests are drawn. */
const drawn = fc.constant(null).chain(() => {
  const run = `p${made++}`
  return world(run)
    .filter(isStorable)
    .chain((held) =>
      fc.record({
        held: fc.constant(held),
        asked: askerOf(run, held, moment),
        read: fc.constantFrom<Reading>(...readings),
        scope: fc.nat(),
        draws: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat()), {
          minLength: each,
          maxLength: each,
        }),
      }),
    )
})

const told = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([name, count]) => `${name} ${count}`).join(', ')

describe('the promise: Sluice on D answers what the same server answers on ρ(D, q)', () => {
  it('for every sort of request that reads', async () => {
    const seen = {
      pairs: 0,
      hiding: 0,
      narrowed: 0,
      leftOut: 0,
      sorts: new Map<string, number>(),
      special: new Map<string, number>(),
    }
    await fc.assert(
      fc.asyncProperty(drawn, async ({ held, asked, read, scope, draws }) => {
        reading = read
        const narrowed = picking([scope])(scopesFor(asked))
        const twin = await standUp(d, held)
        const left = heldFor(twin, asked)
        if (!(await canStandFor(s, left))) {
          seen.leftOut += 1
          return
        }
        const hides = hiddenFrom(twin, left).length > 0
        const special = specialIn(twin, asked, moment)
        const sorts = sortsOf(twin.records.map(({ resource }) => resource))
        for (const numbers of draws) {
          const pick = picking(numbers)
          const sort = pick(sorts)
          const question = sort?.draw(pick)
          if (sort === undefined || question === undefined) continue
          const { method, path, ...sending } = question
          const [one, other] = [
            comparable(await d.send(await tokenOf(d, asked, narrowed), method, path, sending)),
            comparable(await s.send(await tokenOf(s, asked, narrowed), method, path, sending)),
          ]
          expect({ asked, narrowed, method, path, sending, answer: one }, `${method} ${path}`).toEqual({
            asked,
            narrowed,
            method,
            path,
            sending,
            answer: other,
          })
          seen.pairs += 1
          if (hides) seen.hiding += 1
          if (narrowed !== undefined) seen.narrowed += 1
          for (const name of special) seen.special.set(name, (seen.special.get(name) ?? 0) + 1)
          seen.sorts.set(sort.name, (seen.sorts.get(sort.name) ?? 0) + 1)
        }
      }),
      {
        numRuns: runs,
        seed,
        endOnFailure: process.env['LAW_SHRINK'] !== 'true',
        ...(process.env['LAW_PATH'] === undefined ? {} : { path: process.env['LAW_PATH'] }),
      },
    )
    console.info(
      `the promise: ${seen.pairs} pairs of world and request over ${runs} worlds, ${Math.round((100 * seen.hiding) / seen.pairs)}% with something hidden or masked, ${Math.round((100 * seen.narrowed) / seen.pairs)}% by narrowed scopes, ${seen.leftOut} worlds left out, seed ${seed}\n  asked by ${told(seen.special)}\n  ${told(seen.sorts)}`,
    )
    expect(seen.leftOut).toBeLessThan(Math.max(2, runs * 0.05))
    expect(seen.pairs).toBeGreaterThan(runs * each * 0.9)
    expect(seen.hiding / seen.pairs).toBeGreaterThan(0.3)
    expect(seen.sorts.size).toBeGreaterThan(Math.min(20, seen.pairs / 8))
  }, 14_400_000)
})
