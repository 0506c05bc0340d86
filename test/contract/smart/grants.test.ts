import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rotateKeys } from '../../../src/smart/grants/signing-keys.ts'
import { beginLaunch, type Launch } from '../../../src/smart/launch.ts'
import { createApp } from '../../../src/app.ts'
import { createServices } from '../../../src/create-services.ts'
import { sha256 } from '../../../src/smart/secrets.ts'
import { expectOutcome, expectStatus, matches } from '../outcome.ts'
import { publicUrl, type World } from '../world.ts'
import { addClient } from '../settle-town.ts'
import { allow, answerIn, authorizeUrl, codeFor, exchange, redirect, refresh, settleApps } from './app.ts'
import { openBrowser } from './browser.ts'
import { openOn, runtimes } from './runtimes.ts'

const secret = 'a secret that is long enough to be one'

describe.each(runtimes)('grants on %s', (runtime) => {
  let world: World
  beforeAll(async () => {
    world = await openOn(runtime)
    await settleApps(world)
    const common = {
      organization: 'Organization/clinic',
      purposes: ['TREAT'],
      scope: 'system/*.rs',
      redirects: [],
    }
    await addClient(world.database, { ...common, id: 'knowing', secret: await sha256(secret) } as never)
    await addClient(world.database, {
      ...common,
      id: 'asking',
      secret: await sha256(secret),
      roles: ['introspection'],
    } as never)
  }, 120_000)
  afterAll(() => world.close())

  const post = async (path: string, form: Record<string, string>, headers: Record<string, string> = {}) => {
    const answer = await world.app.request(`${publicUrl}${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers,
    })
    const text = await answer.text()
    return {
      status: answer.status,
      headers: answer.headers,
      body: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>),
    }
  }
  const basic = (id: string) => ({ authorization: `Basic ${btoa(`${id}:${encodeURIComponent(secret)}`)}` })

  const launched = async (launch: Launch, changed: Record<string, string> = {}, who = 'drew') => {
    const value = await beginLaunch(world.database, launch, new Date())
    const browser = openBrowser(world.app, world.services)
    await browser.signIn(who)
    return {
      value,
      browser,
      page: await browser.open(
        await authorizeUrl({ scope: 'launch patient/*.rs offline_access', launch: value, ...changed }),
      ),
    }
  }

  test('an EHR launch brings its context, which stays on refresh', async () => {
    const context = {
      patient: 'bea',
      encounter: 'visit-bea',
      fhirContext: [{ reference: 'Task/t', role: 'launch' }],
      need_patient_banner: false,
      intent: 'summary',
      smart_style_url: 'https://ehr.example/style.json',
      tenant: 'clinic',
    }
    const { browser, page } = await launched({ client: 'app', member: 'drew', context })
    expect(page.text).toContain('Bea Brook')
    expect(page.text).not.toContain('Choose someone else')
    const { body } = await exchange(world, answerIn(await allow(browser, page)).get('code') ?? '')
    expect(body).toMatchObject(context)
    expect((await refresh(world, body.refresh_token)).body).toMatchObject(context)
    expect(matches(await world.get({ token: body.access_token }, 'Observation'))).toEqual(['o-bea'])
  })

  test('a launch is for one app, one user and one time, and for a patient that the user may see', async () => {
    const context = { patient: 'bea' }
    const { value } = await launched({ client: 'app', member: 'drew', context })
    const again = await world.app.request(await authorizeUrl({ scope: 'launch patient/*.rs', launch: value }))
    expect(new URL(again.headers.get('location') ?? '').searchParams.get('error')).toBe('invalid_request')
    const foreign = await launched({ client: 'app', member: 'drew', context }, { client_id: 'other-app' })
    expect(answerIn(foreign.page).get('error')).toBe('invalid_request')
    const someoneElse = await launched({ client: 'app', member: 'drew', context }, {}, 'ann')
    expect(answerIn(someoneElse.page).get('error')).toBe('access_denied')
    const otherVisit = await launched({
      client: 'app',
      member: 'drew',
      context: { patient: 'bea', encounter: 'visit' },
    })
    expect(answerIn(otherVisit.page).get('error')).toBe('access_denied')
    for (const patient of ['stranger', 'nobody']) {
      const { page } = await launched({ client: 'app', member: 'drew', context: { patient } })
      expect(answerIn(page).get('error')).toBe('access_denied')
    }
  })

  test('introspection tells its own client what a token stands for, and nobody else', async () => {
    const { body } = await exchange(world, await codeFor(world))
    const form = { token: body.access_token }
    const bearer = { authorization: `Bearer ${body.access_token}` }
    const own = await post('/oauth/introspect', form, bearer)
    expect(own.body).toMatchObject({
      active: true,
      scope: body.scope,
      client_id: 'app',
      patient: 'ann',
      iss: publicUrl,
      fhirUser: `${publicUrl}/fhir/Practitioner/drew`,
      need_patient_banner: true,
    })
    expect(own.body?.exp).toBeGreaterThan(Date.now() / 1000 + 3500)
    expect(own.headers.get('cache-control')).toBe('no-store')
    expect((await post('/oauth/introspect', form, basic('asking'))).body).toEqual(own.body)
    expect((await post('/oauth/introspect', form, basic('knowing'))).body).toEqual({ active: false })
    for (const token of ['nothing', 'x'.repeat(43)])
      expect((await post('/oauth/introspect', { token }, basic('asking'))).body).toEqual({ active: false })
    expect(
      (await post('/oauth/introspect', { token: body.refresh_token }, basic('asking'))).body,
    ).toMatchObject({ active: true })
    await refresh(world, body.refresh_token)
    expect((await post('/oauth/introspect', { token: body.refresh_token }, basic('asking'))).body).toEqual({
      active: false,
    })
    expect((await post('/oauth/introspect', form)).status).toBe(401)
    expect((await post('/oauth/introspect', { ...form, client_id: 'app' })).status).toBe(401)
    expect((await post('/oauth/introspect', form, { authorization: 'Bearer nothing' })).status).toBe(401)
    expect((await world.app.request(`${publicUrl}/oauth/introspect?token=x`)).status).toBe(405)
  })

  test('revocation bites on the next request, in every process that remembers the token', async () => {
    const { body } = await exchange(world, await codeFor(world))
    const { database } = world.services
    const settings = { ...world.services.settings, clock: undefined }
    const other = createServices({ settings, database })
    const elsewhere = createApp(() => other)
    const read = async (token: string) =>
      (
        await elsewhere.request(`${publicUrl}/fhir/Patient/ann`, {
          headers: { authorization: `Bearer ${token}` },
        })
      ).status
    const later = (await refresh(world, body.refresh_token)).body
    for (const token of [body.access_token, later.access_token]) {
      expectStatus(await world.get({ token }, 'Patient/ann'), 200)
      expect([await read(token), await read(token)]).toEqual([200, 200])
    }
    expect((await post('/oauth/revoke', { token: body.access_token, client_id: 'other-app' })).status).toBe(
      200,
    )
    expect(await read(body.access_token)).toBe(200)
    expect((await post('/oauth/revoke', { token: body.access_token, client_id: 'app' })).status).toBe(200)
    expect([await read(body.access_token), await read(later.access_token)]).toEqual([401, 200])
    expect((await post('/oauth/revoke', { token: later.refresh_token, client_id: 'app' })).status).toBe(200)
    expect(await read(later.access_token)).toBe(401)
    expectOutcome(await world.get({ token: later.access_token }, 'Patient/ann'), 401)
    expect((await post('/oauth/revoke', { token: 'nothing', client_id: 'app' })).status).toBe(200)
    expect((await post('/oauth/revoke', { client_id: 'app' })).body).toMatchObject({
      error: 'invalid_request',
    })
    expect((await post('/oauth/revoke', { token: 'x' })).status).toBe(401)
  })

  test('keys rotate with an overlap: nobody meets a key that is not published', async () => {
    const keys = async () =>
      (await (await world.app.request(`${publicUrl}/oauth/jwks`)).json()) as { keys: { kid: string }[] }
    const signed = async () => (await exchange(world, await codeFor(world))).body.id_token
    const before = await signed()
    const now = new Date()
    const rotated = await world.database.transaction((connection) => rotateKeys(connection, now, 3_600_000))
    const published = await keys()
    expect(published.keys.map(({ kid }) => kid)).toContain(rotated.kid)
    const between = await signed()
    expect(decodeProtectedHeader(between).kid).toBe(decodeProtectedHeader(before).kid)
    const atOnce = await world.database.transaction((connection) => rotateKeys(connection, new Date(), 0))
    const after = await signed()
    expect(decodeProtectedHeader(after).kid).toBe(atOnce.kid)
    const set = createLocalJWKSet(await keys())
    for (const token of [before, between, after])
      expect((await jwtVerify(token, set, { issuer: publicUrl, audience: 'app' })).payload.sub).toBeDefined()
  })

  test('pages of registered apps may read the answers, others may not', async () => {
    const asked = async (
      origin: string,
      path: string,
      init: { method?: string; headers?: Record<string, string> } = {},
    ) => world.app.request(`${publicUrl}${path}`, { ...init, headers: { origin, ...init.headers } })
    const own = new URL(redirect).origin
    for (const path of ['/fhir/Patient/ann', '/oauth/token', '/fhir/Nonsense', '/oauth/revoke']) {
      expect((await asked(own, path)).headers.get('access-control-allow-origin')).toBe(own)
      expect(
        (await asked('https://evil.example', path)).headers.get('access-control-allow-origin'),
      ).toBeNull()
      const preflight = await asked(own, path, {
        method: 'OPTIONS',
        headers: { 'access-control-request-method': 'POST' },
      })
      expect(preflight.status).toBe(204)
      expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
    }
    for (const path of [
      '/fhir/metadata',
      '/fhir/.well-known/smart-configuration',
      '/oauth/jwks',
      '/.well-known/openid-configuration',
    ])
      expect((await asked('https://evil.example', path)).headers.get('access-control-allow-origin')).toBe('*')
    expect((await asked(own, '/fhir/Patient/ann')).headers.get('access-control-allow-credentials')).toBeNull()
  })
})
