import type { Bundle, Observation, OperationOutcome } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from './databases.ts'
import { expectOutcome, expectStatus, matches, unstamped } from './outcome.ts'
import { observation, patient, unnamed } from './records.ts'
import { base, openWorld, type World } from './world.ts'

describe.each(kinds)('interactions of one resource on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [patient('ann')])
  })
  afterAll(() => world.close())

  const make = async (more: Partial<Observation> = {}) => {
    const made = expectStatus(
      await world.post('clinic', 'Observation', unnamed(observation('', 'ann', more))),
      201,
    )
    const stored = made.as<Observation>()
    return { made, stored, path: `Observation/${stored.id ?? ''}`, version: stored.meta?.versionId ?? '' }
  }

  test('create answers 201 with Location, ETag, Last-Modified and what was stored', async () => {
    const sent = unnamed(observation('', 'ann', { valueQuantity: { value: 1.1, unit: 'mmHg' } }))
    const made = expectStatus(await world.post('clinic', 'Observation', sent), 201)
    const stored = made.as<Observation>()
    expect(made.headers.get('location')).toBe(
      `${base}/Observation/${stored.id ?? ''}/_history/${stored.meta?.versionId ?? ''}`,
    )
    expect(made.headers.get('etag')).toBe(`W/"${stored.meta?.versionId ?? ''}"`)
    expect(made.headers.get('last-modified')).toBe(new Date(stored.meta?.lastUpdated ?? '').toUTCString())
    expect(made.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8')
    expect(unstamped(stored)).toEqual(sent)
  })

  test('a create gives an id of its own, whatever id was sent', async () => {
    const made = expectStatus(await world.post('clinic', 'Observation', observation('mine', 'ann')), 201)
    expect(made.as<Observation>().id).not.toBe('mine')
    expectOutcome(await world.get('clinic', 'Observation/mine'), 404)
  })

  test('return=minimal has no body, and the same headers', async () => {
    const prefer = { prefer: 'return=minimal' }
    const made = await world.post('clinic', 'Observation', unnamed(observation('', 'ann')), prefer)
    expect(expectStatus(made, 201).text).toBe('')
    expect(made.headers.get('location')).toMatch(`${base}/Observation/`)
    expect(made.headers.get('etag')).toMatch(/^W\/".+"$/)
  })

  test('read answers what was stored, with its version', async () => {
    const { stored, path, version } = await make()
    const read = expectStatus(await world.get('clinic', path), 200)
    expect(read.as()).toEqual(stored)
    expect(read.headers.get('etag')).toBe(`W/"${version}"`)
    expect(read.headers.get('last-modified')).toBe(new Date(stored.meta?.lastUpdated ?? '').toUTCString())
    expect(read.headers.get('cache-control')).toBe('no-store')
  })

  test('an id that is not there is 404', async () => {
    expectOutcome(await world.get('clinic', 'Observation/nobody'), 404)
    expectOutcome(await world.get('clinic', 'Observation/nobody/_history'), 404)
    expectOutcome(await world.get('clinic', 'Observation/nobody/_history/1'), 404)
    expectOutcome(await world.del('clinic', 'Observation/nobody'), 404)
  })

  test('vread answers each version as it was, and 404 for another', async () => {
    const { stored, path, version } = await make()
    const next = { ...stored, status: 'amended' }
    const changed = expectStatus(await world.put('clinic', path, next), 200).as<Observation>()
    expect((await world.get('clinic', `${path}/_history/${version}`)).as()).toEqual(stored)
    expect((await world.get('clinic', `${path}/_history/${changed.meta?.versionId ?? ''}`)).as()).toEqual(
      changed,
    )
    expectOutcome(await world.get('clinic', `${path}/_history/other`), 404)
  })

  test('update makes a new version', async () => {
    const { stored, path, version } = await make()
    world.setClock('2026-06-15T12:00:05Z')
    const updated = expectStatus(await world.put('clinic', path, { ...stored, status: 'amended' }), 200)
    const next = updated.as<Observation>()
    expect(next.status).toBe('amended')
    expect(next.meta?.versionId).not.toBe(version)
    expect(updated.headers.get('etag')).toBe(`W/"${next.meta?.versionId ?? ''}"`)
    expect(Date.parse(next.meta?.lastUpdated ?? '')).toBeGreaterThan(
      Date.parse(stored.meta?.lastUpdated ?? ''),
    )
    expect((await world.get('clinic', path)).as()).toEqual(next)
  })

  test('If-Match: the current version goes through, an old one is 412 and changes nothing', async () => {
    const { stored, path, version } = await make()
    const first = await world.put(
      'clinic',
      path,
      { ...stored, status: 'amended' },
      { 'if-match': `W/"${version}"` },
    )
    expectStatus(first, 200)
    const stale = await world.put(
      'clinic',
      path,
      { ...stored, status: 'cancelled' },
      { 'if-match': `W/"${version}"` },
    )
    expectOutcome(stale, 412)
    expectOutcome(await world.del('clinic', path, { 'if-match': `W/"${version}"` }), 412)
    expect((await world.get('clinic', path)).as<Observation>().status).toBe('amended')
  })

  test.each(['nonsense', '""', 'W/""'])('If-Match that is no version of it: %s is 412', async (tag) => {
    const { stored, path } = await make()
    expectOutcome(await world.put('clinic', path, { ...stored, status: 'amended' }, { 'if-match': tag }), 412)
  })

  test('the id and the type of the body must be those of the address', async () => {
    const { stored, path } = await make()
    expectOutcome(await world.put('clinic', path, { ...stored, id: 'other' }), 400)
    expectOutcome(await world.put('clinic', path, patient(stored.id ?? '')), 400)
    expectOutcome(await world.post('clinic', 'Observation', patient('x')), 400)
  })

  test('update-as-create is 405 without a registered prefix', async () => {
    const refused = await world.put('clinic', 'Observation/chosen', observation('chosen', 'ann'))
    expectOutcome(refused, 405)
    expect(refused.headers.get('allow')).toContain('POST')
    expectOutcome(await world.get('clinic', 'Observation/chosen'), 404)
  })

  test('update-as-create under the registered prefix is a create', async () => {
    await world.client({
      id: 'prefixed',
      organization: 'Organization/clinic',
      scope: 'system/*.cruds',
      purposes: ['TREAT'],
      prefix: 'own-',
    })
    expectStatus(await world.put('prefixed', 'Observation/own-1', observation('own-1', 'ann')), 201)
    expectStatus(await world.get('prefixed', 'Observation/own-1'), 200)
    expectOutcome(await world.put('prefixed', 'Observation/else-1', observation('else-1', 'ann')), 405)
  })

  test('delete is 204, then read is 410, search finds nothing, and a second delete changes nothing', async () => {
    const { path, version, stored } = await make()
    expect(expectStatus(await world.del('clinic', path), 204).text).toBe('')
    expectOutcome(await world.get('clinic', path), 410)
    expect(matches(await world.get('clinic', `Observation?_id=${stored.id ?? ''}`))).toEqual([])
    expectStatus(await world.del('clinic', path), 204)
    expect((await world.get('clinic', `${path}/_history/${version}`)).as()).toEqual(stored)
    const history = (await world.get('clinic', `${path}/_history`)).as<Bundle>()
    expect(history.entry?.map(({ request }) => request?.method)).toEqual(['DELETE', 'POST'])
  })

  test('what was deleted comes back by an update', async () => {
    const { path, stored } = await make()
    await world.del('clinic', path)
    expectStatus(await world.put('clinic', path, { ...stored, status: 'amended' }), 201)
    expect((await world.get('clinic', path)).as<Observation>().status).toBe('amended')
    const history = (await world.get('clinic', `${path}/_history`)).as<Bundle>()
    expect(history.total).toBe(3)
  })

  test('history is newest first, with an exact total and how each version came', async () => {
    const { path, stored } = await make()
    for (const [seconds, status] of [
      [10, 'amended'],
      [20, 'corrected'],
      [30, 'cancelled'],
    ] as const) {
      world.setClock(`2026-06-15T13:00:${seconds}Z`)
      expectStatus(await world.put('clinic', path, { ...stored, status }), 200)
    }
    const history = expectStatus(await world.get('clinic', `${path}/_history`), 200).as<Bundle>()
    expect(history.type).toBe('history')
    expect(history.total).toBe(4)
    expect(history.entry?.map(({ resource }) => (resource as Observation).status)).toEqual([
      'cancelled',
      'corrected',
      'amended',
      'final',
    ])
    expect(history.entry?.map(({ request }) => request?.method)).toEqual(['PUT', 'PUT', 'PUT', 'POST'])
    expect(history.entry?.every(({ fullUrl }) => fullUrl === `${base}/${path}`)).toBe(true)
    const versions = history.entry?.map(({ resource }) => resource?.meta?.versionId)
    expect(new Set(versions).size).toBe(4)
    expect(history.entry?.map(({ response }) => response?.etag)).toEqual(
      versions?.map((one) => `W/"${one ?? ''}"`),
    )
  })

  test('an update that changes nothing makes no version', async () => {
    const { path, stored, version } = await make()
    const again = expectStatus(await world.put('clinic', path, stored), 200)
    expect(again.as<Observation>().meta?.versionId).toBe(version)
    expect((await world.get('clinic', `${path}/_history`)).as<Bundle>().total).toBe(1)
  })

  test('what is not valid R4 is 422, every fault with its element', async () => {
    const wrong = { ...unnamed(observation('', 'ann')), status: 'well', effectiveDateTime: 'yesterday' }
    const refused = await world.post('clinic', 'Observation', wrong)
    expectOutcome(refused, 422)
    const places = refused.as<OperationOutcome>().issue.flatMap(({ expression }) => expression ?? [])
    expect(places).toContain('Observation.status')
    expect(places.some((place) => place.startsWith('Observation.effective'))).toBe(true)
  })

  test('a record of a patient who is not there is 422', async () => {
    expectOutcome(await world.post('clinic', 'Observation', unnamed(observation('', 'nobody'))), 422)
  })

  test('conditional create: one match is answered with it, none creates, several are 412', async () => {
    const identified = (value: string) =>
      unnamed(observation('', 'ann', { identifier: [{ system: 'urn:x', value }] }))
    const when = (value: string) => ({ 'if-none-exist': `identifier=urn:x|${value}` })
    const first = await world.post('clinic', 'Observation', identified('one'), when('one'))
    const id = expectStatus(first, 201).as<Observation>().id
    const second = await world.post('clinic', 'Observation', identified('one'), when('one'))
    expect(expectStatus(second, 200).as<Observation>().id).toBe(id)
    expect(matches(await world.get('clinic', 'Observation?identifier=urn:x|one'))).toEqual([id])
    expectStatus(await world.post('clinic', 'Observation', identified('one')), 201)
    expectOutcome(await world.post('clinic', 'Observation', identified('one'), when('one')), 412)
  })

  test('conditional create refuses a condition that it cannot read', async () => {
    const sent = unnamed(observation('', 'ann'))
    expectOutcome(await world.post('clinic', 'Observation', sent, { 'if-none-exist': 'nonsense=1' }), 400)
    expectOutcome(await world.post('clinic', 'Observation', sent, { 'if-none-exist': '_count=1' }), 400)
  })
})
