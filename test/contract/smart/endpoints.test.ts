import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWorld, publicUrl, type World } from '../world.ts'
import { answerIn, askToken, authorizeUrl, codeFor, exchange, refresh, settleApps } from './app.ts'

describe.each(['pglite'] as const)('what a form to the authorization server holds, on %s', (kind) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(kind)
    await settleApps(world)
  }, 60_000)
  afterAll(() => world.close())

  const post = async (path: string, pairs: readonly (readonly [string, string])[]) => {
    const body = new URLSearchParams(pairs.map(([name, value]) => [name, value]))
    const answer = await world.app.request(`${publicUrl}/oauth/${path}`, { method: 'POST', body })
    const text = await answer.text()
    return { status: answer.status, text, body: (text === '' ? {} : JSON.parse(text)) as { error?: string } }
  }

  const proof = [
    ['client_id', 'server-app'],
    ['client_secret', 'wrong'],
  ] as const

  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf', '__defineGetter__'])(
    'a grant type that every object knows is unknown: %s',
    async (grant_type) => {
      const { status, body } = await askToken(world, { grant_type, client_id: 'app' })
      expect([status, body.error]).toEqual([400, 'unsupported_grant_type'])
      expect(Object.keys(body)).toEqual(['error', 'error_description'])
    },
  )

  test.each(['introspect', 'revoke'])('a parameter that comes twice at %s', async (path) => {
    const { status, body } = await post(path, [['token', 'a'], ['token', 'b'], ...proof])
    expect([status, body.error]).toEqual([400, 'invalid_request'])
  })

  test('a token without a value is none', async () => {
    const app = ['client_id', 'app'] as const
    expect((await post('revoke', [['token', ''], app])).body.error).toBe('invalid_request')
    expect((await post('revoke', [app])).body.error).toBe('invalid_request')
    expect((await post('revoke', [['token', 'unknown'], app])).status).toBe(200)
    const { body } = await exchange(world, await codeFor(world))
    const ask = (token: string) =>
      world.app.request(`${publicUrl}/oauth/introspect`, {
        method: 'POST',
        headers: { authorization: `Bearer ${body.access_token}` },
        body: new URLSearchParams({ token }),
      })
    expect(await (await ask('')).json()).toMatchObject({ error: 'invalid_request' })
    const access = (await (await ask(body.access_token)).json()) as object
    expect(access).toMatchObject({ active: true, token_type: 'Bearer', client_id: 'app' })
    const told = (await (await ask(body.refresh_token)).json()) as object
    expect(told).toMatchObject({ active: true, client_id: 'app' })
    expect(told).not.toHaveProperty('token_type')
  })

  test('a scope that is asked for twice is answered once', async () => {
    const { body } = await exchange(world, await codeFor(world))
    const scope = 'patient/Patient.r patient/Patient.r openid openid'
    const less = await refresh(world, body.refresh_token, { scope })
    expect(less.body.scope).toBe('openid patient/Patient.r')
  })

  const authorized = async (url: string) => {
    const answer = await world.app.request(url)
    const location = answer.headers.get('location') ?? ''
    return { status: answer.status, location, told: answerIn({ url: location } as never) }
  }

  test('at authorize what has no value counts as left out', async () => {
    const empty = { response_mode: '', max_age: '', prompt: '', request: '', request_uri: '', launch: '' }
    const { status, location } = await authorized(await authorizeUrl(empty))
    expect([status, location]).toEqual([303, expect.stringMatching(/\/oauth\/authorize\/[\w-]{43}$/)])
    const { told } = await authorized(await authorizeUrl({ state: '', scope: '' }))
    expect([told.get('error'), told.has('state')]).toEqual(['invalid_scope', false])
  })

  test.each([
    ['state', 'a\0b', 'invalid_request'],
    ['nonce', '\0', 'invalid_request'],
    ['launch', '\0', 'invalid_request'],
    ['scope', 'user/Patient.rs?_tag=\0|x', 'invalid_request'],
    ['scope', 'user/Patient.rs?_tag=%00|x', 'invalid_scope'],
    ['scope', 'user/Patient.rs?_tag=ä|x', 'invalid_scope'],
  ])('what no database holds is refused: %s', async (name, value, error) => {
    const { status, told } = await authorized(await authorizeUrl({ [name]: value }))
    expect([status, told.get('error')]).toEqual([303, error])
    const form = { grant_type: 'client_credentials', client_id: 'app', [name]: value }
    expect((await askToken(world, form)).status).toBe(400)
  })

  test('a response type that is missing is a parameter that is missing', async () => {
    for (const response_type of ['', undefined])
      expect((await authorized(await authorizeUrl({ response_type }))).told.get('error')).toBe(
        'invalid_request',
      )
    const { told } = await authorized(await authorizeUrl({ response_type: 'token' }))
    expect(told.get('error')).toBe('unsupported_response_type')
  })

  test('with two clients nobody is sent anywhere', async () => {
    const answer = await world.app.request(`${await authorizeUrl()}&client_id=other-app`)
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null])
  })
})
