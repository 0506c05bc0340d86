import { sql } from 'drizzle-orm'
import type { Bundle, CarePlan, Observation } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from './databases.ts'
import { expectOutcome, expectStatus, headersOf } from './outcome.ts'
import { condition, icd10, labelled, observation, patient } from './records.ts'
import { openWorld, type Reply, type World } from './world.ts'

/** A plan with one part that the hospital may not see: it gets a version of its own. */
const plan = (display: string): CarePlan => ({
  resourceType: 'CarePlan',
  id: 'plan',
  status: 'active',
  intent: 'plan',
  subject: { reference: 'Patient/ann' },
  addresses: [{ reference: 'Condition/alcohol', display }],
})

describe.each(kinds)('reads that are conditional or want no body, on %s', (kind) => {
  let world: World
  let [tag, older, modified] = ['', '', '']

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [
      patient('ann'),
      observation('shown', 'ann'),
      observation('secret', 'ann', labelled(['HIV'])),
      observation('gone', 'ann'),
      observation('gone-secret', 'ann', labelled(['HIV'])),
      condition('alcohol', 'ann', { code: icd10('F10.20') }),
      plan('alcohol'),
    ])
    await world.know('hospital', 'Patient/ann')
    older = (await world.get('clinic', 'Observation/shown')).headers.get('etag') ?? ''
    world.setClock('2026-06-15T12:00:10.600Z')
    const amended = observation('shown', 'ann', { status: 'amended' })
    const changed = expectStatus(await world.put('clinic', 'Observation/shown', amended), 200)
    tag = changed.headers.get('etag') ?? ''
    modified = changed.headers.get('last-modified') ?? ''
    for (const id of ['gone', 'gone-secret'])
      expectStatus(await world.del('clinic', `Observation/${id}`), 204)
    world.setClock('2026-06-15T13:00:00Z')
  })
  afterAll(() => world.close())

  const read = (headers: Record<string, string>, path = 'Observation/shown', who = 'hospital') =>
    world.get(who, path, headers)

  const expectKnown = (reply: Reply): void => {
    expect(expectStatus(reply, 304).text).toBe('')
    expect(headersOf(reply)).toEqual([
      'cache-control: no-store',
      `etag: ${tag}`,
      `last-modified: ${modified}`,
      'x-content-type-options: nosniff',
    ])
  }

  test('the version that the client has is 304, without a body and with its ETag', async () => {
    expectKnown(await read({ 'if-none-match': tag }))
    expectKnown(await read({ 'if-none-match': tag }, `Observation/shown/_history/${tag.slice(3, -1)}`))
  })

  test.each([
    ['a strong tag of the same version', () => tag.slice(2), 304],
    ['several, one of them its own', () => `W/"x", ${older} ,${tag}`, 304],
    ['a star', () => '*', 304],
    ['another version', () => older, 200],
    ['the empty tag', () => '""', 200],
    ['a star in quotes', () => '"*"', 200],
    ['no tag at all', () => 'nonsense', 200],
    ['its version without quotes', () => tag.slice(3, -1), 200],
  ])('If-None-Match: %s', async (_name, tags, status) => {
    expectStatus(await read({ 'if-none-match': tags() }), status)
  })

  test.each([
    ['the moment that was told', () => modified, 304],
    ['later', () => 'Mon, 15 Jun 2026 12:30:00 GMT', 304],
    ['a second earlier', () => 'Mon, 15 Jun 2026 12:00:09 GMT', 200],
    ['no date', () => 'yesterday', 200],
    ['a bare year', () => '2030', 200],
  ])('If-Modified-Since: %s', async (_name, date, status) => {
    expectStatus(await read({ 'if-modified-since': date() }), status)
  })

  test('If-None-Match goes before If-Modified-Since, both ways', async () => {
    expectStatus(await read({ 'if-none-match': older, 'if-modified-since': modified }), 200)
    const early = 'Mon, 15 Jun 2026 12:00:00 GMT'
    expectKnown(await read({ 'if-none-match': tag, 'if-modified-since': early }))
  })

  test.each(['*', 'W/"v-000001"'])('what is hidden, absent or gone is not judged: %s', async (tags) => {
    const headers = { 'if-none-match': tags, 'if-modified-since': 'Mon, 15 Jun 2026 14:00:00 GMT' }
    const plain = (reply: Reply) => [reply.status, headersOf(reply), reply.text]
    const absent = plain(await read(headers, 'Observation/never'))
    expect(absent[0]).toBe(404)
    for (const id of ['secret', 'gone-secret'])
      expect(plain(await read(headers, `Observation/${id}`))).toEqual(absent)
    expectOutcome(await read(headers, 'Observation/gone'), 410)
    const version = (await world.get('clinic', 'Observation/secret')).headers.get('etag') ?? ''
    expect(plain(await read({ 'if-none-match': version }, 'Observation/secret'))).toEqual(absent)
    const path = `Observation/secret/_history/${version.slice(3, -1)}`
    expect(plain(await read({ 'if-none-match': version }, path))).toEqual(absent)
    expectStatus(await read({ 'if-none-match': version }, 'Observation/secret', 'clinic'), 304)
  })

  test("it is judged on the caller's own cut: what changed out of sight has not changed", async () => {
    const tagOf = async (who: string) => (await world.get(who, 'CarePlan/plan')).headers.get('etag') ?? ''
    const [own, theirs] = [await tagOf('clinic'), await tagOf('hospital')]
    expect(own).not.toBe(theirs)
    expectStatus(await world.put('clinic', 'CarePlan/plan', plan('alcohol dependence')), 200)
    expectStatus(await read({ 'if-none-match': own }, 'CarePlan/plan', 'clinic'), 200)
    expectStatus(await read({ 'if-none-match': theirs }, 'CarePlan/plan'), 304)
    expectStatus(await read({ 'if-none-match': own }, 'CarePlan/plan'), 200)
  })

  test('an entry of a batch may be conditional too, or want no body', async () => {
    const request = { method: 'GET', url: 'Observation/shown' }
    const instant = '2026-06-15T12:00:10.600Z'
    const batch = await world.post('hospital', '', {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [
        { request: { ...request, ifNoneMatch: tag } },
        { request: { ...request, ifNoneMatch: older } },
        { request: { ...request, ifModifiedSince: instant } },
        { request: { ...request, url: 'Observation/secret', ifNoneMatch: '*' } },
        { request: { ...request, method: 'HEAD' } },
      ],
    })
    const entries = expectStatus(batch, 200).as<Bundle>().entry ?? []
    expect(entries.map(({ response }) => response?.status)).toEqual(['304', '200', '304', '404', '200'])
    expect(entries.map(({ resource }) => resource?.id)).toEqual([
      undefined,
      'shown',
      undefined,
      undefined,
      undefined,
    ])
    expect([entries[0]?.response?.etag, entries[4]?.response?.etag]).toEqual([tag, tag])
  })

  /** The last row of the trail. */
  const lastAudit = async () => {
    const [row] = await world.rows<{ interaction: string; outcome: string; detail: object }>(
      sql`SELECT interaction, outcome, detail FROM audit ORDER BY key DESC LIMIT 1`,
    )
    return row
  }

  test('a 304 is on the trail like the record itself', async () => {
    await read({ 'if-none-match': tag })
    expect(await lastAudit()).toMatchObject({
      interaction: 'read',
      outcome: 'disclosed',
      detail: { status: 304, resources: [expect.arrayContaining(['Observation/shown', tag.slice(3, -1)])] },
    })
  })

  test.each([
    'Observation/shown',
    'Observation/shown/_history',
    'Observation/_history',
    'Observation?patient=ann',
    'Observation/secret',
    'Observation/gone',
    'Observation?nonsense=1',
    'Nothing/x',
    'metadata',
  ])('HEAD %s is GET without the body, and leaves the same record', async (path) => {
    const got = await world.get('hospital', path)
    const onTrail = await lastAudit()
    const head = await world.send('hospital', 'HEAD', path)
    expect([head.status, head.text]).toEqual([got.status, ''])
    const length = `content-length: ${new TextEncoder().encode(got.text).byteLength}`
    expect(headersOf(head).filter((line) => line !== length)).toEqual(headersOf(got))
    if (path === 'metadata') return
    expect(headersOf(head)).toContain(length)
    expect(await lastAudit()).toEqual(onTrail)
  })

  test('HEAD may be conditional; without a token it is refused like GET', async () => {
    expectStatus(
      await world.send('hospital', 'HEAD', 'Observation/shown', { headers: { 'if-none-match': tag } }),
      304,
    )
    const refused = await world.send(undefined, 'HEAD', 'Observation/shown')
    expect([refused.status, refused.text]).toEqual([401, ''])
    expect(refused.headers.get('www-authenticate')).toBe('Bearer')
  })

  test('writes take no notice of what reads are conditional on', async () => {
    const sent = observation('shown', 'ann', { status: 'corrected' })
    const changed = await world.put('clinic', 'Observation/shown', sent, { 'if-none-match': '*' })
    expect(expectStatus(changed, 200).as<Observation>().status).toBe('corrected')
  })
})
