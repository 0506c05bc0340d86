import { sql } from 'drizzle-orm'
import type { Bundle, BundleEntry } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { longKinds } from './databases.ts'
import { expectOutcome, expectStatus, keysOf, searchset } from './outcome.ts'
import { observation, patient, unnamed } from './records.ts'
import { openWorld, type Reply, type Who, type World } from './world.ts'

const body = unnamed(observation('', 'ann'))

/** Every way in and out of the FHIR base. */
const calls: Readonly<Record<string, (world: World, who: Who) => Promise<Reply>>> = {
  read: (world, who) => world.get(who, 'Observation/one'),
  'read of nothing': (world, who) => world.get(who, 'Observation/nobody'),
  vread: (world, who) => world.get(who, 'Observation/one/_history/v'),
  history: (world, who) => world.get(who, 'Observation/one/_history'),
  search: (world, who) => world.get(who, 'Observation?patient=ann'),
  'search by POST': (world, who) =>
    world.send(who, 'POST', 'Observation/_search', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'patient=ann',
    }),
  create: (world, who) => world.post(who, 'Observation', body),
  update: (world, who) => world.put(who, 'Observation/one', observation('one', 'ann')),
  delete: (world, who) => world.del(who, 'Observation/one'),
  batch: (world, who) => world.post(who, '', { resourceType: 'Bundle', type: 'batch', entry: [] }),
  transaction: (world, who) =>
    world.post(who, '', { resourceType: 'Bundle', type: 'transaction', entry: [] }),
  'audit search': (world, who) => world.get(who, 'AuditEvent'),
  'audit read': (world, who) => world.get(who, 'AuditEvent/1'),
}

const token = 'A'.repeat(43)

