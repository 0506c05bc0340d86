import { base64url, exportSPKI, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { upsertClient } from '../../src/smart/clients.ts'
import { ask, audience, clinic, type Key, makeKey, openWorld, sign, type World } from './world.ts'

let world: World
let stranger: Key
beforeAll(async () => {
  world = await openWorld()
  stranger = await makeKey('ec', 'ES384')
})
afterAll(() => world.database.close())

const failure = async (assertion: string) => (await ask(world, assertion)).body.error_description

const now = () => world.start.getTime() / 1000

describe('an assertion that is right', () => {
  it.each(['ec', 'rsa'] as const)('gets a token with %s', async (name) => {
    const { status, body, headers } = await ask(world, await sign(world, world.keys[name]))
    expect(body).toEqual({
      access_token: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      token_type: 'bearer',
      expires_in: 300,
      scope: 'system/Observation.rs system/Patient.r',
    })
    expect(status).toBe(200)
    expect(headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' })
  })

  it('may be a little off the clock', async () => {
    const early = await sign(world, world.keys.ec, { iat: now() + 20, nbf: now() + 20, exp: now() + 320 })
    expect((await ask(world, early)).status).toBe(200)
    const late = await sign(world, world.keys.ec, { exp: now() - 20 })
    expect((await ask(world, late)).status).toBe(200)
  })
})

describe('an assertion is refused', () => {
  const claims: [string, () => JWTPayload, string][] = [
    ['for another audience', () => ({ aud: 'https://other.example/oauth/token' }), '`aud` does not fit'],
    ['for the FHIR base', () => ({ aud: 'https://gateway.example/fhir' }), '`aud` does not fit'],
    [
      'for a list of audiences',
      () => ({ aud: [audience] }),
      '`aud` must be the token endpoint as one string',
    ],
    ['for two audiences', () => ({ aud: [audience, 'https://other.example'] }), '`aud` must be'],
    ['for no audience', () => ({ aud: undefined }), '`aud` does not fit'],
    ['when it expired', () => ({ exp: now() - 31 }), 'has expired'],
    ['when it lives too long', () => ({ exp: now() + 600 }), 'no more than 5 minutes'],
    ['when it never expires', () => ({ exp: undefined }), '`exp` does not fit'],
    ['before its time', () => ({ nbf: now() + 60 }), '`nbf` does not fit'],
    ['when it comes from the future', () => ({ iat: now() + 60 }), '`iat` must lie in the past'],
    ['without jti', () => ({ jti: undefined }), '`jti` does not fit'],
    ['with an empty jti', () => ({ jti: '' }), '`jti` must be a text'],
    ['with a jti that no database holds', () => ({ jti: 'a\0b' }), '`jti` must be a text'],
    ['without iss', () => ({ iss: undefined }), '`iss` and `sub`'],
    ['with another sub', () => ({ sub: 'hospital' }), '`iss` and `sub`'],
    ['of an unknown client', () => ({ iss: 'nobody', sub: 'nobody' }), 'no registered client has a key'],
    [
      'of a client that no database holds',
      () => ({ iss: 'a\0', sub: 'a\0' }),
      'no registered client has a key',
    ],
  ]
  it.each(claims)('%s', async (_name, wrong, why) => {
    const { status, body, headers } = await ask(world, await sign(world, world.keys.ec, wrong()))
    expect(body).toEqual({ error: 'invalid_client', error_description: expect.stringContaining(why) })
    expect(status).toBe(401)
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'www-authenticate': expect.any(String) })
  })

  it.each([
    ['without typ', { typ: undefined }, 'typ `JWT`'],
    ['with another typ', { typ: 'at+jwt' }, 'typ `JWT`'],
    ['without kid', { kid: undefined }, '`kid`'],
    ['with an unknown kid', { kid: 'other' }, 'no registered client has a key'],
    ['with the kid of another key type', { kid: 'rsa' }, 'no registered client has a key'],
    [
      'with a jku where none is registered',
      { jku: 'https://keys.example/jwks' },
      'no registered client has a key',
    ],
  ])('%s', async (_name, header, why) => {
    const { status, body } = await ask(world, await sign(world, world.keys.ec, {}, header))
    expect(body).toEqual({ error: 'invalid_client', error_description: expect.stringContaining(why) })
    expect(status).toBe(401)
  })

  it('signed by a foreign key, in the words for an unknown client', async () => {
    const foreign = await failure(await sign(world, stranger))
    const unknown = await failure(await sign(world, stranger, { iss: 'nobody', sub: 'nobody' }))
    expect(foreign).toContain('no registered client has a key')
    expect(foreign).toBe(unknown)
  })

  it('with alg none', async () => {
    const payload = { iss: 'clinic', sub: 'clinic', aud: audience, exp: now() + 60, jti: 'none' }
    expect(await failure(new UnsecuredJWT(payload).encode())).toContain('typ')
    const header = base64url.encode(JSON.stringify({ alg: 'none', typ: 'JWT', kid: 'ec' }))
    expect(await failure(`${header}.${base64url.encode(JSON.stringify(payload))}.`)).toContain(
      'ES384 or RS384',
    )
  })

  it.each(['HS256', 'HS384'])('with %s over the public key', async (alg) => {
    const text = await exportSPKI(world.keys.rsa.publicKey)
    const forged = await new SignJWT({
      iss: 'clinic',
      sub: 'clinic',
      aud: audience,
      exp: now() + 60,
      jti: alg,
    })
      .setProtectedHeader({ alg, kid: 'rsa', typ: 'JWT' })
      .sign(new TextEncoder().encode(text))
    expect(await failure(forged)).toContain('ES384 or RS384')
  })

  it('with a key that the header brings', async () => {
    const forged = await sign(world, stranger, {}, { jwk: stranger.jwk })
    expect(await failure(forged)).toContain('no registered client has a key')
  })

  it('with its signature cut off or its claims changed', async () => {
    const [header, claims, signature] = (await sign(world, world.keys.ec)).split('.')
    expect(await failure(`${header}.${claims}.`)).toContain('no registered client has a key')
    const other = base64url.encode(
      JSON.stringify({ iss: 'clinic', sub: 'clinic', aud: audience, exp: now() + 60, jti: 'x' }),
    )
    expect(await failure(`${header}.${other}.${signature}`)).toContain('no registered client has a key')
    expect(await failure('nonsense')).toContain('not a readable JWT')
  })

  it('where two keys have its kid', async () => {
    await upsertClient(world.database, clinic([world.keys.ec, stranger], { id: 'twin' }))
    const twin = await sign(world, world.keys.ec, { iss: 'twin', sub: 'twin' })
    expect(await failure(twin)).toContain('no registered client has a key')
  })

  it('where the key is for something else', async () => {
    const keys = [{ ...world.keys.ec, jwk: { ...world.keys.ec.jwk, use: 'enc' } }]
    await upsertClient(world.database, clinic(keys, { id: 'encrypts' }))
    const wrong = await sign(world, world.keys.ec, { iss: 'encrypts', sub: 'encrypts' })
    expect(await failure(wrong)).toContain('no registered client has a key')
  })
})

describe('a jti', () => {
  it('is good once', async () => {
    const assertion = await sign(world, world.keys.ec)
    expect((await ask(world, assertion)).status).toBe(200)
    const { status, body } = await ask(world, assertion)
    expect([status, body.error, body.error_description]).toEqual([
      401,
      'invalid_client',
      'client_assertion: `jti` was used before',
    ])
  })

  it('is good once among five at the same time', async () => {
    const assertion = await sign(world, world.keys.ec)
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(world, assertion)))
    expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([
      200, 401, 401, 401, 401,
    ])
  })

  it('is not used up by somebody else', async () => {
    const jti = crypto.randomUUID()
    await ask(world, await sign(world, stranger, { jti }))
    await ask(world, await sign(world, world.keys.ec, { jti, aud: 'https://other.example' }))
    expect((await ask(world, await sign(world, world.keys.ec, { jti }))).status).toBe(200)
  })
})
