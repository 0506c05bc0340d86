import { sha256 } from '../../src/smart/secrets.ts'
import { sql } from 'drizzle-orm'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokenPath } from '../../src/smart/addresses.ts'
import { authenticate } from '../../src/authenticate/bearer.ts'
import { upsertClient } from '../../src/smart/clients.ts'
import { newClientSecret } from '../../src/smart/secrets.ts'
import { grantToken, tokenRoute } from '../../src/smart/token.ts'
import { ask, audience, clinic, formOf, openWorld, publicUrl, sign, type World } from './world.ts'

let world: World
let secret: string
beforeAll(async () => {
  world = await openWorld()
  const { ec } = world.keys
  const made = await newClientSecret()
  secret = made.secret
  await upsertClient(world.database, {
    ...clinic([ec]),
    id: 'keeper',
    kind: 'secret',
    secret: made.hash,
  })
  await upsertClient(world.database, { ...clinic([ec]), id: 'app', kind: 'public' })
  await upsertClient(world.database, clinic([ec], { id: 'many', purposes: ['TREAT', 'HPAYMT'] }))
  await upsertClient(world.database, clinic([ec], { id: 'none', purposes: [] }))
  await upsertClient(world.database, clinic([ec], { id: 'lost', organization: 'Organization/lost' }))
  await upsertClient(world.database, clinic([ec], { id: 'patients', scope: 'patient/*.rs' }))
})
afterAll(() => world.database.close())

const post = (form: Record<string, string> | string, authorization?: string) =>
  grantToken(world.services, new URLSearchParams(form), audience, authorization)

const basic = (id: string, password: string) => `Basic ${btoa(`${id}:${password}`)}`

const grant = { grant_type: 'client_credentials' }

const scoped = async (scope: string) => (await ask(world, await sign(world, world.keys.ec), { scope })).body

const app = () => new Hono().all(tokenPath, tokenRoute({ ...world.services, digest: sha256 }))
const rightForm = async () => formOf(await sign(world, world.keys.ec)).toString()

describe('a request for a token', () => {
  it.each([
    ['without a grant', {}, 'invalid_request'],
    ['for a code by nobody', { grant_type: 'authorization_code', code: 'x' }, 'invalid_client'],
    ['by password', { grant_type: 'password', username: 'a', password: 'b' }, 'unsupported_grant_type'],
    ['by nobody', grant, 'invalid_client'],
    ['by a public client', { ...grant, client_id: 'app' }, 'unauthorized_client'],
    ['with an empty assertion', { ...grant, client_assertion: '' }, 'invalid_client'],
    [
      'with another kind of assertion',
      { ...grant, client_assertion_type: 'saml', client_assertion: 'x' },
      'invalid_client',
    ],
    [
      'with a parameter twice',
      'grant_type=client_credentials&grant_type=client_credentials',
      'invalid_request',
    ],
    ['with secret and assertion', { ...grant, client_secret: 'x', client_assertion: 'y' }, 'invalid_request'],
  ])('%s is refused', async (_name, form, error) => {
    const { status, body } = await post(form)
    expect(body.error).toBe(error)
    expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]{5,}$/)
    expect(status).toBe(error === 'invalid_client' ? 401 : 400)
  })

  it('is refused for another client than the one that signed', async () => {
    const { body } = await ask(world, await sign(world, world.keys.ec), { client_id: 'many' })
    expect(body.error).toBe('invalid_client')
    expect((await ask(world, await sign(world, world.keys.ec), { client_id: 'clinic' })).status).toBe(200)
  })

  it('is refused for a client whose organization is unknown', async () => {
    const { body } = await ask(world, await sign(world, world.keys.ec, { iss: 'lost', sub: 'lost' }))
    expect(body.error).toBe('unauthorized_client')
  })
})

describe('a client secret', () => {
  it('is taken from the header or the form', async () => {
    expect((await post(grant, basic('keeper', secret))).status).toBe(200)
    expect((await post({ ...grant, client_id: 'keeper', client_secret: secret })).status).toBe(200)
  })

  it.each([
    ['wrong', () => basic('keeper', 'wrong')],
    ['empty', () => basic('keeper', '')],
    ['of an unknown client', () => basic('nobody', secret)],
    ['of a client with keys', () => basic('clinic', '')],
    ['of a public client', () => basic('app', '')],
    ['unreadable', () => 'Basic ???'],
    ['not basic', () => 'Bearer x'],
    ['badly encoded', () => basic('keeper', '%zz')],
    ['of a client that no database holds', () => basic('a\0b', secret)],
  ])('is refused when it is %s', async (_name, authorization) => {
    const { status, body, headers } = await post(grant, authorization())
    expect([status, body.error]).toEqual([401, 'invalid_client'])
    expect(headers['www-authenticate']).toContain('Basic')
  })

  it('does not stand in for a key, nor a key for it', async () => {
    const { body } = await ask(world, await sign(world, world.keys.ec, { iss: 'keeper', sub: 'keeper' }))
    expect(body.error).toBe('invalid_client')
  })

  it('is stored as a hash only', async () => {
    const [row] = await world.database.query<{ row: string }>(
      sql`SELECT client::text AS row FROM client WHERE id = 'keeper'`,
    )
    expect(row?.row).not.toContain(secret)
  })
})

