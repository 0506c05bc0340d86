import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  base64url,
  CompactEncrypt,
  exportPKCS8,
  exportSPKI,
  generateKeyPair,
  importPKCS8,
  type JWTPayload,
  SignJWT,
} from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assertionType } from '../../src/smart/assertion.ts'
import { upsertClient } from '../../src/smart/clients.ts'
import { type Key, makeKey } from '../smart/world.ts'
import { type AppKeys, appSecret, assertionOf, registerApps } from './apps.ts'
import { type Gateway, openGateway } from './gateway.ts'

/** What somebody who has no key, or another's, sends to the token endpoint (RFC 7523 section 3, RFC 8725, SMART App Launch 2.2). */

describe.each(['postgres'] as const)('assertions over HTTP on %s', (kind) => {
  let gateway: Gateway
  let keys: AppKeys
  let stranger: Key

  beforeAll(async () => {
    gateway = await openGateway(kind)
    keys = await registerApps(gateway)
    stranger = await makeKey('es', 'ES384')
    const { database } = gateway.world
    const common = { organization: 'Organization/clinic', scope: 'system/*.rs', purposes: ['TREAT'] }
    const clinic = { ...common, redirects: [], roles: [], kind: 'jwks' }
    const twins = [keys.es384.jwk, { ...keys.rs384.jwk, kid: 'es' }]
    await upsertClient(database, { ...clinic, id: 'two-types', jwks: { keys: twins } })
    await upsertClient(database, { ...clinic, id: 'elsewhere', kind: 'jwks-url', jwksUrl: 'https://keys.example/jwks.json' }) // prettier-ignore
    const other = { ...keys.rs384.jwk, alg: 'RS256' }
    await upsertClient(database, { ...clinic, id: 'for-rs256', jwks: { keys: [other] } })
  }, 60_000)
  afterAll(() => gateway.close())

  const post = async (form: Record<string, string>, headers: Record<string, string> = {}, path = 'token') => {
    const answer = await fetch(`${gateway.url}/oauth/${path}`, {
      method: 'POST',
      headers,
      body: new URLSearchParams(form),
    })
    const body = (await answer.json()) as Record<string, unknown>
    return { status: answer.status, headers: answer.headers, body }
  }

  const formOf = (client_assertion: string) => ({
    grant_type: 'client_credentials',
    scope: 'system/Patient.rs',
    client_assertion_type: assertionType,
    client_assertion,
  })
  const present = (assertion: string, more: Record<string, string> = {}) =>
    post({ ...formOf(assertion), ...more })

  const es = (claims: JWTPayload = {}, header: object = {}) =>
    assertionOf(gateway, 'es384-app', keys.es384, claims, header)
  const rs = (claims: JWTPayload = {}, header: object = {}) =>
    assertionOf(gateway, 'rs384-app', keys.rs384, claims, header)
  const now = () => Math.floor(Date.now() / 1000)

  /** Signed by the key of the client, by another algorithm of the same kind of key. */
  const signedBy = async (alg: string) => {
    const text = await exportPKCS8(keys.rs384.privateKey)
    const [, claims = ''] = (await rs()).split('.')
    return new SignJWT(JSON.parse(new TextDecoder().decode(base64url.decode(claims))) as JWTPayload)
      .setProtectedHeader({ alg, kid: 'rs', typ: 'JWT' })
      .sign(await importPKCS8(text, alg))
  }

  const forged = async (header: object, key: Uint8Array) => {
    const [, claims = ''] = (await rs()).split('.')
    return new SignJWT(JSON.parse(new TextDecoder().decode(base64url.decode(claims))) as JWTPayload)
      .setProtectedHeader({ typ: 'JWT', ...header } as never)
      .sign(key)
  }
  const bytes = (text: string) => new TextEncoder().encode(text)

  test('one that is right gets a token, by either algorithm and with either kind of key of one name', async () => {
    const twice = [
      await assertionOf(gateway, 'two-types', keys.es384),
      await assertionOf(gateway, 'two-types', keys.rs384, {}, { kid: 'es' }),
    ]
    for (const assertion of [await es(), await rs(), ...twice])
      expect((await present(assertion)).status).toBe(200)
  })

  test.each<[string, () => string | Promise<string>]>([
    ['no signature', async () => `${(await es()).split('.').slice(0, 2).join('.')}.`],
    ['alg `none` in other cases', async () => `${base64url.encode('{"alg":"nOnE","typ":"JWT","kid":"es"}')}.${(await es()).split('.')[1]}.`], // prettier-ignore
    ['HS384 over the public key as PEM', async () => forged({ alg: 'HS384', kid: 'rs' }, bytes(await exportSPKI(keys.rs384.publicKey)))], // prettier-ignore
    ['HS256 over the public key as JWK', () => forged({ alg: 'HS256', kid: 'rs' }, bytes(JSON.stringify(keys.rs384.jwk)))], // prettier-ignore
    ['RS256 by its own key', () => signedBy('RS256')],
    ['RS512 by its own key', () => signedBy('RS512')],
    ['PS384 by its own key', () => signedBy('PS384')],
    ['RS384 by a key registered for RS256', () => assertionOf(gateway, 'for-rs256', keys.rs384)],
    ['a signature in DER', async () => {
      const [header, claims] = (await es()).split('.')
      return `${header}.${claims}.${base64url.encode(new Uint8Array([0x30, 0x64, 2, 0x30, ...Array<number>(48).fill(1), 2, 0x30, ...Array<number>(48).fill(1)]))}`
    }],
    ['a signature of zeros', async () => `${(await es()).split('.').slice(0, 2).join('.')}.${base64url.encode(new Uint8Array(96))}`],
    ['the signature of another assertion', async () => `${(await es()).split('.').slice(0, 2).join('.')}.${(await es()).split('.')[2]}`],
    ['a critical extension', async () => `${base64url.encode('{"alg":"ES384","typ":"JWT","kid":"es","crit":["exp"],"exp":1}')}.${(await es()).split('.').slice(1).join('.')}`],
    ['claims that are not encoded', async () => `${base64url.encode('{"alg":"ES384","typ":"JWT","kid":"es","b64":false,"crit":["b64"]}')}.${(await es()).split('.').slice(1).join('.')}`],
    ['a type in lower case', () => es({}, { typ: 'jwt' })],
    ['an encrypted one', async () => {
      const { publicKey } = await generateKeyPair('RSA-OAEP-256')
      return new CompactEncrypt(bytes(await es())).setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM' }).encrypt(publicKey)
    }],
    ['one in JSON', async () => JSON.stringify({ payload: (await es()).split('.')[1] })],
    ['two after one another', async () => `${await es()} ${await es()}`],
    ['a kid that walks', () => es({}, { kid: '../../es' })],
    ['a kid of a prototype', () => es({}, { kid: '__proto__' })],
    ['a kid that is a list', () => es({}, { kid: ['es'] })],
    ['a jku that is empty', () => es({}, { jku: '' })],
    ['a jku that is a list', () => es({}, { jku: ['https://keys.example/jwks.json'] })],
    ['an x5c of its own', () => assertionOf(gateway, 'es384-app', stranger, {}, { x5c: ['MIIB'] })],
    ['a key of its own', () => assertionOf(gateway, 'es384-app', stranger, {}, { jwk: stranger.jwk })],
    ['the name of a client with a secret', () => assertionOf(gateway, 'knowing-app', keys.es384)],
    ['the name of a public client', () => assertionOf(gateway, 'public-app', keys.es384)],
    ["another client's name, by a registered key", () => assertionOf(gateway, 'rs384-app', keys.es384)],
    ["another client's name and kid, by a registered key", () => assertionOf(gateway, 'rs384-app', keys.es384, {}, { kid: 'rs' })],
    ['a sub of another client', () => es({ sub: 'rs384-app' })],
    ['an iss of another client', () => es({ iss: 'rs384-app' })],
    ['an iss in another case', () => es({ iss: 'ES384-APP', sub: 'ES384-APP' })],
    ['an iss with a space', () => es({ iss: 'es384-app ', sub: 'es384-app ' })],
    ['the issuer as audience', () => es({ aud: gateway.url })],
    ['the FHIR base as audience', () => es({ aud: gateway.base })],
    ['the token endpoint with a slash as audience', () => es({ aud: `${gateway.url}/oauth/token/` })],
    ['the token endpoint in another case as audience', () => es({ aud: `${gateway.url}/OAUTH/TOKEN` })],
    ['the introspection endpoint as audience', () => es({ aud: `${gateway.url}/oauth/introspect` })],
    ['a list that holds the audience', () => es({ aud: [`${gateway.url}/oauth/token`] })],
    ['an end that is a text', () => es({ exp: String(now() + 60) as never })],
    ['an end that is past all numbers', () => es({ exp: 1e300 })],
    ['an end that is negative', () => es({ exp: -1 })],
    ['an end six minutes away', () => es({ exp: now() + 360 })],
    ['an iat that is a text', () => es({ iat: String(now()) as never })],
    ['an iat after its end', () => es({ iat: now() + 25, exp: now() + 10 })],
    ['an nbf after its end', () => es({ nbf: now() + 100, exp: now() + 60 })],
    ['a jti that is a number', () => es({ jti: 7 as never })],
    ['a jti that is a list', () => es({ jti: ['a'] as never })],
    ['a jti that is too long', () => es({ jti: 'x'.repeat(256) })],
  ])('with %s is `invalid_client`, and tells of nobody', async (_name, make) => {
    const assertion = await make()
    const { status, headers, body } = await present(assertion)
    expect(body).toEqual({ error: 'invalid_client', error_description: expect.stringMatching(/^client_assertion: [\x20-\x21\x23-\x5b\x5d-\x7e]+$/) })
    expect(status).toBe(401)
    expect(headers.get('content-type')).toBe('application/json')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('pragma')).toBe('no-cache')
    expect(headers.get('www-authenticate')).toContain('Basic')
    expect(String(body.error_description)).not.toMatch(/es384|rs384|knowing|public-app|keys\.example/)
  }) // prettier-ignore

  test('an unknown client, one without keys, one with keys elsewhere and one with others answer alike', async () => {
    const alike = await Promise.all(
      ['nobody', 'knowing-app', 'public-app', 'rs384-app', 'es384-app'].map(async (client) => {
        const { status, headers, body } = await present(await assertionOf(gateway, client, stranger))
        const rest = [...headers].filter(([name]) => name !== 'date')
        return JSON.stringify([status, body, rest])
      }),
    )
    expect(new Set(alike).size).toBe(1)
    for (const path of ['introspect', 'revoke']) {
      const told = await Promise.all(
        ['nobody', 'knowing-app', 'rs384-app'].map(async (client) => {
          const form = formOf(await assertionOf(gateway, client, stranger))
          const { status, body } = await post({ ...form, token: 'x' }, {}, path)
          return JSON.stringify([status, body])
        }),
      )
      expect(new Set(told)).toEqual(new Set([alike[0]?.replace(/,\[\[.*/s, ']')]))
    }
  })

  test('nobody goes to a jku that is not registered, nor to one of the header for a client that has another', async () => {
    let asked = 0
    const trap = createServer((_request, response) => {
      asked++
      response.end(JSON.stringify({ keys: [stranger.jwk] }))
    })
    trap.listen(0, '127.0.0.1')
    await once(trap, 'listening')
    const jku = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/jwks.json`
    for (const client of ['es384-app', 'elsewhere', 'knowing-app', 'nobody'])
      for (const header of [{ jku }, { jku, x5u: jku }]) {
        const { status } = await present(await assertionOf(gateway, client, stranger, {}, header))
        expect(status).toBe(401)
      }
    expect(asked).toBe(0)
    trap.close()
  })

  test('a jti is good for one use among five at once, and for each client of its own', async () => {
    const jti = crypto.randomUUID()
    const assertion = await es({ jti })
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => present(assertion)))
    expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([
      200, 401, 401, 401, 401,
    ])
    expect((await present(await es({ jti }))).body).toMatchObject({ error: 'invalid_client' })
    expect((await present(await rs({ jti }))).status).toBe(200)
  })

  test('an assertion that was used at one endpoint is used up at the others', async () => {
    const form = { ...formOf(await es()), token: 'unknown' }
    expect((await post(form, {}, 'introspect')).body).toEqual({ active: false })
    expect((await post(form)).body.error).toBe('invalid_client')
    expect((await post(form, {}, 'revoke')).body.error).toBe('invalid_client')
  })

  test('with a second way to prove oneself it is `invalid_request`, and is not used up', async () => {
    const assertion = await es()
    const basic = { authorization: `Basic ${btoa(`knowing-app:${new URLSearchParams({ '': appSecret }).toString().slice(1)}`)}` } // prettier-ignore
    const second = [
      await present(assertion, { client_secret: 'x' }),
      await present(assertion, { client_id: 'knowing-app', client_secret: appSecret }),
      await post(formOf(assertion), basic),
      await post(formOf(assertion), { authorization: 'Bearer x' }),
    ]
    for (const { status, body } of second) expect([status, body.error]).toEqual([400, 'invalid_request'])
    expect((await present(assertion)).status).toBe(200)
  })

  test.each(['', 'nonsense', 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer', `${assertionType} `, assertionType.toUpperCase()])(
    'of the type `%s`',
    async (client_assertion_type) => {
      const { status, body } = await present(await es(), { client_assertion_type })
      expect([status, body.error]).toEqual([401, 'invalid_client'])
    },
  ) // prettier-ignore

  test('that names one client and proves another', async () => {
    const { status, body } = await present(await es(), { client_id: 'rs384-app' })
    expect([status, body.error]).toEqual([401, 'invalid_client'])
    expect((await present(await es(), { client_id: 'es384-app' })).status).toBe(200)
  })

  test('that is too long, in itself or with what is beside it', async () => {
    const long = await es({ padding: 'x'.repeat(70_000) })
    const { status, headers, body } = await present(long)
    expect([status, body.error, headers.get('cache-control')]).toEqual([413, 'invalid_request', 'no-store'])
    expect((await present('x'.repeat(65_000))).status).toBe(401)
  })

  test('that comes twice, or of which a part comes twice', async () => {
    const body = new URLSearchParams(formOf(await es()))
    body.append('client_assertion', await es())
    const answer = await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body })
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_request' }])
  })

  test('the clocks may differ by half a minute, and no more', async () => {
    const early = { iat: now() + 20, nbf: now() + 20, exp: now() + 200 }
    expect((await present(await es(early))).status).toBe(200)
    expect((await present(await es({ exp: now() - 15 }))).status).toBe(200)
    for (const claims of [{ exp: now() - 60 }, { nbf: now() + 60 }, { iat: now() + 60 }])
      expect((await present(await es(claims))).body.error).toBe('invalid_client')
  })
})
