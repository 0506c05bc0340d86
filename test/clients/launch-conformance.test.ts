import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { beginLaunch } from '../../src/smart/launch.ts'
import { challengeOf } from '../../src/smart/pkce.ts'
import { type AppKeys, assertionOf, authorizedAt, callback, plainSecret, registerApps } from './apps.ts'
import { type Gateway, openGateway } from './gateway.ts'

/**
 * What the public kits for SMART App Launch 2.2 ask of a server, group by group: discovery, standalone launch, OpenID Connect,
 * refresh without and with scopes, EHR launch, introspection, backend services.
 */

const origin = new URL(callback).origin
const verifier = `${crypto.randomUUID()}-${crypto.randomUUID()}`

type Json = Readonly<Record<string, unknown>>
type App = 'public-app' | 'plain-app' | 'es384-app' | 'rs384-app'

describe.each(['postgres'] as const)('as the public kits ask, on %s', (kind) => {
  let gateway: Gateway
  let keys: AppKeys
  let configuration: Json

  beforeAll(async () => {
    gateway = await openGateway(kind)
    keys = await registerApps(gateway)
    const answer = await fetch(`${gateway.base}/.well-known/smart-configuration`)
    configuration = (await answer.json()) as Json
  }, 60_000)
  afterAll(() => gateway.close())

  const get = async (address: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(address, { headers: { accept: 'application/json', origin, ...headers } })
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Json }
  }

  const proofOf = async (
    app: App,
  ): Promise<{ headers: Record<string, string>; form: Record<string, string> }> => {
    if (app === 'public-app') return { headers: {}, form: { client_id: app } }
    if (app === 'plain-app')
      return { headers: { authorization: `Basic ${btoa(`${app}:${plainSecret}`)}` }, form: {} }
    const key = app === 'es384-app' ? keys.es384 : keys.rs384
    const form = {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertionOf(gateway, app, key, { exp: Math.floor(Date.now() / 1000) + 300 }),
    }
    return { headers: {}, form }
  }

  const post = async (name: string, form: Record<string, string>, headers: Record<string, string> = {}) => {
    const answer = await fetch(String(configuration[`${name}_endpoint`]), {
      method: 'POST',
      headers: { origin, ...headers },
      body: new URLSearchParams(form),
    })
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Json }
  }

  const askToken = async (app: App, asked: Record<string, string>) => {
    const { headers, form } = await proofOf(app)
    return post('token', { ...asked, ...form }, headers)
  }

  const launch = async (app: App, scope: string, more: Record<string, string> = {}) => {
    const state = crypto.randomUUID()
    const address = new URL(String(configuration.authorization_endpoint))
    address.search = new URLSearchParams({
      response_type: 'code',
      client_id: app,
      redirect_uri: callback,
      scope,
      state,
      aud: gateway.base,
      code_challenge: await challengeOf(verifier),
      code_challenge_method: 'S256',
      ...more,
    }).toString()
    const back = await authorizedAt(gateway, address)
    expect(back.searchParams.get('state')).toBe(state)
    return askToken(app, {
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      redirect_uri: callback,
      code_verifier: verifier,
    })
  }

  const expectTokens = ({ status, headers, body }: Awaited<ReturnType<typeof post>>): Json => {
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toContain('no-store')
    expect(headers.get('pragma')).toContain('no-cache')
    expect(headers.get('access-control-allow-origin')).toBe(origin)
    expect(body).toMatchObject({
      access_token: expect.any(String),
      token_type: expect.stringMatching(/^bearer$/i),
      expires_in: expect.any(Number),
      scope: expect.any(String),
    })
    expect(body.expires_in).toBeLessThanOrEqual(3600)
    return body
  }

  describe('discovery', () => {
    test('the configuration is there for any origin, as JSON, with what must be in it', async () => {
      const elsewhere = { origin: 'https://somewhere.example' }
      const { status, headers, body } = await get(`${gateway.base}/.well-known/smart-configuration`, elsewhere)
      expect([status, headers.get('content-type')]).toEqual([200, expect.stringMatching(/^application\/json/)])
      expect(headers.get('access-control-allow-origin')).toMatch(/^(\*|https:\/\/somewhere\.example)$/)
      const { grant_types_supported, code_challenge_methods_supported, capabilities } = body
      expect(grant_types_supported).toEqual(
        expect.arrayContaining(['authorization_code', 'client_credentials']),
      )
      expect(code_challenge_methods_supported).toEqual(['S256'])
      expect(capabilities).toContain('sso-openid-connect')
      for (const name of ['issuer', 'jwks_uri', 'authorization_endpoint', 'token_endpoint', 'introspection_endpoint', 'revocation_endpoint', 'management_endpoint'])
        expect(String(body[name])).toMatch(/^https?:\/\//)
      expect(body.token_endpoint_auth_methods_supported).toContain('private_key_jwt')
      expect(body.token_endpoint_auth_signing_alg_values_supported).toEqual(
        expect.arrayContaining(['RS384', 'ES384']),
      )
      expect(body.scopes_supported).toEqual(expect.arrayContaining(['openid', 'fhirUser', 'launch', 'launch/patient', 'offline_access']))
    }) // prettier-ignore

    test('metadata is there for any origin, and names the same endpoints', async () => {
      const { status, headers, body } = await get(`${gateway.base}/metadata`, {
        accept: 'application/fhir+json',
        origin: 'https://somewhere.example',
      })
      expect([status, headers.get('access-control-allow-origin')]).toEqual([200, '*'])
      const text = JSON.stringify(body)
      expect(text).toContain('SMART-on-FHIR')
      for (const name of ['authorization', 'token', 'introspection', 'revocation', 'management'])
        expect(text).toContain(`"${String(configuration[`${name}_endpoint`])}"`)
    })
  })

  const standalone = 'launch/patient openid fhirUser offline_access patient/*.rs'

  describe.each(['public-app', 'plain-app', 'es384-app', 'rs384-app'] as const)('%s', (app) => {
    test('standalone launch, the user, and refresh without and with scopes', async () => {
      const first = expectTokens(await launch(app, standalone))
      expect(first).toMatchObject({ patient: 'ann', id_token: expect.any(String), refresh_token: expect.any(String) })
      expect(String(first.scope).split(' ').toSorted()).toEqual(standalone.split(' ').toSorted())
      expect((await get(`${gateway.base}/Patient/ann`, { authorization: `Bearer ${String(first.access_token)}` })).body).toMatchObject({ id: 'ann' })

      const openid = await get(`${String(decodeJwt(String(first.id_token)).iss)}/.well-known/openid-configuration`)
      expect(openid.status).toBe(200)
      expect(openid.headers.get('content-type')).toMatch(/^application\/json/)
      for (const name of ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'response_types_supported', 'subject_types_supported'])
        expect(openid.body).toHaveProperty(name)
      expect(openid.body.id_token_signing_alg_values_supported).toContain('RS256')
      const jwks = (await get(String(openid.body.jwks_uri))).body as unknown as JSONWebKeySet
      const { payload } = await jwtVerify(String(first.id_token), createLocalJWKSet(jwks), { algorithms: ['RS256'], issuer: String(openid.body.issuer), audience: app })
      expect(jwks.keys.map(({ kid }) => kid)).toContain(decodeProtectedHeader(String(first.id_token)).kid)
      expect(payload).toMatchObject({ sub: expect.stringMatching(/^.{1,255}$/), exp: expect.any(Number), iat: expect.any(Number) })

      const user = await get(String(payload.fhirUser), { authorization: `Bearer ${String(first.access_token)}` })
      expect(user.body).toMatchObject({ resourceType: 'Practitioner', id: 'lee' })
      expect(user.headers.get('access-control-allow-origin')).toBe(origin)

      const refresh = (token: unknown, more: Record<string, string> = {}) =>
        askToken(app, { grant_type: 'refresh_token', refresh_token: String(token), ...more })
      const second = expectTokens(await refresh(first.refresh_token))
      expect(second).toMatchObject({ patient: 'ann', scope: first.scope })
      const third = expectTokens(await refresh(second.refresh_token, { scope: String(first.scope) }))
      expect(third.scope).toBe(first.scope)
    }) // prettier-ignore

    test('EHR launch: what it began with comes with the token, and stays', async () => {
      const { database, services } = gateway.world
      const context = {
        patient: 'ann',
        encounter: 'visit',
        fhirContext: [{ reference: 'Observation/8867-4-1' }],
        intent: 'reconcile',
        need_patient_banner: false,
        smart_style_url: 'https://app.example/style.json',
        tenant: 'elm',
      }
      const begun = await beginLaunch(database, { client: app, member: 'lee', context }, services.clock.real())
      const scope = 'launch openid fhirUser offline_access user/*.rs'
      const body = expectTokens(await launch(app, scope, { launch: begun }))
      expect(body).toMatchObject(context)
      const refreshed = await askToken(app, { grant_type: 'refresh_token', refresh_token: String(body.refresh_token) })
      expect(expectTokens(refreshed)).toMatchObject(context)
      const user = decodeJwt(String(body.id_token)).fhirUser
      expect((await get(String(user), { authorization: `Bearer ${String(body.access_token)}` })).status).toBe(200)
    }) // prettier-ignore

    test('introspection tells of the token what came with it, and nothing of any other', async () => {
      const tokens = expectTokens(await launch(app, standalone))
      const bearer = { authorization: `Bearer ${String(tokens.access_token)}` }
      const { iss, sub, fhirUser } = decodeJwt(String(tokens.id_token))
      const told = await post('introspection', { token: String(tokens.access_token) }, bearer)
      expect(told.status).toBe(200)
      expect(told.body).toMatchObject({
        active: true,
        client_id: app,
        patient: 'ann',
        iss,
        sub,
        fhirUser,
        exp: expect.any(Number),
      })
      expect(String(told.body.scope).split(' ').toSorted()).toEqual(
        String(tokens.scope).split(' ').toSorted(),
      )
      const invalid = await post('introspection', { token: 'invalid_token_value' }, bearer)
      expect([invalid.status, invalid.body]).toEqual([200, { active: false }])
    })
  })

  describe.each(['es384-app', 'rs384-app'] as const)('backend services: %s', (app) => {
    const ask = (form: Record<string, string> = {}) =>
      askToken(app, { grant_type: 'client_credentials', scope: 'system/*.rs', ...form })

    test('a token of five minutes, and what it is good for', async () => {
      const body = expectTokens(await ask())
      expect(body).toMatchObject({ token_type: 'bearer', expires_in: 300, scope: 'system/*.rs' })
      expect(body).not.toHaveProperty('refresh_token')
      const bearer = { authorization: `Bearer ${String(body.access_token)}` }
      expect((await get(`${gateway.base}/Patient/ann`, bearer)).status).toBe(200)
      const told = await post('introspection', { token: String(body.access_token) }, bearer)
      expect(told.body).toMatchObject({ active: true, client_id: app, scope: body.scope })
      expect(told.body.exp).toEqual(expect.any(Number))
    })

    test('not for another grant, another kind of assertion, or an assertion that is none', async () => {
      expect((await ask({ grant_type: 'not_a_grant_type' })).status).toBe(400)
      const { form } = await proofOf(app)
      const wrong = [
        { ...form, client_assertion_type: 'not_an_assertion_type' },
        { ...form, client_assertion: 'not_a_jwt' },
      ]
      for (const proof of wrong) {
        const { status, body } = await post('token', { grant_type: 'client_credentials', scope: 'system/*.rs', ...proof }) // prettier-ignore
        expect([400, 401]).toContain(status)
        expect(body.error).toBe('invalid_client')
      }
    })
  })
})
