import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '../../src/authenticate/caller.ts'
import { authenticate } from '../../src/authenticate/bearer.ts'
import { Refusal } from '../../src/problem.ts'
import { type ClientRegistration, upsertClient } from '../../src/smart/clients.ts'
import { forgetExpired } from '../../src/smart/expire.ts'
import { issueToken, type TokenRequest } from '../../src/smart/issue.ts'
import { clinic, openWorld, type World } from './world.ts'

let world: World
let client: ClientRegistration
beforeAll(async () => {
  world = await openWorld()
  client = await upsertClient(
    world.database,
    clinic([world.keys.ec], {
      scope: 'system/*.cruds user/*.rs patient/Observation.rs launch/patient',
      roles: ['policy'],
      prefix: 'clinic-',
    }),
  )
  await world.database.query(
    sql`INSERT INTO member (id, practitioner, organization, role)
        VALUES ('ann', 'Practitioner/ann', 'Organization/hospital', 'clinician')`,
  )
})
afterAll(() => world.database.close())

const issue = (more: Partial<TokenRequest> = {}) =>
  world.database.transaction((connection) =>
    issueToken(connection, { client, lifetime: 300, ...more }, world.services),
  )

const callerOf = async (more: Partial<TokenRequest> = {}): Promise<Caller> => {
  const { token } = await issue(more)
  return authenticate(world.services, `Bearer ${token}`)
}

const problemOf = async (authorization: string | undefined) => {
  const error: unknown = await authenticate(world.services, authorization).catch((thrown: unknown) => thrown)
  return error instanceof Refusal ? error.problem : error
}

const keyOf = async (id: string) =>
  (await world.database.query<{ key: number }>(sql`SELECT key FROM organization WHERE id = ${id}`))[0]?.key

describe('the caller behind a token', () => {
  it('is the client itself', async () => {
    expect(await callerOf()).toEqual({
      client: 'clinic',
      organization: 'Organization/clinic',
      organizationKey: await keyOf('clinic'),
      homeKey: await keyOf('clinic'),
      asked: { organization: 'Organization/clinic', purpose: 'TREAT' },
      audience: expect.any(Number),
      scope: 'system/*.cruds',
      roles: ['policy'],
      recipientClass: 'covered-entity',
      prefix: 'clinic-',
    })
  })

  it('is a user, at the organization of that user', async () => {
    const caller = await callerOf({ user: 'ann' })
    expect(caller.asked).toEqual({
      organization: 'Organization/hospital',
      user: 'Practitioner/ann',
      role: 'clinician',
      purpose: 'TREAT',
    })
    expect(caller).toMatchObject({ scope: 'user/*.rs', organizationKey: await keyOf('hospital') })
  })

  it('is a patient', async () => {
    const caller = await callerOf({ patient: 'Patient/p1' })
    expect(caller.asked).toEqual({
      organization: 'Organization/clinic',
      patient: 'Patient/p1',
      purpose: 'TREAT',
    })
    expect(caller.scope).toBe('patient/Observation.rs')
    expect((await issue({ patient: 'p1' })).patient).toBe('p1')
  })

  it('has one audience for one question', async () => {
    const [one, again, other] = [await callerOf(), await callerOf(), await callerOf({ user: 'ann' })]
    expect(one.audience).toBe(again.audience)
    expect(other.audience).not.toBe(one.audience)
  })

  it('stands in its principal as a business associate', async () => {
    const associate = await upsertClient(
      world.database,
      clinic([world.keys.ec], { id: 'billing', organization: 'Organization/billing' }),
    )
    expect(await callerOf({ client: associate })).toMatchObject({
      organization: 'Organization/billing',
      organizationKey: await keyOf('billing'),
      homeKey: await keyOf('clinic'),
    })
  })

  it('does not take its digest from one place only', async () => {
    const { token } = await issue()
    const refused = authenticate(world.services, `Bearer ${token}`, () => 'another')
    await expect(refused).rejects.toThrow(Refusal)
  })
})

describe('a token is not issued', () => {
  it.each<[string, Partial<TokenRequest>, string]>([
    ['to user and patient at once', { user: 'ann', patient: 'p1' }, 'not both'],
    ['to an unknown user', { user: 'bob' }, 'no user'],
    ['to an unreadable patient', { patient: 'Practitioner/p1' }, 'Patient/<id>'],
    ['for a purpose that is not registered', { purpose: 'HRESCH' }, 'not registered for the purpose'],
    ['for a purpose that is none', { purpose: 'FUN' }, 'not a purpose'],
    ['for scopes of another level', { user: 'ann', scope: 'system/*.rs' }, 'registered for no user/ scope'],
  ])('%s', async (_name, more, why) => {
    await expect(issue(more)).rejects.toThrow(why)
  })

  it('for more than an hour', async () => {
    expect((await issue({ lifetime: 86_400 })).expiresIn).toBe(3600)
  })
})

describe('an access token', () => {
  it('is stored as a hash only', async () => {
    const { token } = await issue()
    const rows = await world.database.query<{ row: string }>(sql`SELECT t::text AS row FROM access_token t`)
    expect(rows.some(({ row }) => row.includes(token))).toBe(false)
  })

  it('is refused alike when it is unknown, malformed, expired or revoked', async () => {
    const { token } = await issue()
    const good = `Bearer ${token}`
    expect((await authenticate(world.services, `bearer ${token}`)).client).toBe('clinic')
    const unknown = await problemOf(`Bearer ${'A'.repeat(43)}`)
    expect(unknown).toEqual({
      kind: 'unauthorized',
      text: 'the access token is unknown or has expired',
      isToken: true,
    })
    for (const other of ['', 'Bearer', 'Bearer x', `Basic ${token}`, `${good}x`, `${good} `, token])
      expect(await problemOf(other)).toEqual(unknown)
    world.at.now = new Date(world.start.getTime() + 301_000)
    expect(await problemOf(good)).toEqual(unknown)
    world.at.now = world.start
    expect((await authenticate(world.services, good)).client).toBe('clinic')
    await world.database.query(sql`DELETE FROM access_token`)
    expect(await problemOf(good)).toEqual(unknown)
  })

  it('is asked for where none was sent', async () => {
    expect(await problemOf(undefined)).toMatchObject({ kind: 'unauthorized' })
  })

  it('is forgotten after its time', async () => {
    const { token } = await issue()
    await forgetExpired(world.services)
    expect((await authenticate(world.services, `Bearer ${token}`)).client).toBe('clinic')
    world.at.now = new Date(world.start.getTime() + 301_000)
    await forgetExpired(world.services)
    world.at.now = world.start
    expect(await problemOf(`Bearer ${token}`)).toMatchObject({ kind: 'unauthorized' })
  })
})
