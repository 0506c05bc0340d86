import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectOutcome, expectStatus, matches } from '../outcome.ts'
import { base, publicUrl, type World } from '../world.ts'
import {
  allow,
  answerIn,
  askToken,
  authorizeUrl,
  codeFor,
  exchange,
  redirect,
  refresh,
  settleApps,
  verifier,
} from './app.ts'
import { openBrowser } from './browser.ts'
import { openOn, runtimes } from './runtimes.ts'

describe.each(runtimes)('standalone launch on %s', (runtime) => {
  let world: World
  beforeAll(async () => {
    world = await openOn(runtime)
    await settleApps(world)
  }, 120_000)
  afterAll(() => world.close())

  const fresh = async (who = 'drew') => {
    const browser = openBrowser(world.app, world.services)
    await browser.signIn(who)
    return browser
  }

  test('who is not signed in is sent to sign in, and comes back to the request', async () => {
    const browser = openBrowser(world.app, world.services)
    const shown = await browser.open(await authorizeUrl())
    expect(shown.status).toBe(303)
    const next = new URL(shown.url).searchParams.get('next') ?? ''
    expect(shown.url).toContain(`${publicUrl}/sign-in?`)
    expect(next).toMatch(/^\/oauth\/authorize\/[\w-]{43}$/)
    await browser.signIn('drew')
    expect((await browser.open(`${publicUrl}${next}`)).text).toContain('Whose records?')
  })

  test('a clinician chooses a patient, allows, and the app reads that patient alone', async () => {
    const browser = await fresh()
    const picker = await browser.open(await authorizeUrl())
    expect(picker.text).toContain('Ann Adams')
    expect(picker.text).not.toContain('stranger')
    const consent = await browser.submit(picker, { action: 'patient', patient: 'ann' })
    expect(consent.text).toContain('Let Mood App see health records?')
    expect(consent.text).toContain('Ann Adams (1990-05-01, female)')
    const done = await browser.submit(consent, { action: 'allow', scope: ['patient/*.rs', 'offline_access'] })
    expect(done.url.startsWith(`${redirect}?`)).toBe(true)
    expect(answerIn(done).get('state')).toBe('a state/with ümläuts&=')
    expect(answerIn(done).get('iss')).toBe(publicUrl)
    const { status, headers, body } = await exchange(world, answerIn(done).get('code') ?? '')
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('pragma')).toBe('no-cache')
    expect(body).toMatchObject({
      token_type: 'Bearer',
      expires_in: 3600,
      patient: 'ann',
      need_patient_banner: true,
      scope: 'openid fhirUser launch/patient offline_access patient/*.rs',
    })
    const bearer = { token: body.access_token }
    expect(matches(await world.get(bearer, 'Observation'))).toEqual(['o-ann'])
    expectOutcome(await world.get(bearer, 'Observation/o-bea'), 404)
    expectOutcome(await world.post(bearer, 'Observation', { resourceType: 'Observation' }), 403)
  })

  test('the id_token names the user, and its key is published', async () => {
    const { body } = await exchange(world, await codeFor(world, { nonce: 'n-1' }))
    const jwks = await (await world.app.request(`${publicUrl}/oauth/jwks`)).json()
    const { payload, protectedHeader } = await jwtVerify(body.id_token, createLocalJWKSet(jwks as never), {
      issuer: publicUrl,
      audience: 'app',
    })
    expect(protectedHeader.alg).toBe('RS256')
    expect(payload).toMatchObject({ nonce: 'n-1', fhirUser: `${base}/Practitioner/drew` })
    expect(JSON.stringify(payload.sub)).not.toContain('drew')
    expect(JSON.stringify(jwks)).not.toContain('"d"')
  })

  test('a patient is never asked whose records, and reads the own', async () => {
    const browser = await fresh('ann')
    const consent = await browser.open(
      await authorizeUrl({ client_id: 'own-app', scope: 'launch/patient patient/*.rs user/*.rs' }),
    )
    expect(consent.text).toContain('Ann Adams')
    const done = await allow(browser, consent)
    const { body } = await exchange(world, answerIn(done).get('code') ?? '', { client_id: 'own-app' })
    expect(body.patient).toBe('ann')
    expect(body.refresh_token).toBeUndefined()
    expect(matches(await world.get({ token: body.access_token }, 'Observation'))).toEqual(['o-ann'])
  })

  test('a visit can be chosen, or none', async () => {
    for (const [chosen, expected] of [
      ['visit', 'visit'],
      ['none', undefined],
    ] as const) {
      const browser = await fresh()
      const picker = await browser.open(await authorizeUrl({ scope: 'launch/encounter patient/*.rs' }))
      const visits = await browser.submit(picker, { action: 'patient', patient: 'ann' })
      const consent = await browser.submit(visits, { action: 'encounter', encounter: chosen })
      const { body } = await exchange(world, answerIn(await allow(browser, consent)).get('code') ?? '')
      expect([body.patient, body.encounter]).toEqual(['ann', expected])
    }
  })

  test('less can be allowed than was asked for', async () => {
    const browser = await fresh()
    const start = await browser.open(
      await authorizeUrl({
        scope:
          'patient/Observation.rs patient/Condition.read patient/Patient.rs?_tag=x user/Patient.r offline_access',
      }),
    )
    const done = await allow(browser, start, 'ann', ['patient/Condition.read', 'patient/Patient.rs?_tag=x'])
    const { body } = await exchange(world, answerIn(done).get('code') ?? '')
    expect(body.scope).toBe('patient/Condition.read patient/Patient.rs?_tag=x')
    expect(body.refresh_token).toBeUndefined()
    expectOutcome(await world.get({ token: body.access_token }, 'Observation'), 403)
  })

  test('what was not asked for cannot be allowed, nor what is not registered', async () => {
    const browser = await fresh()
    const start = await browser.open(await authorizeUrl({ scope: 'patient/Observation.r system/*.rs' }))
    expect(start.text).not.toContain('system/')
    const done = await allow(browser, start, 'ann', [
      'patient/Observation.r',
      'patient/*.cruds',
      'system/*.rs',
    ])
    const { body } = await exchange(world, answerIn(done).get('code') ?? '')
    expect(body.scope).toBe('patient/Observation.r')
  })

  test('a refusal, or allowing nothing, is access_denied', async () => {
    for (const fields of [{ action: 'deny' }, { action: 'allow' }]) {
      const browser = await fresh()
      const consent = await browser.submit(
        await browser.open(await authorizeUrl({ scope: 'patient/*.rs' })),
        {
          action: 'patient',
          patient: 'ann',
        },
      )
      const done = await browser.submit(consent, fields)
      expect(answerIn(done).get('error')).toBe('access_denied')
      expect(answerIn(done).get('state')).toBe('a state/with ümläuts&=')
      expect((await browser.submit(consent, { action: 'allow', scope: 'patient/*.rs' })).status).toBe(400)
    }
  })

  test('a patient whom the user may not see cannot be chosen', async () => {
    const browser = await fresh()
    const picker = await browser.open(await authorizeUrl())
    for (const patient of ['stranger', 'nobody', '../x', '']) {
      const answer = await browser.submit(picker, { action: 'patient', patient })
      expect([answer.status, answer.text.includes('not one that you may see')]).toEqual([400, true])
    }
  })

  test('the endpoint takes POST, and a loopback redirect any port', async () => {
    const browser = await fresh()
    const url = await authorizeUrl({
      redirect_uri: 'http://127.0.0.1:49152/callback',
      scope: 'user/Patient.rs',
    })
    const [address = '', query = ''] = url.split('?')
    const consent = await browser.open(address, { method: 'POST', body: new URLSearchParams(query) })
    const done = await allow(browser, consent)
    expect(done.url.startsWith('http://127.0.0.1:49152/callback?code=')).toBe(true)
  })

  test('prompt=none answers at once: login_required, consent_required, or a code for what was granted before', async () => {
    const ask = await authorizeUrl({ prompt: 'none', scope: 'openid user/Patient.rs' })
    const stranger = openBrowser(world.app, world.services)
    expect(answerIn(await stranger.open(ask)).get('error')).toBe('login_required')
    await world.member('eve', 'Practitioner/eve', 'Organization/clinic', 'clinician')
    const browser = await fresh('eve')
    expect(answerIn(await browser.open(ask)).get('error')).toBe('consent_required')
    const first = await allow(browser, await browser.open(await authorizeUrl({ scope: 'openid user/*.rs' })))
    expectStatus200(await exchange(world, answerIn(first).get('code') ?? ''))
    expect(answerIn(await browser.open(ask)).get('code')).toMatch(/^[\w-]{43}$/)
  })

  test('prompt=login and max_age ask for a new sign-in', async () => {
    for (const changed of [{ prompt: 'login' }, { prompt: 'select_account' }, { max_age: '0' }]) {
      const browser = await fresh()
      await new Promise((resolve) => setTimeout(resolve, 5))
      const shown = await browser.open(await authorizeUrl({ ...changed, scope: 'user/Patient.rs' }))
      expect(shown.url).toContain('fresh=1')
      const next = new URL(shown.url).searchParams.get('next') ?? ''
      await browser.signIn('drew')
      expect((await browser.open(`${publicUrl}${next}`)).text).toContain('Let Mood App')
    }
  })

  test('the pages speak Spanish, and name what a search narrows', async () => {
    const browser = await fresh()
    const page = await browser.open(
      await authorizeUrl({ scope: 'user/Observation.crs?category=http://a|survey' }),
      {
        headers: { 'accept-language': 'es-MX,es;q=0.9' },
      },
    )
    const spanish = await browser.open(`${page.url}?ui_locales=es`)
    expect(spanish.text).toContain('lang="es"')
    expect(spanish.text).toContain('Leer y añadir resultados, puntuaciones y mediciones (solo encuestas)')
  })

  test('`fhirUser` reads who the user is, and nobody else', async () => {
    const scope = 'openid fhirUser launch/patient patient/Observation.rs'
    const { body } = await exchange(world, await codeFor(world, { scope }))
    const bearer = { token: body.access_token }
    expectStatus(await world.get(bearer, 'Practitioner/drew'), 200)
    const [other, missing] = [
      await world.get(bearer, 'Practitioner/lou'),
      await world.get(bearer, 'Practitioner/no'),
    ]
    expect([other.status, other.text]).toEqual([missing.status, missing.text])
    expectOutcome(await world.get(bearer, 'Practitioner'), 403)
    const without = (await exchange(world, await codeFor(world, { scope: 'openid patient/Observation.rs' })))
      .body
    const refused = await world.get({ token: without.access_token }, 'Practitioner/drew')
    expectOutcome(refused, 403)
    expect(refused.headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_scope", scope="patient/Practitioner.r"',
    )
    const unknown = await world.get({ token: 'x'.repeat(43) }, 'Practitioner/drew')
    expect(unknown.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
    expect((await world.get(undefined, 'Practitioner/drew')).headers.get('www-authenticate')).toBe('Bearer')
  })

  test('a request belongs to the browser that took it up', async () => {
    const browser = await fresh()
    const page = await browser.open(await authorizeUrl({ scope: 'user/Patient.rs' }))
    const other = await fresh('ann')
    expect((await other.open(page.url)).status).toBe(400)
    expect((await other.submit(page, { action: 'allow', scope: 'user/Patient.rs' })).status).toBe(400)
    expect(answerIn(await allow(browser, page)).get('code')).not.toBeNull()
  })

  test('what is allowed is what was shown: another tab cannot put somebody else, or nobody, into it', async () => {
    const browser = await fresh()
    const picker = await browser.open(await authorizeUrl({ scope: 'patient/*.rs' }))
    const about = await browser.submit(picker, { action: 'patient', patient: 'ann' })
    await browser.submit(picker, { action: 'patient', patient: 'bea' })
    expect((await browser.submit(about, { action: 'allow', scope: 'patient/*.rs' })).status).toBe(400)
    const early = await browser.open(await authorizeUrl({ scope: 'patient/*.rs' }))
    for (const shown of [' ', 'ann ', 'stranger '])
      expect(
        (await browser.submit(early, { action: 'allow', scope: 'patient/*.rs', about: shown })).status,
      ).toBe(400)
  })

  test('who has no session does not take a request from the session that has it', async () => {
    const browser = await fresh()
    const page = await browser.open(await authorizeUrl({ scope: 'user/Patient.rs' }))
    expect((await openBrowser(world.app, world.services).open(page.url)).status).toBe(400)
    expect((await browser.open(page.url)).status).toBe(200)
  })

  test('a form from elsewhere is not taken', async () => {
    const browser = await fresh()
    const page = await browser.open(await authorizeUrl({ scope: 'user/Patient.rs' }))
    const body = new URLSearchParams({ action: 'allow', scope: 'user/Patient.rs' })
    const token = /name="token" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
    for (const [origin, sent] of [
      ['https://evil.example', token],
      [publicUrl, ''],
      [publicUrl, 'x'.repeat(64)],
      ['null', token],
    ] as const) {
      body.set('token', sent)
      const answer = await browser.open(page.url, { method: 'POST', body, headers: { origin } })
      expect([answer.status, answer.url]).toEqual([400, page.url])
    }
  })
})

