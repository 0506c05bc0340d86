import type { Bundle, Observation } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome, expectStatus } from '../outcome.ts'
import { concept, observation, patient } from '../records.ts'
import { base, openWorld, type Reply, type World } from '../world.ts'
import { countOf, identified, statusOf, store } from './sending.ts'

const jsonPatch = { 'content-type': 'application/json-patch+json' }
const amend = [{ op: 'replace', path: '/status', value: 'amended' }]

describe.each(kinds)('conditional and versioned writes (FHIR R4 http 3.1.0.5 to 3.1.0.10) on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [patient('ann')])
    await world.client({
      id: 'prefixed',
      organization: 'Organization/clinic',
      scope: 'system/*.cruds',
      purposes: ['TREAT'],
      prefix: 'own-',
    })
  })
  afterAll(() => world.close())

  const value = (): string => crypto.randomUUID()
  const at = (own: string): string => `Observation?identifier=urn:w|${own}`
  const patch = (
    path: string,
    operations: unknown = amend,
    headers: Record<string, string> = {},
  ): Promise<Reply> =>
    world.send('clinic', 'PATCH', path, {
      headers: { ...jsonPatch, ...headers },
      body: JSON.stringify(operations),
    })
  const create = (own: string, condition: string): Promise<Reply> =>
    world.post('clinic', 'Observation', identified(own), { 'if-none-exist': condition })

  test.each(['identifier=urn:w|', '?identifier=urn:w|'])(
    'conditional create by `%s…`: none, one, many',
    async (start) => {
      const own = value()
      const condition = start + own
      const made = expectStatus(await create(own, condition.replace(/^\?/, '')), 201).as<Observation>()
      const again = expectStatus(await create(own, condition.replace(/^\?/, '')), 200)
      expect(again.as<Observation>().id).toBe(made.id)
      expect(again.headers.get('location')).toBe(
        `${base}/Observation/${made.id ?? ''}/_history/${made.meta?.versionId ?? ''}`,
      )
      await store(world, own)
      expectOutcome(await create(own, condition), 412)
      expect(await countOf(world, own)).toBe(2)
    },
  )

  test('conditional create by several parameters, a chain and a code', async () => {
    const own = value()
    await store(world, own, { code: concept('urn:c', own) })
    for (const condition of [
      `code=urn:c|${own}&status=final`,
      `code=${own}&patient.family=family-ann`,
      `code=${own}&date=2026-03-01`,
    ])
      expectStatus(await create(own, condition), 200)
    expectStatus(await create(own, `code=urn:c|${own}&status=amended`), 201)
  })

  test('what was deleted does not count for a condition', async () => {
    const own = value()
    const { path } = await store(world, own)
    expectStatus(await world.del('clinic', path), 204)
    expectStatus(await create(own, `identifier=urn:w|${own}`), 201)
  })

  test('conditional update without a match: creates, under a registered prefix with the id of the body', async () => {
    const [fresh, named, chosen] = [value(), value(), `own-${value().slice(0, 8)}`]
    const made = expectStatus(await world.put('clinic', at(fresh), identified(fresh)), 201)
    expect(made.headers.get('location')).toContain(
      `/Observation/${made.as<Observation>().id ?? '-'}/_history/`,
    )
    expectOutcome(await world.put('clinic', at(named), { ...identified(named), id: chosen }), 405)
    const own = expectStatus(
      await world.put('prefixed', at(named), { ...identified(named), id: chosen }),
      201,
    )
    expect(own.as<Observation>().id).toBe(chosen)
    expect([await countOf(world, fresh), await countOf(world, named)]).toEqual([1, 1])
  })

  test('conditional update with one match: updates it, with its id in the body or without', async () => {
    const own = value()
    const { id, path } = await store(world, own)
    expectStatus(await world.put('clinic', at(own), identified(own, { status: 'amended' })), 200)
    expect(await statusOf(world, path)).toBe('amended')
    expectStatus(await world.put('clinic', at(own), { ...identified(own, { status: 'corrected' }), id }), 200)
    expect(await statusOf(world, path)).toBe('corrected')
    expectOutcome(await world.put('clinic', at(own), { ...identified(own), id: 'another' }), 400)
    expect(await statusOf(world, path)).toBe('corrected')
  })

  test('conditional update with many matches is 412 and changes nothing', async () => {
    const own = value()
    const [one, other] = [await store(world, own), await store(world, own)]
    expectOutcome(await world.put('clinic', at(own), identified(own, { status: 'amended' })), 412)
    expect([await statusOf(world, one.path), await statusOf(world, other.path)]).toEqual(['final', 'final'])
  })

  test('conditional patch: none is 404, one is patched, many are 412', async () => {
    const own = value()
    expectOutcome(await patch(at(own)), 404)
    const { path } = await store(world, own)
    expect(expectStatus(await patch(at(own)), 200).as<Observation>().status).toBe('amended')
    expect(await statusOf(world, path)).toBe('amended')
    await store(world, own)
    expectOutcome(await patch(at(own)), 412)
  })

  test('conditional delete: none, one and many', async () => {
    const own = value()
    expectStatus(await world.del('clinic', at(own)), 204)
    const { path } = await store(world, own)
    expectStatus(await world.del('clinic', at(own)), 204)
    expect(await statusOf(world, path)).toBe('410')
    const both = [await store(world, own), await store(world, own)]
    expectStatus(await world.del('clinic', at(own)), 204)
    for (const one of both) expect(await statusOf(world, one.path)).toBe('410')
    expect(await countOf(world, own)).toBe(0)
  })

  test.each(['', '?_format=json', '?identifier=', '?nonsense=1', '?_count=1', '?code:nonsense=x'])(
    'a condition that says nothing, or what is not served, changes nothing: Observation%s',
    async (query) => {
      const { path } = await store(world, value())
      for (const refused of [
        await world.del('clinic', `Observation${query}`),
        await world.put('clinic', `Observation${query}`, identified('x')),
        await patch(`Observation${query}`),
      ])
        expectOutcome(refused, 400)
      expect(await statusOf(world, path)).toBe('final')
    },
  )

  test('update-as-create: under the registered prefix, else 405', async () => {
    const id = `own-${value().slice(0, 8)}`
    const made = expectStatus(await world.put('prefixed', `Observation/${id}`, observation(id, 'ann')), 201)
    expect(made.headers.get('location')).toContain(`${base}/Observation/${id}/_history/`)
    const refused = await world.put('prefixed', 'Observation/else', observation('else', 'ann'))
    expectOutcome(refused, 405)
    expect(refused.headers.get('allow')).toBe('GET, POST')
    expectOutcome(await world.put('clinic', `Observation/${id}x`, observation(`${id}x`, 'ann')), 405)
    expectOutcome(await world.put('clinic', 'Observation/a_b', observation('a_b', 'ann')), 422)
  })

  test('If-Match: this version, one of several, another, none that is there', async () => {
    const { path, tag, stored } = await store(world, value())
    const put = (status: Observation['status'], match: string) =>
      world.put('clinic', path, { ...stored, status }, { 'if-match': match })
    expectOutcome(await put('amended', 'W/"other"'), 412)
    const next = expectStatus(await put('amended', `W/"other", ${tag}`), 200).headers.get('etag') ?? ''
    expect(next).not.toBe(tag)
    expectOutcome(await put('corrected', tag), 412)
    expectOutcome(await patch(path, amend, { 'if-match': tag }), 412)
    expectOutcome(await world.del('clinic', path, { 'if-match': tag }), 412)
    expectStatus(await put('corrected', next.replace('W/', '')), 200)
    expect(await statusOf(world, path)).toBe('corrected')
    expectOutcome(
      await world.put('prefixed', 'Observation/own-none', observation('own-none', 'ann'), {
        'if-match': tag,
      }),
      412,
    )
  })

  test.each([
    [
      'JSON Patch',
      jsonPatch,
      [
        { op: 'test', path: '/status', value: 'final' },
        { op: 'add', path: '/note', value: [{ text: 'seen' }] },
      ],
    ],
    [
      'FHIRPath Patch',
      { 'content-type': 'application/fhir+json' },
      {
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'operation',
            part: [
              { name: 'type', valueCode: 'add' },
              { name: 'path', valueString: 'Observation' },
              { name: 'name', valueString: 'note' },
              { name: 'value', valueAnnotation: { text: 'seen' } },
            ],
          },
        ],
      },
    ],
  ])('%s, then read', async (_name, headers, body) => {
    const { path, tag } = await store(world, value())
    const patched = expectStatus(
      await world.send('clinic', 'PATCH', path, { headers, body: JSON.stringify(body) }),
      200,
    )
    expect(patched.headers.get('etag')).not.toBe(tag)
    const read = await world.get('clinic', path)
    expect(read.as<Observation>().note).toEqual([{ text: 'seen' }])
    expect(read.headers.get('etag')).toBe(patched.headers.get('etag'))
    const history = (await world.get('clinic', `${path}/_history`)).as<Bundle>()
    expect(history.entry?.map(({ request }) => request?.method)).toEqual(['PUT', 'POST'])
  })

  test.each([
    ['a test that fails', [{ op: 'test', path: '/status', value: 'amended' }, ...amend], 422],
    ['a path that is not there', [{ op: 'remove', path: '/note' }], 422],
    ['an operation that is none', [{ op: 'shake', path: '/status' }], 400],
    ['what would be no Observation', [{ op: 'replace', path: '/status', value: 'well' }], 422],
    ['another id', [{ op: 'replace', path: '/id', value: 'other' }], 422],
    ['no list', { op: 'replace' }, 400],
  ])('a patch with %s changes nothing', async (_name, operations, status) => {
    const { path, tag } = await store(world, value())
    expectOutcome(await patch(path, operations), status)
    expect((await world.get('clinic', path)).headers.get('etag')).toBe(tag)
  })

  test('410, then created again, with all of its history', async () => {
    const { path, stored, tag } = await store(world, value())
    expectStatus(await world.del('clinic', path), 204)
    expectOutcome(await world.get('clinic', path), 410)
    expectOutcome(await patch(path), 404)
    const back = expectStatus(await world.put('clinic', path, { ...stored, status: 'amended' }), 201)
    expect(back.headers.get('etag')).not.toBe(tag)
    const history = (await world.get('clinic', `${path}/_history`)).as<Bundle>()
    expect(history.entry?.map(({ request }) => request?.method)).toEqual(['PUT', 'DELETE', 'POST'])
    expect(history.entry?.map(({ response }) => response?.status.slice(0, 3))).toEqual(['201', '204', '201'])
    expectStatus(await world.get('clinic', `${path}/_history/${stored.meta?.versionId ?? ''}`), 200)
  })
})
