import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '../contract/smart/browser.ts'
import { type AppKeys, appSecret, authorizedAt, callback, registerApps } from './apps.ts'
import { type Gateway, openGateway } from './gateway.ts'

/** openid-client 6.9, as published: what a Node server uses to sign its users in. */

const scope = 'openid fhirUser launch/patient offline_access patient/*.rs user/Practitioner.r'

describe.each(['postgres'] as const)('openid-client on %s', (kind) => {
  let gateway: Gateway
  let keys: AppKeys

  beforeAll(async () => {
    gateway = await openGateway(kind)
    keys = await registerApps(gateway)
  }, 60_000)
  afterAll(() => gateway.close())

  const asSmart = (more: object = {}) => ({
    [openid.modifyAssertion]: (header: Record<string, unknown>, claims: Record<string, unknown>) => {
      header.typ = 'JWT'
      Object.assign(claims, { aud: `${gateway.url}/oauth/token`, ...more })
    },
  })

  const ways: Readonly<Record<string, () => openid.ClientAuth>> = {
    'public-app': () => openid.None(),
    'knowing-app': () => openid.ClientSecretBasic(appSecret),
    'knowing-app, in the form': () => openid.ClientSecretPost(appSecret),
    'es384-app': () => openid.PrivateKeyJwt({ key: keys.es384.privateKey, kid: 'es' }, asSmart()),
    'rs384-app': () => openid.PrivateKeyJwt({ key: keys.rs384.privateKey, kid: 'rs' }, asSmart()),
  }

  const configure = async (name: string, way = ways[name]?.()) => {
    const configuration = await openid.discovery(
      new URL(gateway.url),
      name.split(',')[0] ?? '',
      undefined,
      way,
      { execute: [openid.allowInsecureRequests] },
    )
    openid.enableNonRepudiationChecks(configuration)
    return configuration
  }

  const signIn = async (configuration: openid.Configuration, asked: Record<string, string> = {}) => {
    const pkceCodeVerifier = openid.randomPKCECodeVerifier()
    const [expectedState, expectedNonce] = [openid.randomState(), openid.randomNonce()]
    const address = openid.buildAuthorizationUrl(configuration, {
      redirect_uri: callback,
      scope,
      aud: gateway.base,
      state: expectedState,
      nonce: expectedNonce,
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      ...asked,
    })
    const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
    const back = await authorizedAt(gateway, address)
    return openid.authorizationCodeGrant(configuration, back, checks)
  }

  test.each(Object.keys(ways))('%s signs a user in, reads, refreshes, revokes', async (name) => {
    const configuration = await configure(name)
    const tokens = await signIn(configuration)
    const claims = tokens.claims()
    expect(claims).toMatchObject({ aud: name.split(',')[0], auth_time: expect.any(Number) })
    const { fhirUser } = claims as unknown as { fhirUser: string }
    const get = (token: string, address: string) =>
      openid.fetchProtectedResource(configuration, token, new URL(address), 'GET')
    const user = await get(tokens.access_token, fhirUser)
    expect(await user.json()).toMatchObject({ resourceType: 'Practitioner', id: 'lee' })

    const next = await openid.refreshTokenGrant(configuration, tokens.refresh_token ?? '', {
      scope: 'openid patient/Patient.r',
    })
    expect(next).toMatchObject({ scope: 'openid patient/Patient.r', patient: 'ann' })
    expect(next.claims()?.sub).toBe(claims?.sub)
    expect(next.expiresIn()).toBeGreaterThan(3500)
    await expect(get(next.access_token, `${gateway.base}/Observation`)).rejects.toMatchObject({
      cause: [{ parameters: { error: 'insufficient_scope', scope: 'patient/Observation.s' } }],
    })

    if (name !== 'public-app')
      expect(await openid.tokenIntrospection(configuration, next.access_token)).toMatchObject({
        active: true,
        scope: 'openid patient/Patient.r',
        sub: claims?.sub,
        fhirUser,
      })
    await openid.tokenRevocation(configuration, next.access_token)
    await expect(get(next.access_token, `${gateway.base}/Patient/ann`)).rejects.toThrow()
    const third = await openid.refreshTokenGrant(configuration, next.refresh_token ?? '')
    expect(third.scope).toBe(scope)
  })

  test('a user who allowed it before is not asked again with `prompt=none`, and who is not signed in is told so', async () => {
    const configuration = await configure('public-app')
    await signIn(configuration, { max_age: '3600', scope: 'openid user/Patient.rs' })
    const silent = await signIn(configuration, { prompt: 'none', scope: 'openid user/Patient.r' })
    expect(silent.scope).toBe('openid user/Patient.r')
    const address = openid.buildAuthorizationUrl(configuration, {
      redirect_uri: callback,
      scope: 'openid user/Patient.r',
      aud: gateway.base,
      prompt: 'none',
      state: 's',
      code_challenge: await openid.calculatePKCECodeChallenge(openid.randomPKCECodeVerifier()),
      code_challenge_method: 'S256',
    })
    const stranger = openBrowser(
      { request: (url, init) => fetch(url, { ...init, redirect: 'manual' }) },
      gateway.world.services,
    )
    const { url } = await stranger.open(address.href)
    await expect(
      openid.authorizationCodeGrant(configuration, new URL(url), { expectedState: 's' }),
    ).rejects.toMatchObject({ error: 'login_required' })
  })

  test('a system asks for itself, and says what for', async () => {
    const b2b = { version: '1', organization_id: 'Organization/clinic', purpose_of_use: ['HPAYMT'] }
    const way = openid.PrivateKeyJwt(
      { key: keys.es384.privateKey, kid: 'es' },
      asSmart({ extensions: { 'hl7-b2b': b2b } }),
    )
    const configuration = await configure('several', way)
    const tokens = await openid.clientCredentialsGrant(configuration, { scope: 'system/Patient.rs' })
    expect(tokens.refresh_token).toBeUndefined()
    const answer = await openid.fetchProtectedResource(
      configuration,
      tokens.access_token,
      new URL(`${gateway.base}/Patient?_summary=count`),
      'GET',
    )
    expect(answer.status).toBe(200)
  })

  test('what goes wrong is told in the words of RFC 6749', async () => {
    const configuration = await configure('public-app')
    await expect(openid.refreshTokenGrant(configuration, 'nonsense')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
    await expect(openid.genericGrantRequest(configuration, 'urn:nonsense', {})).rejects.toMatchObject({
      error: 'unsupported_grant_type',
    })
    await expect(openid.clientCredentialsGrant(configuration, {})).rejects.toMatchObject({
      error: 'unauthorized_client',
    })
  })
})
