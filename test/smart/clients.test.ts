import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Refusal } from '../../src/problem.ts'
import { findClient, readRegistration, upsertClient } from '../../src/smart/clients.ts'
import { ask, clinic, openWorld, sign, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.database.close())

const tokens = async () => (await world.database.query(sql`SELECT hash FROM access_token`)).length

const faults = (input: unknown): string[] => {
  try {
    readRegistration(input)
  } catch (error) {
    if (error instanceof Refusal && error.problem.kind === 'invalid')
      return error.problem.issues.map(({ text }) => text)
    throw error
  }
  return []
}

describe('a registration', () => {
  it('is read as it was written', async () => {
    const full = clinic([world.keys.ec], {
      id: 'full',
      purposes: ['TREAT', 'urn:oid:2.16.840.1.113883.5.8#TREAT', 'HPAYMT'],
      redirects: ['https://app.example/cb', 'com.example.app:/cb', 'http://127.0.0.1/cb'],
      roles: ['policy'],
      prefix: 'full-',
    })
    const written = await upsertClient(world.database, full)
    expect(written).toEqual({ ...full, purposes: ['TREAT', 'HPAYMT'] })
    expect(await findClient(world.database, 'full')).toEqual(written)
    expect(await findClient(world.database, 'nobody')).toBeUndefined()
  })

  it('leaves tokens alone when it is repeated, and ends them when it changes', async () => {
    const { ec } = world.keys
    await upsertClient(world.database, clinic([ec]))
    await ask(world, await sign(world, ec))
    expect(await tokens()).toBe(1)
    await upsertClient(world.database, clinic([ec]))
    expect(await tokens()).toBe(1)
    await upsertClient(world.database, clinic([ec], { scope: 'system/Patient.r' }))
    expect(await tokens()).toBe(0)
    expect((await findClient(world.database, 'clinic'))?.scope).toBe('system/Patient.r')
  })

  it.each<[string, object, string]>([
    ['organization', { organization: 'clinic' }, 'organization: must be Organization/<id>'],
    ['scope', { scope: 'system/Nonsense.r' }, 'not an R4 resource type'],
    ['purpose', { purposes: ['FUN'] }, 'purposes.0: `FUN` is not a purpose of use'],
    ['redirect', { redirects: ['javascript:alert(1)'] }, 'redirects.0: must be'],
    ['fragment', { redirects: ['https://app.example/#x'] }, 'redirects.0: must be'],
    ['kind', { kind: 'mtls' }, 'kind: '],
    ['id', { id: 'a b' }, 'id: must be'],
    ['key set', { jwks: { keys: [] } }, 'jwks.keys: '],
    ['private key', { jwks: { keys: [{ kty: 'EC', kid: 'a', d: 'x' }] } }, 'must be a public key'],
    ['shared key', { jwks: { keys: [{ kty: 'oct', kid: 'a', k: 'x' }] } }, 'must be a public key'],
    ['plain secret', { kind: 'secret', secret: 'hunter2' }, 'secret: must be'],
    ['plain http', { kind: 'jwks-url', jwksUrl: 'http://keys.example/jwks' }, 'jwksUrl: '],
    ['curve', { jwks: { keys: [{ kty: 'EC', kid: 'a', crv: 'P-256' }] } }, 'jwks: must hold a key'],
    ['key without kid', { jwks: { keys: [{ kty: 'RSA' }] } }, 'jwks: must hold a key'],
    ['inner address', { kind: 'jwks-url', jwksUrl: 'https://10.0.0.1/jwks' }, 'jwksUrl: must be https'],
    ['prefix', { prefix: 'a/b' }, 'prefix: must be'],
  ])('is refused for its %s', (_name, wrong, fault) => {
    expect(faults(clinic([world.keys.ec], wrong)).join('\n')).toContain(fault)
  })

  it('is refused with every fault at once', () => {
    const paths = faults(clinic([], { id: '', purposes: ['FUN'] })).map((text) => text.split(':')[0])
    expect(paths).toEqual(expect.arrayContaining(['id', 'jwks.keys', 'purposes.0']))
  })
})
