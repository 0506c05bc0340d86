import type { Bundle, CarePlan, FhirResource } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Kind, longKinds } from './databases.ts'
import { expectOutcome, expectStatus, headersOf, linkOf } from './outcome.ts'
import { changesOf, historyOf, versionsOf, walk } from './past.ts'
import { condition, icd10, labelled, observation, patient } from './records.ts'
import { openWorld, type Reply, type World } from './world.ts'

/** A plan that is ordinary but for one problem that it addresses, which makes a cut of its own. */
const plan = (id: string, title: string, problem?: string): CarePlan => ({
  resourceType: 'CarePlan',
  id,
  status: 'active',
  intent: 'plan',
  title,
  subject: { reference: 'Patient/ann' },
  addresses: [
    { reference: 'Condition/cold', display: 'a cold' },
    ...(problem === undefined ? [] : [{ reference: 'Condition/alcohol', display: problem }]),
  ],
})

const at = (minute: number): string => `2026-06-15T12:${String(minute).padStart(2, '0')}:00.000Z`

/** One thing that happens: hidden things happen in one of two worlds only. */
interface Event {
  readonly minute: number
  readonly happens: (world: World, withHidden: boolean) => Promise<unknown>
  readonly isHidden?: boolean
}

const load = (...resources: readonly FhirResource[]) => ({
  happens: (world: World) => world.load('clinic', resources),
})

const put = (resource: FhirResource, status = 200) => ({
  happens: async (world: World) =>
    expectStatus(await world.put('clinic', `${resource.resourceType}/${resource.id}`, resource), status),
})

const remove = (path: string) => ({
  happens: async (world: World) => expectStatus(await world.del('clinic', path), 204),
})

/** The same plan in both worlds, with its problem where there is one. */
const masked = (title: string, status: number) => ({
  happens: async (world: World, withHidden: boolean) => {
    const stored = plan('masked', title, withHidden ? 'alcohol' : undefined)
    if (status === 201) await world.load('clinic', [stored])
    else expectStatus(await world.put('clinic', 'CarePlan/masked', stored), status)
  },
})

const isHidden = true
const secret = labelled(['HIV'])

/** What the hospital sees happen, and in between what it does not; each may share its minute with the other. */
const events: readonly Event[] = [
  { minute: 1, ...load(patient('ann'), condition('cold', 'ann'), observation('shown', 'ann')) },
  { minute: 1, ...load(patient('hid'), condition('alcohol', 'ann', { code: icd10('F10.20') }), observation('secret', 'ann', secret)), isHidden },
  { minute: 2, ...load(plan('bare', 'one'), observation('goes', 'ann')) },
  { minute: 2, ...load(observation('goes-too', 'ann', secret), observation('other', 'hid')), isHidden },
  { minute: 2, ...masked('one', 201) },
  { minute: 3, ...put(observation('shown', 'ann', { status: 'amended' })) },
  { minute: 3, ...put(observation('secret', 'ann', { ...secret, status: 'amended' })), isHidden },
  { minute: 4, ...remove('Observation/goes-too'), isHidden },
  { minute: 4, ...put(plan('masked', 'one', 'alcohol dependence')), isHidden },
  { minute: 5, ...remove('Observation/goes') },
  { minute: 5, ...masked('two', 200) },
  { minute: 5, ...put(observation('goes-too', 'ann', { ...secret, status: 'amended' }), 201), isHidden },
  { minute: 6, ...put(plan('masked', 'two', 'alcohol dependence')), isHidden },
  { minute: 6, ...put(observation('other', 'hid', { status: 'amended' })), isHidden },
  { minute: 7, ...put(observation('goes', 'ann', { status: 'amended' }), 201) },
  { minute: 7, ...put(plan('bare', 'two')) },
] // prettier-ignore