const expectStatus200 = (answer: { status: number; body: object }): void =>
  expect([answer.status, answer.body]).toMatchObject([200, {}])

describe.each(runtimes)('what breaks the rules of authorization, on %s', (runtime) => {
  let world: World
  beforeAll(async () => {
    world = await openOn(runtime)
    await settleApps(world)
  }, 120_000)
  afterAll(() => world.close())

  test.each([
    ['an unknown client', { client_id: 'nobody' }],
    ['no client', { client_id: undefined }],
    ['a foreign redirect', { redirect_uri: 'https://evil.example/callback' }],
    ['a redirect with more in its path', { redirect_uri: `${redirect}/more` }],
    ['a redirect with a query of its own', { redirect_uri: `${redirect}?next=evil` }],
    ['a redirect in capitals', { redirect_uri: redirect.toUpperCase() }],
    ['no redirect', { redirect_uri: undefined }],
    ['a loopback redirect with another path', { redirect_uri: 'http://127.0.0.1:1/other' }],
    ['a loopback redirect by name', { redirect_uri: 'http://localhost/callback' }],
    ['a loopback redirect that is none', { redirect_uri: 'http://127.0.0.1:1@evil.example/callback' }],
  ])('%s: a page, and nobody is sent anywhere', async (_name, changed) => {
    const answer = await world.app.request(await authorizeUrl(changed))
    expect(answer.status).toBe(400)
    expect(answer.headers.get('location')).toBeNull()
    expect(answer.headers.get('content-type')).toContain('text/html')
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect((await answer.text()).replace(/<header>.*<\/header>/s, '')).not.toContain('evil')
  })

  test.each<[string, Record<string, string | undefined>, string]>([
    ['no response type', { response_type: undefined }, 'invalid_request'],
    ['the implicit grant', { response_type: 'token' }, 'unsupported_response_type'],
    ['a fragment', { response_mode: 'fragment' }, 'invalid_request'],
    ['no audience', { aud: undefined }, 'invalid_request'],
    ['another audience', { aud: 'https://evil.example/fhir' }, 'invalid_request'],
    ['a part of the audience', { aud: `${base}/Patient` }, 'invalid_request'],
    ['no challenge', { code_challenge: undefined }, 'invalid_request'],
    ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['no method', { code_challenge_method: undefined }, 'invalid_request'],
    ['a challenge that is no hash', { code_challenge: 'short' }, 'invalid_request'],
    ['an unknown type', { scope: 'patient/Nonsense.rs' }, 'invalid_scope'],
    ['letters out of order', { scope: 'patient/Patient.sr' }, 'invalid_scope'],
    ['no scope', { scope: undefined }, 'invalid_scope'],
    ['scopes of its own alone', { scope: 'system/*.rs' }, 'invalid_scope'],
    ['a launch that is not named', { scope: 'launch patient/*.rs' }, 'invalid_request'],
    ['a launch that is unknown', { scope: 'launch patient/*.rs', launch: 'x' }, 'invalid_request'],
    ['a request object', { request: 'x' }, 'request_not_supported'],
    ['a request object elsewhere', { request_uri: 'https://evil.example' }, 'request_uri_not_supported'],
    ['a strange prompt', { prompt: 'none login' }, 'invalid_request'],
    ['a strange age', { max_age: '-1' }, 'invalid_request'],
  ])('%s goes back to the app', async (_name, changed, error) => {
    const answer = await world.app.request(await authorizeUrl(changed))
    expect(answer.status).toBe(303)
    const back = new URL(answer.headers.get('location') ?? '')
    expect(back.origin + back.pathname).toBe(redirect)
    expect(Object.fromEntries(back.searchParams)).toMatchObject({
      error,
      state: 'a state/with ümläuts&=',
      iss: publicUrl,
    })
    expect(back.searchParams.get('error_description')).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  })

  test('a parameter that comes twice', async () => {
    const answer = await world.app.request(`${await authorizeUrl()}&scope=patient/*.rs`)
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('error')).toBe('invalid_request')
    const redirects = await world.app.request(
      `${await authorizeUrl()}&redirect_uri=${encodeURIComponent(redirect)}`,
    )
    expect(redirects.status).toBe(400)
  })

  test('a code that is replayed ends the grant, with all that was issued', async () => {
    const code = await codeFor(world)
    const { body } = await exchange(world, code)
    expectStatus(await world.get({ token: body.access_token }, 'Patient/ann'), 200)
    expect((await exchange(world, code)).body.error).toBe('invalid_grant')
    expectOutcome(await world.get({ token: body.access_token }, 'Patient/ann'), 401)
    expect((await refresh(world, body.refresh_token)).body.error).toBe('invalid_grant')
  })

  test('of five uses of a code at once one at most is good, and the grant ends', async () => {
    const code = await codeFor(world)
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => exchange(world, code)))
    const good = answers.filter(({ status }) => status === 200)
    expect(good.length).toBeLessThanOrEqual(1)
    for (const { body } of good)
      expectOutcome(await world.get({ token: body.access_token }, 'Patient/ann'), 401)
  })

  test.each<[string, Record<string, string>, string]>([
    ['another client', { client_id: 'other-app' }, 'invalid_grant'],
    ['another redirect', { redirect_uri: 'http://127.0.0.1/callback' }, 'invalid_grant'],
    [
      'another verifier',
      { code_verifier: 'another-verifier-of-at-least-forty-three-chars-' },
      'invalid_grant',
    ],
    ['no verifier', { code_verifier: '' }, 'invalid_request'],
    ['a short verifier', { code_verifier: 'short' }, 'invalid_request'],
    ['a client with a secret that leaves it out', { client_id: 'server-app' }, 'invalid_client'],
    ['a client that nobody knows', { client_id: 'nobody' }, 'invalid_client'],
    ['the password grant', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['the implicit grant', { grant_type: 'implicit' }, 'unsupported_grant_type'],
  ])('a code with %s', async (_name, changed, error) => {
    const code = await codeFor(world)
    const { status, body } = await exchange(world, code, changed)
    expect(status).toBe(error === 'invalid_client' ? 401 : 400)
    expect(body.error).toBe(error)
    expect(body.access_token).toBeUndefined()
  })

  test('a code is good for a minute', async () => {
    const code = await codeFor(world)
    const { services } = world
    const later = { now: () => services.clock.now(), real: () => new Date(Date.now() + 61_000) }
    const { grantToken } = await import('../../../src/smart/token.ts')
    const form = new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: redirect, client_id: 'app', code_verifier: verifier }) // prettier-ignore
    const { body } = await grantToken({ ...services, clock: later }, form, `${publicUrl}/oauth/token`)
    expect(body.error).toBe('invalid_grant')
  })

  test('refresh tokens rotate; one that is used again ends the grant', async () => {
    const first = (await exchange(world, await codeFor(world))).body
    const second = (await refresh(world, first.refresh_token)).body
    expect(second).toMatchObject({ patient: 'ann', scope: first.scope })
    expectStatus(await world.get({ token: second.access_token }, 'Patient/ann'), 200)
    expect((await refresh(world, first.refresh_token)).body.error).toBe('invalid_grant')
    expectOutcome(await world.get({ token: second.access_token }, 'Patient/ann'), 401)
    expect((await refresh(world, second.refresh_token)).body.error).toBe('invalid_grant')
  })

  test('a refresh is for the same client, and for no more than was granted', async () => {
    const { body } = await exchange(world, await codeFor(world))
    expect((await refresh(world, body.refresh_token, { client_id: 'other-app' })).body.error).toBe(
      'invalid_grant',
    )
    for (const scope of ['patient/*.cruds', 'user/*.rs', 'patient/*.rs system/*.rs', 'online_access'])
      expect((await refresh(world, body.refresh_token, { scope })).body.error).toBe('invalid_scope')
    const less = (await refresh(world, body.refresh_token, { scope: 'patient/Patient.r' })).body
    expect(less).toMatchObject({ scope: 'patient/Patient.r', patient: 'ann' })
    expectOutcome(await world.get({ token: less.access_token }, 'Observation'), 403)
    expect((await refresh(world, less.refresh_token)).body.scope).toBe(body.scope)
  })

  test('a public client need not name itself on refresh; one with a secret must prove itself', async () => {
    const { body } = await exchange(world, await codeFor(world))
    const form = { grant_type: 'refresh_token', refresh_token: body.refresh_token }
    expect((await askToken(world, form)).status).toBe(200)
  })

  test('online access ends with the session', async () => {
    const scope = 'launch/patient patient/*.rs online_access'
    const { body } = await exchange(world, await codeFor(world, { scope }))
    const next = (await refresh(world, body.refresh_token)).body
    expect(next.access_token).toBeDefined()
    await world.database.query({ text: 'DELETE FROM session', params: [] })
    expect((await refresh(world, next.refresh_token)).body.error).toBe('invalid_grant')
  })

  test('a client that is registered anew, and a user who is another, end their grants', async () => {
    const { body } = await exchange(world, await codeFor(world))
    const { upsertClient, findClient } = await import('../../../src/smart/clients.ts')
    const app = await findClient(world.database, 'app')
    await upsertClient(world.database, { ...app, name: 'Renamed' })
    expectOutcome(await world.get({ token: body.access_token }, 'Patient/ann'), 401)
    expect((await refresh(world, body.refresh_token)).body.error).toBe('invalid_grant')
    await upsertClient(world.database, app)
  })
})
