import type { Bundle } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { base, type World } from '../world.ts'
import { longKinds } from '../databases.ts'
import { byLabels, byRules, type Held } from './household.ts'
import { conditionalWrites, leaks, paged } from './leaks.ts'
import { type Asker, differences, get, type Mirror, openMirror, type Prepare } from './mirror.ts'
import { searchQuestions } from './questions.ts'

const prepare: Prepare = async (world, visible) => {
  for (const [organization, patient] of [
    ['hospital', 'Patient/ann'],
    ['psychiatry', 'Patient/bea'],
    ['hospital', 'Patient/cyd'],
  ] as const)
    if (visible(patient)) await world.know(organization, patient)
}

/** Who asks, of which household: from outside, by label and by rule; a partner of another patient; a patient. */
const askers: readonly (readonly [string, readonly Held[], Asker])[] = [
  ['the hospital, what labels hide', byLabels, async () => 'hospital'],
  ['the hospital, what rules hide', byRules, async () => 'hospital'],
  ['the psychiatry of somebody else', byLabels, async () => 'psychiatry'],
  [
    'another patient',
    byLabels,
    async (world: World) => world.token('clinic', { patient: 'bea', purpose: 'PATRQT' }),
  ],
]

/** Of very many questions some of each sort, the same in every run; SLUICE_LEAKS=all asks them all. */
const asked = process.env['SLUICE_LEAKS'] === 'all' ? Infinity : 24

const some = <T>(items: readonly T[]): T[] => {
  const step = Math.max(1, Math.ceil(items.length / asked))
  return items.filter((_, place) => place % step === 0)
}

const cases = longKinds.flatMap((kind) => askers.map(([name, held, asker]) => ({ kind, name, held, asker })))

/** Follows `next` to the end: every page of both worlds, in step. */
const walk = async (mirror: Mirror, asker: Asker, first: string): Promise<[string[], string[]]> => {
  const pages = async (world: World): Promise<string[]> => {
    const seen: string[] = []
    for (let path: string | undefined = first; path !== undefined && seen.length < 100;) {
      const reply = await world.get(await asker(world), path)
      const bundle = reply.as<Bundle>()
      const entries = (bundle.entry ?? []).map(({ fullUrl }) => fullUrl?.replaceAll(/made-\d+/g, 'made'))
      seen.push(JSON.stringify([reply.status, bundle.total, entries]))
      path = bundle.link?.find(({ relation }) => relation === 'next')?.url.slice(base.length + 1)
    }
    return seen
  }
  return [await pages(mirror.whole), await pages(mirror.seen)]
}

describe.each(cases)('$kind answers $name as if it had never been there', ({ kind, held, asker }) => {
  const questions = searchQuestions(held.flatMap(({ resources }) => resources))
  let mirror: Mirror
  beforeAll(async () => {
    mirror = await openMirror(kind, held, asker, prepare)
  })
  afterAll(() => mirror.close())

  test('some is hidden, and some is not', () => {
    expect(mirror.visible.length).toBeGreaterThan(3)
    expect(mirror.visible.length).toBeLessThan(held.flatMap(({ resources }) => resources).length - 5)
  })

  test.each(leaks)('$name', { timeout: 600_000 }, async ({ asks }) => {
    const own = some(questions.filter(asks))
    expect(own.length).toBeGreaterThan(10)
    expect(await differences(mirror, asker, own)).toEqual([])
  })

  test.each(paged)('page after page: %s', async (path) => {
    const [whole, seen] = await walk(mirror, asker, path)
    expect(whole.length).toBeGreaterThan(0)
    expect(whole).toEqual(seen)
  })

  test('_lastUpdated and _since', async () => {
    const moments = ['2026-06-15', 'ge2026-06-15', 'lt2026-06-15'].flatMap((at) => [
      get(`Observation?_lastUpdated=${at}`),
      get(`Encounter?_lastUpdated=${at}&_summary=count`),
    ])
    const since = get('Observation/_history?_since=2026-06-15T00:00:00Z')
    expect(await differences(mirror, asker, [...moments, since])).toEqual([])
  })

  test('conditional writes, batches and operations', async () => {
    expect(await differences(mirror, asker, conditionalWrites)).toEqual([])
  })
})
