import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AppKeys, appSecret, authorizedAt, callback, registerApps } from './apps.ts'
import { type Gateway, openGateway } from './gateway.ts'

/**
 * oauth4webapi 3.8, as published. It checks what it gets: the issuer, `iss` of the response, state, nonce, the id_token and
 * its signature, `token_type`, `content-type`, and that a refusal has the form of RFC 6749. Left alone it signs assertions for the issuer and
 * without `typ`; SMART asks for the token endpoint and for `JWT`, which an app sets by `modifyAssertion`.
 */

const http = { [oauth.allowInsecureRequests]: true }
const scope = 'openid fhirUser launch/patient offline_access patient/*.rs'

describe.each(['postgres'] as const)('oauth4webapi on %s', (kind) => {
  let gateway: Gateway
  let keys: AppKeys
  let server: oauth.AuthorizationServer

  beforeAll(async () => {
    gateway = await openGateway(kind)
    keys = await registerApps(gateway)
    server = await discover('oidc')
  }, 60_000)
  afterAll(() => gateway.close())

  const discover = async (algorithm: 'oidc' | 'oauth2') => {
    const issuer = new URL(gateway.url)
    return oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, { ...http, algorithm }),
    )
  }

  const asSmart = {
    [oauth.modifyAssertion]: (header: Record<string, unknown>, claims: Record<string, unknown>) => {
      header.typ = 'JWT'
      claims.aud = server.token_endpoint
    },
  }

  const ways: Readonly<Record<string, () => oauth.ClientAuth>> = {
    'public-app': () => oauth.None(),
    'knowing-app': () => oauth.ClientSecretBasic(appSecret),
    'knowing-app, in the form': () => oauth.ClientSecretPost(appSecret),
    'es384-app': () => oauth.PrivateKeyJwt({ key: keys.es384.privateKey, kid: 'es' }, asSmart),
    'rs384-app': () => oauth.PrivateKeyJwt({ key: keys.rs384.privateKey, kid: 'rs' }, asSmart),
  }
  const names = Object.keys(ways)

  const clientOf = (name: string) => {
    const client: oauth.Client = { client_id: name.split(',')[0] ?? '' }
    return { client, authentication: ways[name]?.() ?? oauth.None() }
  }

  /** Sends somebody to authorize, and gets tokens for the code. */
  const signIn = async (name: string, asked: Readonly<Record<string, string>> = {}) => {
    const { client, authentication } = clientOf(name)
    const verifier = oauth.generateRandomCodeVerifier()
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
    const address = new URL(server.authorization_endpoint ?? '')
    address.search = new URLSearchParams({
      response_type: 'code',
      client_id: client.client_id,
      redirect_uri: callback,
      scope,
      state,
      nonce,
      aud: gateway.base,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...asked,
    }).toString()
    const parameters = oauth.validateAuthResponse(server, client, await authorizedAt(gateway, address), state)
    const exchange = () =>
      oauth.authorizationCodeGrantRequest(
        server,
        client,
        authentication,
        parameters,
        callback,
        verifier,
        http,
      )
    const answer = await exchange()
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
      expectedNonce: nonce,
      requireIdToken: true,
    })
    await oauth.validateApplicationLevelSignature(server, answer, http)
    return { client, authentication, tokens, exchange }
  }

  const read = async (token: string, path: string) => {
    const answer = await oauth.protectedResourceRequest(
      token,
      'GET',
      new URL(`${gateway.base}/${path}`),
      undefined,
      null,
      http,
    )
    return answer.json()
  }

  test.each(['oidc', 'oauth2'] as const)('discovers it by %s', async (algorithm) => {
    expect(await discover(algorithm)).toMatchObject({
      issuer: gateway.url,
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ['S256'],
    })
  })

  test('the SMART configuration says the same as the others, and has what is of SMART alone', async () => {
    const smart = await (await fetch(`${gateway.base}/.well-known/smart-configuration`)).json()
    const { issuer, token_endpoint, jwks_uri, introspection_endpoint } = server
    expect(smart).toMatchObject({ issuer, token_endpoint, jwks_uri, introspection_endpoint })
    expect(smart).toMatchObject({ capabilities: expect.arrayContaining(['launch-ehr', 'permission-v2']) })
  })

  test.each(names)('%s: code, id_token, FHIR, refresh, introspection, revocation', async (name) => {
    const { client, authentication, tokens } = await signIn(name)
    expect(oauth.getValidatedIdTokenClaims(tokens)).toMatchObject({
      iss: gateway.url,
      aud: client.client_id,
      fhirUser: `${gateway.base}/Practitioner/lee`,
    })
    expect(tokens).toMatchObject({ scope, patient: 'ann', token_type: 'bearer', expires_in: 3600 })
    expect(await read(tokens.access_token, 'Patient/ann')).toMatchObject({ id: 'ann' })
    await expect(read(tokens.access_token, 'Patient?_summary=count')).resolves.toMatchObject({ total: 1 })

    const renew = async (token: string) =>
      oauth.processRefreshTokenResponse(
        server,
        client,
        await oauth.refreshTokenGrantRequest(server, client, authentication, token, http),
      )
    const second = await renew(tokens.refresh_token ?? '')
    expect(second).toMatchObject({ patient: 'ann', scope })
    expect(second.refresh_token).not.toBe(tokens.refresh_token)
    expect(oauth.getValidatedIdTokenClaims(second)?.sub).toBe(oauth.getValidatedIdTokenClaims(tokens)?.sub)

    const introspect = async (token: string) =>
      oauth.processIntrospectionResponse(
        server,
        client,
        await oauth.introspectionRequest(server, client, authentication, token, http),
      )
    if (name !== 'public-app')
      for (const token of [second.access_token, second.refresh_token ?? ''])
        expect(await introspect(token)).toMatchObject({
          active: true,
          client_id: client.client_id,
          patient: 'ann',
          iss: gateway.url,
        })
    const revoke = async (token: string) =>
      oauth.processRevocationResponse(
        await oauth.revocationRequest(server, client, authentication, token, http),
      )
    await revoke(second.refresh_token ?? '')
    await expect(read(second.access_token, 'Patient/ann')).rejects.toMatchObject({
      status: 401,
      cause: [{ scheme: 'bearer' }],
    })
    await expect(renew(second.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(revoke('of nobody')).resolves.toBeUndefined()
    if (name !== 'public-app') expect(await introspect(second.access_token)).toEqual({ active: false })
  })

  test('a refresh token that is used twice ends what came of it', async () => {
    const { client, authentication, tokens } = await signIn('knowing-app')
    const renew = async () =>
      oauth.processRefreshTokenResponse(
        server,
        client,
        await oauth.refreshTokenGrantRequest(
          server,
          client,
          authentication,
          tokens.refresh_token ?? '',
          http,
        ),
      )
    const { access_token } = await renew()
    await expect(renew()).rejects.toMatchObject({ error: 'invalid_grant', status: 400 })
    await expect(read(access_token, 'Patient/ann')).rejects.toThrow()
  })

  test('a code that is used twice is refused in the form of RFC 6749', async () => {
    const { client, exchange } = await signIn('es384-app')
    await expect(
      oauth.processAuthorizationCodeResponse(server, client, await exchange()),
    ).rejects.toMatchObject({ error: 'invalid_grant', status: 400 })
  })

  test('an answer that names another issuer is not taken, one that names this is', async () => {
    const client = { client_id: 'public-app' }
    const answer = new URLSearchParams({ code: 'x', state: 's', iss: gateway.url })
    expect(oauth.validateAuthResponse(server, client, answer, 's').get('code')).toBe('x')
    answer.set('iss', 'https://other.example')
    expect(() => oauth.validateAuthResponse(server, client, answer, 's')).toThrow(/"iss"/)
  })

  test('a refusal of the user reaches the app with state and issuer', async () => {
    const client = { client_id: 'public-app' }
    const address = new URL(server.authorization_endpoint ?? '')
    address.search = new URLSearchParams({
      response_type: 'code',
      client_id: 'public-app',
      redirect_uri: callback,
      state: 's',
      scope: 'patient/Nonsense.rs',
      aud: gateway.base,
    }).toString()
    const { headers } = await fetch(address, { redirect: 'manual' })
    const back = new URL(headers.get('location') ?? '')
    expect(() => oauth.validateAuthResponse(server, client, back, 's')).toThrow(
      expect.objectContaining({ error: 'invalid_scope' }),
    )
  })

  describe('client credentials', () => {
    const ask = async (
      name: string,
      authentication: oauth.ClientAuth,
      form: Record<string, string> = { scope: 'system/Patient.rs' },
    ) => {
      const client = { client_id: name }
      return oauth.processClientCredentialsResponse(
        server,
        client,
        await oauth.clientCredentialsGrantRequest(server, client, authentication, form, http),
      )
    }
    const business = (purpose: unknown) => ({
      [oauth.modifyAssertion]: (header: Record<string, unknown>, claims: Record<string, unknown>) => {
        asSmart[oauth.modifyAssertion](header, claims)
        claims.extensions = {
          'hl7-b2b': {
            version: '1',
            organization_id: `${gateway.base}/Organization/clinic`,
            organization_name: 'Clinic',
            purpose_of_use: purpose,
          },
        }
      },
    })

    test.each(names.filter((name) => name !== 'public-app'))('%s', async (name) => {
      const { client, authentication } = clientOf(name)
      const tokens = await ask(client.client_id, authentication)
      expect(tokens).toMatchObject({ scope: 'system/Patient.rs', expires_in: 300 })
      expect(tokens.refresh_token).toBeUndefined()
      expect(await read(tokens.access_token, 'Patient/bob')).toMatchObject({ id: 'bob' })
    })

    test('say what they are for with `hl7-b2b`', async () => {
      const signing = (purpose: unknown) =>
        oauth.PrivateKeyJwt({ key: keys.es384.privateKey, kid: 'es' }, business(purpose))
      const treat = 'urn:oid:2.16.840.1.113883.5.8#TREAT'
      expect((await ask('several', signing([treat]))).access_token).toBeDefined()
      for (const purpose of [['HRESCH'], ['TREAT', 'HPAYMT'], [], ['nonsense'], 7])
        await expect(ask('several', signing(purpose))).rejects.toMatchObject({ error: 'invalid_grant' })
      await expect(ask('several', ways['es384-app']?.() ?? oauth.None())).rejects.toMatchObject({
        error: 'invalid_request',
      })
    })

    test('an assertion as the library signs it by itself is refused with what to mend', async () => {
      const client = { client_id: 'es384-app' }
      const typed = {
        [oauth.modifyAssertion]: (header: Record<string, unknown>) => void (header.typ = 'JWT'),
      }
      for (const [options, fault] of [
        [{}, 'typ'],
        [typed, 'aud'],
      ] as const) {
        const way = oauth.PrivateKeyJwt({ key: keys.es384.privateKey, kid: 'es' }, options)
        const answer = await oauth.clientCredentialsGrantRequest(server, client, way, {}, http)
        expect(await answer.clone().json()).toEqual({
          error: 'invalid_client',
          error_description: expect.stringContaining(fault),
        })
        // The library reads the challenge that goes with any 401 (RFC 9110 section 15.5.2), and the body no more.
        await expect(oauth.processClientCredentialsResponse(server, client, answer)).rejects.toMatchObject({
          status: 401,
          cause: [{ scheme: 'basic' }],
        })
      }
    })

    test('a wrong secret is refused in a way that names a scheme', async () => {
      await expect(ask('knowing-app', oauth.ClientSecretBasic('wrong'))).rejects.toMatchObject({
        status: 401,
        cause: [{ scheme: 'basic' }],
      })
    })
  })
})
