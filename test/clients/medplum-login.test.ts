import type { MedplumClient } from '@medplum/core'
import { sql } from 'drizzle-orm'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../contract/databases.ts'
import { type Gateway, openGateway, secret } from './gateway.ts'
import { medplumClient, outcomeOf } from './medplum.ts'

const read = (client: MedplumClient): Promise<unknown> => client.readResource('Patient', 'ann')

describe.each(kinds)('MedplumClient signs in on %s', (kind) => {
  let gateway: Gateway

  beforeAll(async () => {
    gateway = await openGateway(kind)
  })
  afterAll(() => gateway.close())

  test('with a secret, in the body or in the header', async () => {
    for (const authCredentialsMethod of ['body', 'header'] as const) {
      const own = medplumClient(gateway, { authCredentialsMethod })
      await own.startClientLogin('knowing', secret)
      expect(await read(own)).toMatchObject({ id: 'ann' })
    }
  })

  test('with a key: private_key_jwt', async () => {
    const own = medplumClient(gateway)
    const assertion = await new SignJWT({ iss: 'signing', sub: 'signing', jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: gateway.key.algorithm, kid: gateway.key.kid, typ: 'JWT' })
      .setAudience(own.getTokenUrl())
      .setExpirationTime('5m')
      .sign(gateway.key.privateKey)
    await own.startJwtAssertionLogin(assertion)
    expect(await read(own)).toMatchObject({ id: 'ann' })
  })

  test('a token that is no longer good is replaced without a word', async () => {
    const own = medplumClient(gateway, { clientId: 'knowing', clientSecret: secret })
    await own.startClientLogin('knowing', secret)
    const before = own.getAccessToken()
    await gateway.world.rows(sql`DELETE FROM access_token WHERE client = 'knowing'`)
    expect(await own.readResource('Patient', 'bob')).toMatchObject({ id: 'bob' })
    expect(own.getAccessToken()).not.toBe(before)
  })

  test('a wrong secret, and nobody', async () => {
    await expect(medplumClient(gateway).startClientLogin('knowing', 'wrong')).rejects.toThrow(
      'Failed to fetch tokens',
    )
    expect(await outcomeOf(read(medplumClient(gateway)))).toMatchObject({ id: 'unauthorized' })
  })
})
