import { sql } from 'drizzle-orm'
import type { FhirResource, Resource } from 'fhir/r4'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import { county } from '../demo/county.ts'
import type { CrosswalkRow, DemoClient } from '../demo/types.ts'
import { questionnaires } from '../questionnaire/library.ts'
import { upsertClient } from '../smart/clients.ts'
import type { Services } from '../services.ts'
import type { Connection, Database } from '../store/database.ts'
import { rebuildPermits } from '../store/permits.ts'
import { type Administered, type KeyStore, within } from './administered.ts'
import { demoPassword, users } from '../demo/users.ts'
import { setPassword } from '../sign-in/members.ts'
import { hashPassword } from '../sign-in/password.ts'
import { addCrosswalk } from './crosswalk.ts'
import { addMember } from './operations/user-add.ts'
import { readFact, writeFact } from './facts.ts'
import { addPartners, partnerSchema } from './partners.ts'
import { storeRecords } from './store-records.ts'

/** What seeding did. */
export interface Planted {
  /** False where the county was there already. */
  readonly planted: boolean
  readonly resources: number
  readonly clients: readonly string[]
}

/** Holds the shipped Questionnaires. */
const librarian = 'Organization/riverbend'

const seedLock = 5_791_230_002

/** Plants the demo county in one transaction: after an interruption either all of it is there or nothing. */
export const plantCounty = async ({ services, keys }: Administered): Promise<Planted> => {
  const world = county(services.clock.now())
  const clients = world.clients.map(({ id }) => id)
  const hash = await hashPassword(demoPassword)
  const registrations = await Promise.all(world.clients.map((client) => registration(keys, client)))
  return services.database.transaction(async (connection) => {
    await connection.query(sql`SELECT pg_advisory_xact_lock(${sql.raw(String(seedLock))})`)
    if ((await readFact(connection, 'seed')) !== undefined) return { planted: false, resources: 0, clients }
    const inner = within(services, connection)
    await addPartners(
      inner,
      world.partners.map((partner) => partnerSchema.parse(partner)),
    )
    const records = [...world.records, { custodian: librarian, resources: questionnaires }]
    for (const { custodian, resources } of records)
      await storeRecords(inner, custodian, resources.filter(isFhirResource), 'trusted')
    for (const client of registrations) await upsertClient(connection, client)
    for (const app of world.apps) await upsertClient(connection, { ...app, kind: 'public' })
    await plantCrosswalk(connection, world.crosswalk)
    await plantUsers(inner, connection, hash)
    await writeFact(connection, 'seed', 'county')
    return { planted: true, resources: records.flatMap(({ resources }) => resources).length, clients }
  })
}

/** Whether nothing was ever stored here; a database that was emptied on purpose stays empty. */
export const isUntouched = async (database: Database): Promise<boolean> => {
  const [row] = await database.query<{ untouched: boolean }>(
    sql`SELECT NOT EXISTS (SELECT FROM organization) AND NOT EXISTS (SELECT FROM resource)
      AND NOT EXISTS (SELECT FROM client) AND NOT EXISTS (SELECT FROM fact WHERE name IN ('seed', 'emptied')) AS untouched`,
  )
  return row?.untouched === true
}

const isFhirResource = (resource: Resource): resource is FhirResource => resource.id !== undefined

const plantCrosswalk = async (connection: Connection, rows: readonly CrosswalkRow[]): Promise<void> => {
  const persons: number[] = []
  for (const row of rows) persons.push((await addCrosswalk(connection, row)).person)
  await rebuildPermits(connection, persons)
}

/** One hash for all: everybody knows the password. */
const plantUsers = async (services: Services, connection: Connection, hash: string): Promise<void> => {
  for (const { id, reference, organization, role } of users) {
    await addMember(connection, { id, practitioner: reference, organization, role })
    await setPassword(connection, services, id, hash)
  }
}

const registration = async (keys: KeyStore, client: DemoClient): Promise<object> => ({
  ...client,
  kind: 'jwks',
  jwks: { keys: [await publicKey(keys, client.id)] },
  redirects: [],
})

/** The public half of a client's key; the pair is made the first time and kept. */
const publicKey = async (keys: KeyStore, client: string): Promise<JWK> => {
  const { d: _private, ...open } = (await storedKey(keys, client)) ?? (await newKey(keys, client))
  return open
}

const storedKey = async (keys: KeyStore, client: string): Promise<JWK | undefined> => {
  const text = await keys.read(client)
  try {
    const key = text === undefined ? undefined : (JSON.parse(text) as JWK)
    return key?.kty === 'EC' && key.d !== undefined && key.kid !== undefined ? key : undefined
  } catch {
    return undefined
  }
}

const newKey = async (keys: KeyStore, client: string): Promise<JWK> => {
  const { privateKey } = await generateKeyPair('ES384', { extractable: true })
  const bare = await exportJWK(privateKey)
  const key = { ...bare, kid: await calculateJwkThumbprint(bare), alg: 'ES384', use: 'sig' }
  await keys.write(client, `${JSON.stringify(key, undefined, 2)}\n`)
  return key
}
