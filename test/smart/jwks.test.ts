import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { upsertClient } from '../../src/smart/clients.ts'
import { type Fetch, fetchJwks, isPublicAddress } from '../../src/smart/jwks.ts'
import { ask, clinic, openWorld, sign, type World } from './world.ts'

const url = 'https://keys.example/jwks'

let world: World
beforeAll(async () => {
  world = await openWorld()
  await upsertClient(world.database, { ...clinic([]), id: 'remote', kind: 'jwks-url', jwksUrl: url })
})
afterAll(() => world.database.close())

const remote = { iss: 'remote', sub: 'remote' }
const set = () => ({ keys: [world.keys.ec.jwk] })
const answering =
  (make: () => Response): Fetch =>
  () =>
    Promise.resolve(make())

describe('keys behind an address', () => {
  it.each([{}, { jku: url }])('are fetched, with header %j', async (header) => {
    const assertion = await sign(world, world.keys.ec, remote, header)
    expect(
      (
        await ask(
          world,
          assertion,
          {},
          answering(() => Response.json(set())),
        )
      ).status,
    ).toBe(200)
  })

  it('are never fetched from another address', async () => {
    const assertion = await sign(world, world.keys.ec, remote, { jku: 'https://other.example/jwks' })
    const asked: string[] = []
    const request: Fetch = (address) => {
      asked.push(address)
      return Promise.resolve(Response.json(set()))
    }
    expect((await ask(world, assertion, {}, request)).body.error).toBe('invalid_client')
    expect(asked).toEqual([])
  })

  it.each<[string, () => Response]>([
    ['an error', () => new Response('', { status: 500 })],
    ['a redirect', () => Response.redirect('https://other.example/jwks', 302)],
    ['no JSON', () => new Response('<html>')],
    ['no key set', () => Response.json({})],
    ['a private key', () => Response.json({ keys: [{ ...world.keys.ec.jwk, d: 'x' }] })],
    ['too much', () => Response.json({ ...set(), padding: 'x'.repeat(65_536) })],
  ])('are none where the answer is %s', async (_name, make) => {
    expect(await fetchJwks(url, answering(make))).toBeUndefined()
    const assertion = await sign(world, world.keys.ec, remote)
    expect((await ask(world, assertion, {}, answering(make))).body.error).toBe('invalid_client')
  })

  it('are none where nobody answers', async () => {
    expect(await fetchJwks(url, () => Promise.reject(new TypeError('fetch failed')))).toBeUndefined()
  })

  it('are asked for without redirects and with a deadline', async () => {
    const inits: RequestInit[] = []
    await fetchJwks(url, (_address, init) => {
      inits.push(init)
      return Promise.resolve(Response.json(set()))
    })
    expect(inits).toMatchObject([{ redirect: 'manual', signal: expect.any(AbortSignal) }])
  })
})

describe('an address', () => {
  it.each(['https://keys.example/jwks', 'https://keys.example:8443/jwks', 'https://a.b.example./'])(
    '%s is public',
    (text) => {
      expect(isPublicAddress(text)).toBe(true)
    },
  )

  it.each([
    'http://keys.example/jwks',
    'file:///etc/passwd',
    'https://localhost/jwks',
    'https://localhost./jwks',
    'https://a.localhost/jwks',
    'https://127.0.0.1/jwks',
    'https://2130706433/jwks',
    'https://0x7f.1/jwks',
    'https://10.0.0.1/jwks',
    'https://169.254.169.254/latest',
    'https://192.168.1.1/jwks',
    'https://[::1]/jwks',
    'https://[::ffff:10.0.0.1]/jwks',
    'https://intranet/jwks',
    'https://db.internal/jwks',
    'https://printer.local/jwks',
    'https://user:password@keys.example/jwks',
    'nonsense',
  ])('%s is not', (text) => {
    expect(isPublicAddress(text)).toBe(false)
  })
})
