import type { Bundle, Observation, Practitioner } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from './databases.ts'
import { expectOutcome, expectStatus, linkOf } from './outcome.ts'
import { changesOf, historyOf, versionsOf, walk } from './past.ts'
import { condition, observation, patient, practitioner } from './records.ts'
import { base, openWorld, type World } from './world.ts'

const at = (minute: number): string => `2026-06-15T12:${String(minute).padStart(2, '0')}:00.000Z`

describe.each(kinds)('history of an instance, a type and the system on %s', (kind) => {
  let world: World

  /** Minute by minute: two are made, one of them changes twice, the other is deleted and comes back. */
  beforeAll(async () => {
    world = await openWorld(kind)
    world.setClock(at(0))
    await world.load('clinic', [patient('ann')])
    const put = async (minute: number, id: string, status: Observation['status'], expected: number) => {
      world.setClock(at(minute))
      expectStatus(
        await world.put('clinic', `Observation/${id}`, observation(id, 'ann', { status })),
        expected,
      )
    }
    world.setClock(at(1))
    await world.load('clinic', [observation('one', 'ann')])
    world.setClock(at(2))
    await world.load('clinic', [observation('two', 'ann')])
    await put(3, 'one', 'amended', 200)
    world.setClock(at(4))
    expectStatus(await world.del('clinic', 'Observation/two'), 204)
    world.setClock(at(5))
    await world.load('clinic', [condition('cold', 'ann')])
    await put(6, 'one', 'corrected', 200)
    await put(7, 'two', 'amended', 201)
    world.setClock(at(30))
  })
  afterAll(() => world.close())

  const get = async (query: string, who = 'clinic') => historyOf(await world.get(who, query))

  const observed = [
    'Observation/two PUT 201',
    'Observation/one PUT 200',
    'Observation/two DELETE 204',
    'Observation/one PUT 200',
    'Observation/two POST 201',
    'Observation/one POST 201',
  ]

  test('a type: every version of every resource, newest first, with how it came', async () => {
    const bundle = await get('Observation/_history')
    expect(changesOf(bundle)).toEqual(observed)
    expect(bundle.total).toBe(6)
    expect(bundle.entry?.map(({ response }) => response?.lastModified)).toEqual([7, 6, 4, 3, 2, 1].map(at))
    expect(bundle.entry?.map(({ request }) => request?.url)).toEqual([
      ...['two', 'one', 'two', 'one'].map((id) => `Observation/${id}`),
      'Observation',
      'Observation',
    ])
  })

  test('every entry has its version, and a deletion has nothing else', async () => {
    for (const { fullUrl, resource, request, response } of (await get('Observation/_history')).entry ?? []) {
      if (request?.method === 'DELETE') {
        expect(resource).toBeUndefined()
        continue
      }
      expect(fullUrl).toBe(`${base}/Observation/${resource?.id}`)
      expect(response?.etag).toBe(`W/"${resource?.meta?.versionId}"`)
      expect(response?.lastModified).toBe(resource?.meta?.lastUpdated)
      const version = `Observation/${resource?.id}/_history/${resource?.meta?.versionId}`
      expect((await world.get('clinic', version)).as()).toEqual(resource)
    }
  })

  test('the system: all types together', async () => {
    const bundle = await get(`_history?_since=${at(1)}`)
    expect(changesOf(bundle)).toEqual([
      ...observed.slice(0, 2),
      'Condition/cold POST 201',
      ...observed.slice(2),
    ])
    expect(bundle.total).toBe(7)
    const all = changesOf(await get('_history?_count=100'))
    expect(all.slice(0, 7)).toEqual(changesOf(bundle))
    expect(all).toContain('Patient/ann POST 201')
    expect(all).toContain('Organization/hospital POST 201')
  })

  test('an instance: its own, the same as the type says of it', async () => {
    for (const id of ['one', 'two']) {
      const own = await get(`Observation/${id}/_history`)
      const all = await get('Observation/_history')
      expect(own.entry).toEqual(all.entry?.filter(({ fullUrl }) => fullUrl?.endsWith(id)))
      expect(own.total).toBe(own.entry?.length)
    }
  })

  test('is a valid Bundle of R4', async () => {
    for (const query of [
      '_history',
      'Observation/_history?_count=2',
      'Observation/one/_history',
      'Location/_history',
    ])
      expect(
        world.services.validate(await get(query)).filter(({ severity }) => severity !== 'warning'),
      ).toEqual([])
  })

  test.each([
    [`_since=${at(4)}`, [0, 1, 2]],
    ['_since=2026-06-15T14:04:00%2B02:00', [0, 1, 2]],
    ['_since=2026-06-15T12:04:00.001Z', [0, 1]],
    ['_since=2026-06-15', [0, 1, 2, 3, 4, 5]],
    ['_since=2027-01-01T00:00:00Z', []],
  ])('_since is the first moment that counts: %s', async (query, places) => {
    const bundle = await get(`Observation/_history?${query}`)
    expect(changesOf(bundle)).toEqual(places.map((place) => observed[place]))
    expect(bundle.total).toBe(places.length)
  })

  test.each([
    // The second half of minute 2: both as they were made.
    ['_at=2026-06-15T12:02:30Z', [4, 5]],
    // Minute 3, in which one of them changed: what was current before and after.
    ['_at=2026-06-15T12:03Z', [3, 4]],
    ['_at=2026-06-15T12:02Z', [4, 5]],
    // A deletion is how it was, until it came back.
    ['_at=2026-06-15T12:05:30Z', [2, 3]],
    ['_at=2026-06-15', [0, 1, 2, 3, 4, 5]],
    ['_at=2026-06-14', []],
    ['_at=2026-07', [0, 1]],
    ['_at=ge2026-06-15T12:04:30Z', [0, 1, 2, 3]],
    ['_at=gt2026-06-15', [0, 1]],
    ['_at=lt2026-06-15T12:02:00Z', [5]],
    ['_at=le2026-06-15T12:02:00Z', [4, 5]],
    [`_at=2026-06-15&_since=${at(6)}`, [0, 1]],
  ])('_at finds what was current at some moment of it: %s', async (query, places) => {
    const bundle = await get(`Observation/_history?${query}`)
    expect(changesOf(bundle)).toEqual(places.map((place) => observed[place]))
    expect(bundle.total).toBe(places.length)
  })

  test('an instance that is there, with nothing in the time asked for, is an empty Bundle', async () => {
    const bundle = await get('Observation/one/_history?_since=2027-01-01T00:00:00Z')
    expect(bundle.total).toBe(0)
    expect(bundle.entry).toBeUndefined()
    expectOutcome(await world.get('clinic', 'Observation/nobody/_history?_since=2027-01-01T00:00:00Z'), 404)
  })

  test('what came before a version counts, though it is on no page', async () => {
    const bundle = await get(`Observation/_history?_since=${at(6)}&_count=1`)
    expect(changesOf(bundle)).toEqual(['Observation/two PUT 201'])
  })

  test.each(['_history', 'Observation/_history', 'Observation/one/_history'])(
    'pages of %s: all of them together are the whole, each with the total',
    async (path) => {
      const whole = await get(`${path}?_count=100`)
      for (const count of [1, 2, 3, 8]) {
        const pages = await walk(world, 'clinic', `${path}?_count=${count}`)
        expect(pages.flatMap(({ entry }) => entry ?? [])).toEqual(whole.entry)
        expect(pages.map(({ total }) => total)).toEqual(pages.map(() => whole.total))
        expect(pages.length).toBe(Math.ceil((whole.total ?? 0) / count))
      }
    },
  )

  test('_count=0 tells the total alone', async () => {
    const bundle = await get('Observation/_history?_count=0')
    expect(bundle.total).toBe(6)
    expect(bundle.entry).toBeUndefined()
    expect(linkOf(bundle, 'next')).toBeUndefined()
  })

  test('self says how it was understood, and leads back to the same page', async () => {
    const bundle = await get('Observation/_history?_count=4&_format=json&_sort=-_lastUpdated')
    expect(linkOf(bundle, 'self')).toBe('/fhir/Observation/_history?_count=4&_sort=-_lastUpdated')
    const second = await get(linkOf(bundle, 'next') ?? '')
    expect((await get(linkOf(second, 'self') ?? '')).entry).toEqual(second.entry)
  })

  test.each([
    '_since=yesterday',
    '_since=2026-02-30T00:00:00Z',
    '_at=2026-13',
    '_at=ne2026-06-15',
    '_count=-1',
    '_count=many',
    '_sort=_lastUpdated',
    '_sort=-_id',
    '_list=List/x',
    'status=final',
    '_since=2026-06-15&_since=2026-06-16',
    '_cursor=bm9uc2Vuc2U',
    '_cursor=%00',
  ])('refused by name: %s', async (query) => {
    for (const path of ['_history', 'Observation/_history', 'Observation/one/_history']) {
      const refused = await world.get('clinic', `${path}?${query}`)
      expect(expectOutcome(refused, 400)).toContain(query.split('=')[0])
    }
  })

  test('lenient handling leaves out what is unknown, and the self link says so', async () => {
    const headers = { prefer: 'respond-async, handling=lenient' }
    const bundle = historyOf(await world.get('clinic', 'Observation/_history?status=final&_count=1', headers))
    expect(bundle.total).toBe(6)
    expect(linkOf(bundle, 'self')).toBe('/fhir/Observation/_history?_count=1')
  })

  test('a cursor opens for its caller, its address and its parameters alone', async () => {
    const cursorOf = (bundle: Bundle) =>
      new URL(linkOf(bundle, 'next') ?? '', base).searchParams.get('_cursor') ?? ''
    const cursor = cursorOf(await get('Observation/_history?_count=2'))
    expect((await get(`Observation/_history?_count=2&_cursor=${cursor}`)).entry).toHaveLength(2)
    expect((await get(`Observation/_history?_cursor=${cursor}&_count=2`)).entry).toHaveLength(2)
    for (const other of [
      `Observation/_history?_count=3&_cursor=${cursor}`,
      `Observation/_history?_cursor=${cursor}`,
      `Observation/_history?_count=2&_since=2026-06-15&_cursor=${cursor}`,
      `_history?_count=2&_cursor=${cursor}`,
      `Condition/_history?_count=2&_cursor=${cursor}`,
      `Observation/one/_history?_count=2&_cursor=${cursor}`,
      `Observation/_history?_count=2&_cursor=${cursor}A`,
    ])
      expect(expectOutcome(await world.get('clinic', other), 400)).toContain('_cursor')
    for (const who of ['clinic-policy', await world.token('clinic', { patient: 'ann' })])
      expectOutcome(await world.get(who, `Observation/_history?_count=2&_cursor=${cursor}`), 400)
  })

  test('the token must allow the type; of the system it gets the types that it may read', async () => {
    const only = await world.token('clinic', { scope: 'system/Observation.rs system/Patient.r' })
    expect(
      new Set(changesOf(historyOf(await world.get(only, '_history'))).map((one) => one.split('/')[0])),
    ).toEqual(new Set(['Observation', 'Patient']))
    expect(historyOf(await world.get(only, '_history')).total).toBe(7)
    expectOutcome(await world.get(only, 'Condition/_history'), 403)
    const writes = await world.token('clinic', { scope: 'system/*.cud' })
    for (const path of ['_history', 'Observation/_history', 'Observation/one/_history'])
      expectOutcome(await world.get(writes, path), 403)
    expectOutcome(await world.get(undefined, '_history'), 401)
  })

  test('the trail has no history, whatever the id; what is no type is no address', async () => {
    for (const path of ['AuditEvent/_history', 'AuditEvent/x/_history', 'Nothing/_history'])
      expectOutcome(await world.get('clinic-policy', path), 404)
    expect(versionsOf(await get('_history', 'clinic-policy')).some((one) => one.startsWith('Audit'))).toBe(
      false,
    )
  })

  test('an entry of a batch asks the same', async () => {
    const urls = [
      `_history?_since=${at(1)}&_count=2`,
      'Observation/_history',
      `${base}/Observation/one/_history?_since=${at(3)}`,
    ]
    const answered = expectStatus(
      await world.post('clinic', '', {
        resourceType: 'Bundle',
        type: 'batch',
        entry: [...urls, 'Observation/_history?_sort=_id', 'Observation/one/_past'].map((url) => ({
          request: { method: 'GET', url },
        })),
      }),
      200,
    ).as<Bundle>()
    const bundles = answered.entry?.map(({ resource }) => resource as Bundle | undefined) ?? []
    expect(bundles[0]?.total).toBe(7)
    expect(bundles[0]?.entry).toHaveLength(2)
    expect(bundles[1]).toEqual(await get('Observation/_history'))
    expect(bundles[2]?.total).toBe(2)
    expect(answered.entry?.map(({ response }) => response?.status)).toEqual([
      '200',
      '200',
      '200',
      '400',
      '404',
    ])
  })

  test('versions of the same moment stand newest first, and pages part them nowhere', async () => {
    world.setClock(at(40))
    await world.load('clinic', [practitioner('doc')])
    const doc = (gender?: Practitioner['gender']): Practitioner => ({
      ...practitioner('doc'),
      ...(gender === undefined ? {} : { gender }),
    })
    const genders = ['male', 'female', 'other', 'unknown'] as const
    for (const gender of genders)
      expectStatus(await world.put('clinic', 'Practitioner/doc', doc(gender)), 200)
    const pages = await walk(world, 'clinic', 'Practitioner/_history?_count=1')
    const found = pages.flatMap(({ entry }) => (entry ?? []).map(({ resource }) => resource as Practitioner))
    expect(found.map(({ gender }) => gender)).toEqual([...genders.toReversed(), undefined])
  })
})