describe('the scope', () => {
  it('is what was asked and is registered', async () => {
    expect((await scoped('system/Observation.r system/Patient.cruds')).scope).toBe(
      'system/Observation.r system/Patient.r',
    )
    expect((await scoped('system/Observation.read')).scope).toBe('system/Observation.read')
  })

  it.each([
    'system/Encounter.rs',
    'patient/Observation.rs',
    'system/Nonsense.r',
    'nonsense',
    'system/Patient.r?a=b',
  ])('`%s` is refused', async (scope) => {
    expect((await scoped(scope)).error).toBe('invalid_scope')
  })

  it('is refused where only those of patients are registered', async () => {
    const { body } = await ask(world, await sign(world, world.keys.ec, { iss: 'patients', sub: 'patients' }))
    expect(body.error).toBe('invalid_scope')
  })
})

const stating = async (id: string, b2b: unknown) => {
  const extensions = b2b === undefined ? {} : { extensions: { 'hl7-b2b': b2b } }
  const { body } = await ask(world, await sign(world, world.keys.ec, { iss: id, sub: id, ...extensions }))
  if (typeof body.access_token !== 'string') return body.error
  const caller = await authenticate(world.services, `Bearer ${body.access_token}`)
  return caller.asked.purpose
}

describe('the purpose of use', () => {
  it.each([
    ['urn:oid:2.16.840.1.113883.5.8#HPAYMT', 'HPAYMT'],
    ['http://terminology.hl7.org/CodeSystem/v3-ActReason|TREAT', 'TREAT'],
    ['TREAT', 'TREAT'],
    [['HPAYMT'], 'HPAYMT'],
    [['HPAYMT', 'urn:oid:2.16.840.1.113883.5.8#HPAYMT'], 'HPAYMT'],
    [['HPAYMT', 'TREAT'], 'invalid_grant'],
    [[], 'invalid_grant'],
    ['HRESCH', 'invalid_grant'],
    ['ETREAT', 'invalid_grant'],
    ['nonsense', 'invalid_grant'],
    ['http://other.example|TREAT', 'invalid_grant'],
    [7, 'invalid_grant'],
  ])('is read from %j', async (purpose_of_use, expected) => {
    expect(await stating('many', { version: '1', purpose_of_use })).toBe(expected)
  })

  it('is the single registered one where none is stated, and refused where that is ambiguous', async () => {
    expect(await stating('clinic', undefined)).toBe('TREAT')
    expect(await stating('clinic', { version: '1' })).toBe('TREAT')
    expect(await stating('many', undefined)).toBe('invalid_request')
    expect(await stating('none', undefined)).toBe('unauthorized_client')
    expect(await stating('clinic', 'TREAT')).toBe('invalid_grant')
  })

  it.each([
    [`${publicUrl}/fhir/Organization/clinic`, 'TREAT'],
    ['Organization/clinic', 'TREAT'],
    ['2.16.840.1.113883.19', 'TREAT'],
    ['urn:ietf:rfc:3986|2.16.840.1.113883.19', 'TREAT'],
    ['Organization/hospital', 'invalid_grant'],
    ['https://other.example/fhir/Organization/clinic', 'invalid_grant'],
    ['2.16.840.1.113883.20', 'invalid_grant'],
    ['', 'invalid_grant'],
  ])('comes with the organization `%s`', async (organization_id, expected) => {
    const content = JSON.stringify({
      resourceType: 'Organization',
      identifier: [{ system: 'urn:ietf:rfc:3986', value: '2.16.840.1.113883.19' }],
    })
    await world.database.query(sql`DELETE FROM resource`)
    await world.database
      .query(sql`INSERT INTO resource (mask, updated, custodian, submitter, confidentiality, open, type,
      id, version, tokens, refs, labels, content) VALUES (0, now(), 1, 1, 0, true, 'Organization', 'clinic', '1', '{}',
      '{}', '[]', ${content})`)
    expect(await stating('clinic', { organization_id })).toBe(expected)
  })
})

describe('the endpoint', () => {
  const type = 'application/x-www-form-urlencoded'

  it('answers a form that is posted', async () => {
    const answer = await app().request(tokenPath, {
      method: 'POST',
      body: await rightForm(),
      headers: { 'content-type': `${type};charset=UTF-8` },
    })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('pragma')).toBe('no-cache')
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(await answer.json()).toMatchObject({ token_type: 'bearer' })
  })

  it.each([
    ['GET', undefined, undefined, 405],
    ['PUT', type, 'x=y', 405],
    ['POST', 'application/json', '{}', 400],
    ['POST', undefined, '', 400],
    ['POST', type, `x=${'y'.repeat(70_000)}`, 413],
  ])('refuses %s %s', async (method, contentType, body, status) => {
    const answer = await app().request(tokenPath, {
      method,
      ...(body === undefined ? {} : { body }),
      headers: contentType === undefined ? {} : { 'content-type': contentType },
    })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await answer.json()).toMatchObject({ error: 'invalid_request' })
  })
})
