import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Asked } from '../../src/consent/asked.ts'
import type { World as Server } from '../contract/world.ts'
import { askers, type World, world } from './arbitrary.ts'
import { exact } from './promise/compare.ts'
import { withParts } from './promise/parts.ts'
import { picking } from './promise/picking.ts'
import { sortsOf } from './promise/requests.ts'
import { openServer, tokenOf } from './promise/servers.ts'
import { heldFor, keyOf, standUp } from './promise/stand.ts'
import { change, differing } from './promise/twins.ts'

/** Pairs of worlds, and requests of one asker in each. */
const pairs = Number(process.env['LAW_PAIRS'] ?? 25)
const each = Number(process.env['LAW_REQUESTS'] ?? 10)
const seed = Number(process.env['LAW_SEED'] ?? 20_261_128)

let one: Server
let other: Server

beforeAll(async () => {
  const byIndex = () => ({ window: undefined, counted: 1000 })
  one = await openServer('postgres', false, byIndex)
  other = await openServer('postgres', false, byIndex)
}, 120_000)

afterAll(async () => {
  await one.close()
  await other.close()
})

const isStorable = ({ consents }: World): boolean => !JSON.stringify(consents).includes('{}')

let made = 0

const drawn = fc.constant(null).chain(() => {
  const run = `t${made++}`
  return fc.record({
    run: fc.constant(run),
    held: world(run)
      .filter(isStorable)
      .chain((whole) => withParts(run, whole)),
    asked: fc.constantFrom(...askers(run)),
    changed: change,
    draws: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat()), { minLength: each, maxLength: each }),
  })
})

/** What one asker's server would hold, as a text. */
const sight = (twin: Parameters<typeof heldFor>[0], asked: Asked): string =>
  JSON.stringify(heldFor(twin, asked).map(({ resource, custodian }) => [custodian, resource]))

describe('two worlds that differ only in what an asker may not see', () => {
  it('answer every request alike, to the byte', async () => {
    const seen = { pairs: 0, requests: 0, alike: 0 }
    await fc.assert(
      fc.asyncProperty(drawn, async ({ run, held, asked, changed, draws }) => {
        const twin = await standUp(one, held)
        const left = new Set(heldFor(twin, asked).map(({ resource }) => keyOf(resource)))
        const keys = twin.records.map(({ resource }) => keyOf(resource))
        const hidden = new Set(keys.filter((key) => !left.has(key)))
        const twin2 = await standUp(other, differing(run, held, hidden, changed))
        // the change moved what the asker sees: a consent, or a label, spoke of what was changed
        if (sight(twin, asked) !== sight(twin2, asked)) {
          seen.alike += 1
          return
        }
        seen.pairs += 1
        const sorts = sortsOf([...twin.records, ...twin2.records].map(({ resource }) => resource))
        for (const numbers of draws) {
          const pick = picking(numbers)
          const question = pick(sorts)?.draw(pick)
          if (question === undefined) continue
          const { method, path, ...sending } = question
          const [first, second] = [
            exact(await one.send(await tokenOf(one, asked), method, path, sending)),
            exact(await other.send(await tokenOf(other, asked), method, path, sending)),
          ]
          expect(first, `${JSON.stringify(asked)} ${method} ${path} ${question.body ?? ''}`).toEqual(second)
          seen.requests += 1
        }
      }),
      {
        numRuns: pairs,
        seed,
        endOnFailure: process.env['LAW_SHRINK'] !== 'true',
        ...(process.env['LAW_PATH'] === undefined ? {} : { path: process.env['LAW_PATH'] }),
      },
    )
    console.info(
      `the promise in two runs: ${seen.requests} requests over ${seen.pairs} pairs of worlds that one asker cannot tell apart, ${seen.alike} left out, seed ${seed}`,
    )
    expect(seen.pairs / pairs).toBeGreaterThan(0.4)
  }, 14_400_000)
})
