import type { Bundle } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome } from '../outcome.ts'
import { patient, unnamed } from '../records.ts'
import { openWorld, type Reply, type World } from '../world.ts'
import { answers, bundle, countOf, entry, identified, statuses, statusOf, store } from './sending.ts'

const person = (value: string) => unnamed(patient('', { identifier: [{ system: 'urn:w', value }] }))

const jsonPatch = (operations: unknown) => ({
  resourceType: 'Binary',
  contentType: 'application/json-patch+json',
  data: btoa(JSON.stringify(operations)),
})

const amend = jsonPatch([{ op: 'replace', path: '/status', value: 'amended' }])

const fhirPathPatch = {
  resourceType: 'Parameters',
  parameter: [
    {
      name: 'operation',
      part: [
        { name: 'type', valueCode: 'replace' },
        { name: 'path', valueString: 'Observation.status' },
        { name: 'value', valueCode: 'corrected' },
      ],
    },
  ],
}

describe.each(kinds)('transactions and batches (FHIR R4 http 3.1.0.11) on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [
      patient('ann'),
      patient('twin', { identifier: [{ system: 'urn:w', value: 'twins' }] }),
      patient('twin2', { identifier: [{ system: 'urn:w', value: 'twins' }] }),
    ])
  })
  afterAll(() => world.close())

  const value = (): string => crypto.randomUUID()
  const send = (
    type: 'batch' | 'transaction',
    ...entries: readonly ReturnType<typeof entry>[]
  ): Promise<Reply> => world.post('clinic', '', bundle(type, entries))
  const transaction = (...entries: readonly ReturnType<typeof entry>[]) => send('transaction', ...entries)
  const methods = async () => {
    const [old, patched, gone, put, own] = [
      await store(world, value()),
      await store(world, value()),
      await store(world, value()),
      value(),
      value(),
    ]
    return {
      own,
      put,
      entries: [
        ['200', entry('GET', `Observation/${old.id}`)],
        ['200', entry('PATCH', patched.path, amend)],
        ['200', entry('PUT', old.path, { ...old.stored, status: 'amended' })],
        ['201', entry('PUT', `Observation?identifier=urn:w|${put}`, identified(put))],
        ['201', entry('POST', 'Observation', identified(own))],
        ['204', entry('DELETE', gone.path)],
        ['200', entry('GET', `Observation?identifier=urn:w|${own}`)],
        ['200', entry('HEAD', old.path)],
      ] as const,
      check: async () => {
        expect(await statusOf(world, old.path)).toBe('amended')
        expect(await statusOf(world, patched.path)).toBe('amended')
        expect(await statusOf(world, gone.path)).toBe('410')
        expect([await countOf(world, put), await countOf(world, own)]).toEqual([1, 1])
      },
    }
  }

  test.each([
    ['as they stand', [0, 1, 2, 3, 4, 5, 6, 7]],
    ['backward', [7, 6, 5, 4, 3, 2, 1, 0]],
    ['reads first', [6, 0, 7, 4, 3, 5, 2, 1]],
    ['mixed', [5, 6, 1, 0, 3, 7, 4, 2]],
  ] as const)(
    'every method in one transaction, %s: each is answered in its place, reads see the writes',
    async (_name, order) => {
      const { entries, check } = await methods()
      const ordered = order.flatMap((place) => (entries[place] === undefined ? [] : [entries[place]]))
      const reply = await transaction(...ordered.map(([, one]) => one))
      expect(statuses(reply)).toEqual(ordered.map(([status]) => status))
      const answered = answers(reply)
      expect(answered[order.indexOf(0)]?.resource).toMatchObject({ status: 'amended' })
      expect(answered[order.indexOf(6)]?.resource).toMatchObject({ type: 'searchset', total: 1 })
      expect(answered[order.indexOf(7)]?.resource).toBeUndefined()
      await check()
    },
  )

  test('every method in one batch, and searches', async () => {
    const { entries, own } = await methods()
    const reply = await send(
      'batch',
      ...entries.map(([, one]) => one),
      entry('GET', `Observation?identifier=urn:w|${own}&_summary=count`),
      entry('GET', 'metadata'),
      entry('GET', 'Patient/ann/Observation?_count=1'),
      entry('GET', '?_type=Patient&_id=ann'),
    )
    expect(statuses(reply)).toEqual([...entries.map(([status]) => status), '200', '404', '200', '200'])
    expect(answers(reply)[8]?.resource).toMatchObject({ total: 1 })
  })

  const rows = async (): Promise<number | undefined> =>
    (await world.get('clinic', '?_type=Observation,Patient&_summary=count')).as<Bundle>().total

  test.each([
    ['a read of nothing', entry('GET', 'Observation/nobody'), 404],
    ['a search for what is not served', entry('GET', 'Observation?nonsense=1'), 400],
    [
      'an update of a version that is past',
      entry('PUT', 'Patient/ann', patient('ann', { gender: 'male' }), { ifMatch: 'W/"past"' }),
      412,
    ],
    ['a patch of nothing', entry('PATCH', 'Observation/nobody', amend), 404],
    [
      'a patch that does not fit',
      entry('PATCH', 'Patient/ann', jsonPatch([{ op: 'test', path: '/gender', value: 'male' }])),
      422,
    ],
    ['a condition that many match', entry('PUT', 'Patient?identifier=urn:w|twins', person('twins')), 412],
    [
      'a create that many match',
      entry('POST', 'Patient', person('twins'), { ifNoneExist: 'identifier=urn:w|twins' }),
      412,
    ],
    [
      'a reference that finds nobody',
      entry(
        'POST',
        'Observation',
        identified('x', { subject: { reference: 'Patient?identifier=urn:w|nobody' } }),
      ),
      412,
    ],
    [
      'a reference that finds two',
      entry(
        'POST',
        'Observation',
        identified('x', { subject: { reference: 'Patient?identifier=urn:w|twins' } }),
      ),
      412,
    ],
    [
      'an update under an id of its own',
      entry('PUT', 'Observation/chosen', { ...identified('x'), id: 'chosen' }),
      405,
    ],
    ['a method that is none', entry('TRACE', 'Observation/x'), 400],
    ['a write to the trail', entry('POST', 'AuditEvent', { resourceType: 'AuditEvent' }), 405],
  ])('a transaction with %s is refused as a whole', async (_name, wrong, status) => {
    const before = await rows()
    const [own, there] = [value(), await store(world, value())]
    expectOutcome(
      await transaction(entry('POST', 'Observation', identified(own)), entry('DELETE', there.path), wrong),
      status,
    )
    expect(await countOf(world, own)).toBe(0)
    expect(await statusOf(world, there.path)).toBe('final')
    expect(await rows()).toBe((before ?? 0) + 1)
  })

  test('one resource named twice is refused, by id or by condition', async () => {
    const own = value()
    const { path, stored } = await store(world, own)
    const put = { ...stored, status: 'amended' }
    for (const other of [
      entry('DELETE', path),
      entry('PATCH', path, amend),
      entry('PUT', `Observation?identifier=urn:w|${own}`, put),
      entry('DELETE', `Observation?identifier=urn:w|${own}`),
    ])
      expectOutcome(await transaction(entry('PUT', path, put), other), 400)
    expect(await statusOf(world, path)).toBe('final')
  })

  test('PATCH entries: JSON Patch as a Binary, FHIRPath Patch as Parameters, by id and by condition', async () => {
    const own = value()
    const [one, other] = [await store(world, value()), await store(world, own)]
    const reply = await transaction(
      entry('PATCH', one.path, amend),
      entry('PATCH', `Observation?identifier=urn:w|${own}`, fhirPathPatch),
    )
    expect(statuses(reply)).toEqual(['200', '200'])
    expect([await statusOf(world, one.path), await statusOf(world, other.path)]).toEqual([
      'amended',
      'corrected',
    ])
  })

  test('If-Match and If-None-Match of an entry', async () => {
    const { path, tag, stored } = await store(world, value())
    const reply = await transaction(
      entry('PUT', path, { ...stored, status: 'amended' }, { ifMatch: tag }),
      entry('GET', path, undefined, { ifNoneMatch: tag }),
    )
    expect(statuses(reply)).toEqual(['200', '200'])
    const now = answers(reply)[0]?.response?.etag ?? ''
    expect(statuses(await send('batch', entry('GET', path, undefined, { ifNoneMatch: now })))).toEqual([
      '304',
    ])
  })

  test('a conditional delete in a transaction takes all that match', async () => {
    const own = value()
    const both = [await store(world, own), await store(world, own)]
    expect(statuses(await transaction(entry('DELETE', `Observation?identifier=urn:w|${own}`)))).toEqual([
      '204',
    ])
    for (const { path } of both) expect(await statusOf(world, path)).toBe('410')
  })

  test('addresses of entries may be absolute', async () => {
    const reply = await send(
      'batch',
      entry('GET', 'https://gateway.example/fhir/Patient/ann'),
      entry('GET', '/Patient/ann'),
    )
    expect(statuses(reply)).toEqual(['200', '200'])
  })
})
