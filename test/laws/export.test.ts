import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Asked } from '../../src/consent/asked.ts'
import { runExport } from '../../src/bulk/run.ts'
import { isWaiting } from '../../src/store/exports.ts'
import type { Reply, World as Server } from '../contract/world.ts'
import { type World, world } from './arbitrary.ts'
import { moment } from './drawn/town.ts'
import { askerOf } from './promise/asking.ts'
import { comparable } from './promise/compare.ts'
import { opened, openRole } from './promise/open-permit.ts'
import { type Pick, picking } from './promise/picking.ts'
import { sortsOf } from './promise/requests.ts'
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

/** Worlds, and exports of one asker in each. */
const runs = Number(process.env['LAW_EXPORT_WORLDS'] ?? 20)
const each = 3
const seed = Number(process.env['LAW_SEED'] ?? 20_261_129)

let d: Server
let s: Server

beforeAll(async () => {
  const byIndex = () => ({ window: undefined, counted: 1000 })
  d = await openServer('postgres', false, byIndex)
  s = await openServer('postgres', true, byIndex)
}, 120_000)

afterAll(async () => {
  await d.close()
  await s.close()
})

const isStorable = ({ consents }: World): boolean => !JSON.stringify(consents).includes('{}')

/** Exports are for backend services. */
const isBackend = ({ user, patient }: Asked): boolean => user === undefined && patient === undefined

let made = 0

const drawn = fc.constant(null).chain(() => {
  const run = `e${made++}`
  return world(run)
    .filter(isStorable)
    .chain((held) =>
      fc.record({
        held: fc.constant(held),
        asked: askerOf(run, held, moment).filter(isBackend),
        draws: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat()), {
          minLength: each,
          maxLength: each,
        }),
      }),
    )
})

/** What is left out: consents are the law's own, and Practitioners stand in every world. */
const pathOf = (pick: Pick, types: readonly string[], filters: readonly string[]): string => {
  const level = pick(['', 'Patient/', 'Patient/']) ?? ''
  const wanted = types.filter((type) => type !== 'Consent' && (level === '' || type !== 'Practitioner'))
  const filter = pick(filters.filter((one) => wanted.includes(one.split('?')[0] ?? '')))
  const narrowed = filter === undefined ? '' : `&_typeFilter=${encodeURIComponent(filter)}`
  const more =
    pick(['', '', '&_since=2020-01-01T00:00:00Z', '&_elements=id', '&_until=2027-01-01T00:00:00Z']) ?? ''
  return `${level}$export?_type=${wanted.join(',')}${pick([true, false]) === true ? narrowed : ''}${more}`
}

const drain = async (server: Server): Promise<void> => {
  while (await isWaiting(server.database, new Date()))
    if (!(await runExport(server.services, 1000))) await new Promise((done) => setTimeout(done, 5))
}

/** All that an export tells, as the promise compares it. */
const toldBy = async (server: Server, asked: Asked, path: string): Promise<object[]> => {
  const who = await tokenOf(server, asked)
  const begun = await server.get(who, path, { prefer: 'respond-async' })
  const told = [comparable(begun)]
  const job = begun.headers.get('content-location')
  if (job === null) return told
  await drain(server)
  const status = await server.get(who, new URL(job).pathname)
  expect(status.status, status.text).toBe(200)
  told.push(comparable(without(status, 'expires')))
  const { output, deleted } = status.as<{ output: { url: string }[]; deleted: { url: string }[] }>()
  for (const { url } of [...output, ...deleted]) {
    const file = await server.get(who, new URL(url).pathname)
    told.push(
      ...file.text
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => comparable({ ...file, text })),
    )
  }
  return told
}

const without = (reply: Reply, name: string): Reply => {
  const headers = new Headers(reply.headers)
  headers.delete(name)
  return { ...reply, headers }
}

describe('the promise for exports', () => {
  it('Sluice on D exports what the same server exports on ρ(D, q)', async () => {
    const seen = { pairs: 0, hiding: 0, begun: 0, lines: 0, leftOut: 0 }
    await fc.assert(
      fc.asyncProperty(drawn, async ({ held, asked, draws }) => {
        const twin = await standUp(d, held)
        const left = heldFor(twin, asked)
        if (!(await canStandFor(s, left))) {
          seen.leftOut += 1
          return
        }
        const resources = twin.records.map(({ resource }) => resource)
        const types = [...new Set(resources.map(({ resourceType }) => resourceType as string))]
        const hides = hiddenFrom(twin, left).length > 0
        for (const numbers of draws) {
          const pick = picking(numbers)
          const filters = sortsOf(resources).flatMap((sort) => sort.draw(pick)?.path ?? [])
          const path = pathOf(pick, types, filters.filter(isFilter))
          const [one, other] = [await toldBy(d, asked, path), await toldBy(s, asked, path)]
          expect({ asked, path, told: one }, path).toEqual({ asked, path, told: other })
          seen.pairs += 1
          if (one.length > 1) seen.begun += 1
          seen.lines += Math.max(0, one.length - 2)
          if (hides) seen.hiding += 1
        }
      }),
      { numRuns: runs, seed, endOnFailure: process.env['LAW_SHRINK'] !== 'true' },
    )
    console.info(
      `the promise: ${seen.pairs} exports over ${runs} worlds, ${seen.begun} of them begun, ${seen.lines} lines, ${Math.round((100 * seen.hiding) / seen.pairs)}% with something hidden or masked, ${seen.leftOut} worlds left out, seed ${seed}`,
    )
    expect(seen.leftOut).toBeLessThan(Math.max(2, runs * 0.1))
    expect(seen.pairs).toBeGreaterThan(runs * each * 0.8)
    expect(seen.lines).toBeGreaterThan(seen.pairs * 2)
    expect(seen.hiding / seen.pairs).toBeGreaterThan(0.3)
  }, 1_200_000)
})

/** A search of one type without what shapes its answer. */
const isFilter = (path: string): boolean =>
  /^[A-Z][A-Za-z]+\?/.test(path) &&
  !/[?&]_(?:sort|count|include|revinclude|summary|elements|total|cursor|format|type)\b/.test(path)