/** The same town; the hidden events happen or not. */
const worldOf = async (kind: Kind, withHidden: boolean): Promise<World> => {
  const world = await openWorld(kind)
  for (const { minute, happens, isHidden: only } of events) {
    if (only === true && !withHidden) continue
    world.setClock(at(minute))
    await happens(world, withHidden)
    if (minute === 1) await world.know('hospital', 'Patient/ann')
  }
  world.setClock(at(30))
  return world
}

describe.each(longKinds)('the past of what is hidden, on %s', (kind) => {
  let full: World
  let bare: World

  beforeAll(async () => {
    ;[full, bare] = await Promise.all([worldOf(kind, true), worldOf(kind, false)])
  })
  afterAll(() => Promise.all([full.close(), bare.close()]))

  /** Status, headers and bytes, the version ids by the order in which they come, and the bytes of cursors left out. */
  const plain = (replies: readonly Reply[]) => {
    const seen = new Map<string, string>()
    const nameOf = (version: string): string => {
      const name = seen.get(version) ?? `<version ${seen.size}>`
      seen.set(version, name)
      return name
    }
    return replies.map((reply) => ({
      status: reply.status,
      headers: headersOf(reply).map((line) => line.replaceAll(/v-\d{6}/g, nameOf)),
      text: reply.text.replaceAll(/v-\d{6}/g, nameOf).replaceAll(/_cursor=[\w-]+/g, '_cursor=<cursor>'),
    }))
  }

  test.each([
    '_history',
    '_history?_count=100',
    `_history?_since=${at(3)}`,
    '_history?_at=2026-06-15T12:04Z&_count=100',
    '_history?_count=0',
    'Observation/_history',
    'Observation/_history?_at=2026-06-15T12:05:30Z',
    'Observation/_history?_since=2026-06-15T12:04:30Z',
    'Observation/_history?_count=0',
    'CarePlan/_history',
    'CarePlan/_history?_at=2026-06-15T12:04:30Z',
    'CarePlan/_history?_at=2026-06-15T12:06:30Z',
    'CarePlan/masked/_history?_since=2026-06-15T12:04:30Z',
    'Patient/_history',
    'Condition/_history',
    'Observation/shown/_history',
    'Observation/goes/_history?_since=2026-06-15T12:05:30Z',
    'Observation/secret/_history',
    'Observation/goes-too/_history',
    'Patient/hid/_history',
  ])('%s is the same with and without it', async (path) => {
    const ask = async (world: World) => plain([await world.get('hospital', path)])
    expect(await ask(full)).toEqual(await ask(bare))
  })

  test.each(['_history', 'Observation/_history'])('every page of %s is the same, and full', async (path) => {
    for (const count of [1, 2, 3]) {
      const pages = async (world: World) =>
        (await walk(world, 'hospital', `${path}?_count=${count}`)).map((bundle) => ({
          changes: changesOf(bundle),
          dates: bundle.entry?.map(({ response }) => response?.lastModified),
          total: bundle.total,
        }))
      const read = await pages(full)
      expect(read).toEqual(await pages(bare))
      for (const { changes } of read.slice(0, -1)) expect(changes).toHaveLength(count)
    }
  })

  test('who may see it all is told of it all', async () => {
    const own = versionsOf(historyOf(await full.get('clinic', 'Observation/_history?_count=100')))
    const others = versionsOf(historyOf(await full.get('hospital', 'Observation/_history?_count=100')))
    expect(own.length).toBe(others.length + 7)
    expect(own.filter((one) => others.includes(one))).toEqual(others)
  })

  test('a deletion is told to who saw what was deleted, and to nobody else', async () => {
    const deleted = async (who: string) =>
      changesOf(historyOf(await full.get(who, 'Observation/_history?_count=100'))).filter((one) =>
        one.includes('DELETE'),
      )
    expect(await deleted('hospital')).toEqual(['Observation/goes DELETE 204'])
    expect(await deleted('clinic')).toEqual([
      'Observation/goes DELETE 204',
      'Observation/goes-too DELETE 204',
    ])
    expect(await deleted('school')).toEqual([])
  })

  test('a version that changed only what is masked is none for who may not see that', async () => {
    await full.load('clinic', [plan('plan', 'one', 'alcohol')])
    for (const [minute, title, problem] of [
      [31, 'one', 'alcohol dependence'],
      [32, 'one', 'dependence'],
      [33, 'two', 'dependence'],
      [34, 'two', 'severe dependence'],
    ] as const) {
      full.setClock(at(minute))
      expectStatus(await full.put('clinic', 'CarePlan/plan', plan('plan', title, problem)), 200)
    }
    for (const path of ['CarePlan/plan/_history', 'CarePlan/_history?_since=2026-06-15T12:30:00Z']) {
      const own = historyOf(await full.get('clinic', path))
      expect([own.total, own.entry?.length]).toEqual([5, 5])
      const reply = await full.get('hospital', path)
      const theirs = historyOf(reply)
      expect([theirs.total, theirs.entry?.length]).toEqual([2, 2])
      expect(theirs.entry?.map(({ response }) => response?.lastModified)).toEqual([33, 30].map(at))
      expect(changesOf(theirs)).toEqual(['CarePlan/plan PUT 200', 'CarePlan/plan POST 201'])
      expect(reply.text).not.toMatch(/alcohol|dependence/)
      expect(versionsOf(theirs).filter((one) => versionsOf(own).includes(one))).toEqual([])
    }
    const after = await full.get('hospital', 'CarePlan/_history?_since=2026-06-15T12:33:30Z')
    expect(historyOf(after).total).toBe(0)
  })

  test('a part that comes to be masked parts the versions: each is there once for everybody', async () => {
    full.setClock(at(40))
    await full.load('clinic', [plan('parts', 'one')])
    full.setClock(at(41))
    expectStatus(await full.put('clinic', 'CarePlan/parts', plan('parts', 'one', 'alcohol')), 200)
    full.setClock(at(42))
    expectStatus(await full.put('clinic', 'CarePlan/parts', plan('parts', 'one')), 200)
    const read = async (who: string) => {
      const pages = await walk(full, who, 'CarePlan/parts/_history?_count=1')
      const versions = pages.flatMap(versionsOf)
      expect(new Set(versions).size).toBe(versions.length)
      expect(new Set(pages.map(({ total }) => total))).toEqual(new Set([versions.length]))
      return versions
    }
    expect(await read('clinic')).toHaveLength(2)
    expect(await read('hospital')).toHaveLength(1)
  })

  test('what is hidden between two pages is gone from the second', async () => {
    full.setClock(at(45))
    await full.load('clinic', [observation('between', 'ann')])
    for (const status of ['amended', 'corrected'] as const) {
      const next = observation('between', 'ann', { status })
      expectStatus(await full.put('clinic', 'Observation/between', next), 200)
    }
    const ask = async (path: string) => linkOf(historyOf(await full.get('hospital', path)), 'next') ?? ''
    const [own, all] = [
      await ask('Observation/between/_history?_count=1'),
      await ask('Observation/_history?_count=1'),
    ]
    const raised = observation('between', 'ann', { ...secret, status: 'corrected' })
    expectStatus(await full.put('clinic', 'Observation/between', raised), 200)
    expectOutcome(await full.get('hospital', own), 404)
    expect(changesOf(historyOf(await full.get('hospital', all)))).toEqual(['Observation/goes PUT 201'])
  })

  test('a label that is raised takes every version out of every history', async () => {
    full.setClock(at(50))
    await full.load('clinic', [observation('raised', 'ann')])
    const path = 'Observation/_history?_since=2026-06-15T12:50:00Z'
    expect(historyOf(await full.get('hospital', path)).total).toBe(1)
    const raised = observation('raised', 'ann', { ...secret, status: 'amended' })
    expectStatus(await full.put('clinic', 'Observation/raised', raised), 200)
    expect(historyOf(await full.get('hospital', path)).total).toBe(0)
    expectOutcome(await full.get('hospital', 'Observation/raised/_history'), 404)
    expect((await full.get('clinic', path)).as<Bundle>().total).toBe(2)
  })
})