describe.each(longKinds)('callers on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [patient('ann'), observation('one', 'ann')])
  })
  afterAll(() => world.close())

  /** Who sent no token is asked for one; who sent one is told that it is none (RFC 6750 section 3.1). */
  const expectUnauthorized = (reply: Reply, challenge = 'Bearer error="invalid_token"') => {
    const text = expectOutcome(reply, 401)
    expect(reply.headers.get('www-authenticate')).toBe(challenge)
    return text
  }

  test.each(Object.entries(calls))('%s: without a token', async (_name, call) => {
    expectUnauthorized(await call(world, undefined), 'Bearer')
  })

  test.each(Object.entries(calls))('%s: with a token that nobody issued', async (_name, call) => {
    expectUnauthorized(await call(world, { token }))
  })

  test.each([
    '',
    'Bearer',
    'Bearer x',
    `Basic ${token}`,
    `Bearer ${token} x`,
    `Bearer ${'A'.repeat(10_000)}`,
  ])('an authorization that is none: %.30s', async (authorization) => {
    expectUnauthorized(await world.get(undefined, 'Observation/one', { authorization }))
  })

  test('a token that has expired, or was revoked, reads like an unknown one', async () => {
    const unknown = expectUnauthorized(await world.get({ token }, 'Observation/one'))
    const issued = await world.token('clinic', { scope: 'system/Observation.r' })
    expectStatus(await world.get(issued, 'Observation/one'), 200)
    await world.rows(sql`UPDATE access_token SET expires = now() - interval '1 second'`)
    expect(expectUnauthorized(await world.get(issued, 'Observation/one'))).toBe(unknown)
    await world.rows(sql`DELETE FROM access_token`)
    expect(expectUnauthorized(await world.get(issued, 'Observation/one'))).toBe(unknown)
    world.forgetTokens()
  })

  const needed: Readonly<Record<string, string>> = {
    read: 'r',
    'read of nothing': 'r',
    vread: 'r',
    history: 'r',
    search: 's',
    'search by POST': 's',
    create: 'c',
    update: 'u',
  }

  test.each(Object.entries(needed))('%s needs .%s of its type', async (name, letter) => {
    const others = 'cruds'.replace(letter, '')
    const call = calls[name]
    if (call === undefined) throw new Error(name)
    expectOutcome(
      await call(world, await world.token('clinic', { scope: `system/Observation.${others}` })),
      403,
    )
    expectOutcome(await call(world, await world.token('clinic', { scope: 'system/Patient.cruds' })), 403)
    const own = await call(world, await world.token('clinic', { scope: `system/Observation.${letter}` }))
    expect([200, 201, 404], own.text).toContain(own.status)
  })

  test('delete needs .d', async () => {
    await world.load('clinic', [observation('gone', 'ann')])
    const without = await world.token('clinic', { scope: 'system/Observation.crus' })
    expectOutcome(await world.del(without, 'Observation/gone'), 403)
    expectStatus(
      await world.del(await world.token('clinic', { scope: 'system/Observation.d' }), 'Observation/gone'),
      204,
    )
  })

  test('a write-only token is told where, and not what', async () => {
    const writer = await world.token('clinic', { scope: 'system/Observation.c' })
    const made = expectStatus(await world.post(writer, 'Observation', body), 201)
    expect(made.text).toBe('')
    expect(made.headers.get('location')).toMatch('/fhir/Observation/')
  })

  test('each entry of a batch is held against the scopes on its own', async () => {
    const reader = await world.token('clinic', { scope: 'system/Observation.rs' })
    const entry: BundleEntry[] = [
      { request: { method: 'GET', url: 'Observation/one' } },
      { request: { method: 'GET', url: 'Patient/ann' } },
      { request: { method: 'GET', url: 'Patient?_id=ann' } },
      { resource: body, request: { method: 'POST', url: 'Observation' } },
      { request: { method: 'DELETE', url: 'Observation/one' } },
      { request: { method: 'GET', url: 'Observation?_id=one' } },
    ]
    const answered = await world.post(reader, '', { resourceType: 'Bundle', type: 'batch', entry })
    expect(answered.as<Bundle>().entry?.map(({ response }) => response?.status)).toEqual([
      '200',
      '403',
      '403',
      '403',
      '403',
      '200',
    ])
  })

  test('one entry of a transaction without its scope refuses all of it', async () => {
    const writer = await world.token('clinic', { scope: 'system/Observation.cs' })
    const posted = (resource: object, url: string) => ({ resource, request: { method: 'POST', url } })
    const tagged = { ...body, identifier: [{ system: 'urn:c', value: 'half' }] }
    const refused = await world.post(writer, '', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [posted(tagged, 'Observation'), posted(unnamed(patient('')), 'Patient')],
    })
    expectOutcome(refused, 403)
    expect(searchset(await world.get('clinic', 'Observation?identifier=urn:c|half')).total).toBe(0)
  })

  test('_include needs a scope for what it brings, and brings nothing else', async () => {
    const narrow = await world.token('clinic', { scope: 'system/Observation.rs' })
    expectOutcome(await world.get(narrow, 'Observation?_id=one&_include=Observation:subject'), 403)
    const wide = await world.token('clinic', { scope: 'system/Observation.rs system/Group.r' })
    const found = searchset(await world.get(wide, 'Observation?_id=one&_include=Observation:subject'))
    expect(keysOf(found)).toEqual(['Observation/one'])
  })

  test('the trail is for officers and patients', async () => {
    expectOutcome(await world.get('clinic', 'AuditEvent'), 403)
    expectOutcome(await world.get('clinic', 'AuditEvent/1'), 403)
    expectStatus(await world.get('clinic-policy', 'AuditEvent'), 200)
    expectOutcome(await world.post('clinic-policy', 'AuditEvent', { resourceType: 'AuditEvent' }), 405)
    expectOutcome(await world.del('clinic-policy', 'AuditEvent/1'), 405)
  })
})

describe.each(longKinds)('what is not there, on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
  })
  afterAll(() => world.close())

  test.each([
    ['GET', 'Nonsense/1', 404],
    ['GET', 'Nonsense?x=1', 404],
    ['POST', 'Nonsense', 404],
    ['PUT', 'Nonsense/1', 404],
    ['DELETE', 'Nonsense/1', 404],
    ['GET', 'observation/1', 404],
    ['GET', 'Observation/1/x', 404],
    ['GET', 'Observation/1/_history/2/x', 404],
    ['GET', '/nothing', 404],
    ['GET', '/exchange', 404],
    ['POST', '/fhir/metadata', 405],
    ['PATCH', 'Observation/1/_history/2', 405],
    ['PATCH', 'Observation/1', 400],
    ['PUT', 'Observation', 400],
    ['DELETE', 'Observation', 400],
    ['POST', 'Observation/1', 405],
    ['PUT', 'Observation/1/_history/2', 405],
    ['DELETE', 'Observation/1/_history', 405],
    ['DELETE', '', 405],
    ['PUT', '', 405],
    ['POST', '/exchange/school/students/1/summary', 405],
    ['GET', '/exchange/hl7v2', 405],
  ] as const)('%s %s is %d', async (method, path, status) => {
    const sent = { headers: { 'content-type': 'application/fhir+json' }, body: JSON.stringify(patient('x')) }
    const bodiless = method === 'GET' || method === 'DELETE'
    const reply = await world.send('clinic', method, path, bodiless ? {} : sent)
    expectOutcome(reply, status)
    if (status === 405) expect(reply.headers.get('allow')).toMatch(/[A-Z]+/)
  })
})
