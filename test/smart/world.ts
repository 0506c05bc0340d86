import { sql } from 'drizzle-orm'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { tokenUrl } from '../../src/smart/addresses.ts'
import { assertionType } from '../../src/smart/assertion.ts'
import { upsertClient } from '../../src/smart/clients.ts'
import type { Fetch } from '../../src/smart/jwks.ts'
import { grantToken } from '../../src/smart/token.ts'
import { migrate } from '../../src/store/migrate.ts'
import { openPglite } from '../../src/store/pglite.ts'

export const publicUrl = 'https://gateway.example'

export const audience = tokenUrl(publicUrl)

/** A key pair with its public JWK. */
export const makeKey = async (kid: string, algorithm: 'ES384' | 'RS384') => {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  return { kid, algorithm, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid } }
}

export type Key = Awaited<ReturnType<typeof makeKey>>

/** A database in memory with two organizations and one client, `clinic`, that has a key of each kind. */
export const openWorld = async () => {
  const database = await openPglite()
  await migrate(database, new URL('../../migrations/', import.meta.url))
  await database.query(sql`INSERT INTO organization (id, name, class, principal) VALUES
    ('clinic', 'Clinic', 'covered-entity', NULL), ('billing', 'Billing', 'business-associate', 'Organization/clinic'),
    ('hospital', 'Hospital', 'covered-entity', NULL)`)
  const keys = { ec: await makeKey('ec', 'ES384'), rsa: await makeKey('rsa', 'RS384') }
  await upsertClient(database, clinic([keys.ec, keys.rsa]))
  const start = new Date('2026-03-01T12:00:00Z')
  const at = { now: start }
  const clock = { now: () => new Date(0), real: () => at.now }
  const services = { database, clock, settings: { publicUrl, production: false, log: false, mllpPort: 0 } }
  return { database, services, keys, at, start }
}

export type World = Awaited<ReturnType<typeof openWorld>>

/** The registration of the client `clinic`. */
export const clinic = (keys: readonly Key[], more: object = {}) => ({
  id: 'clinic',
  organization: 'Organization/clinic',
  kind: 'jwks',
  jwks: { keys: keys.map(({ jwk }) => jwk) },
  scope: 'system/Observation.rs system/Patient.r patient/*.rs',
  purposes: ['TREAT'],
  redirects: [],
  roles: [],
  ...more,
})

/** Claims and header of an assertion that is right in everything but `claims` and `header`. */
export const sign = (
  { start }: Pick<World, 'start'>,
  key: Key,
  claims: JWTPayload = {},
  header: object = {},
): Promise<string> => {
  const now = Math.floor(start.getTime() / 1000)
  const right = { iss: 'clinic', sub: 'clinic', aud: audience, exp: now + 300, jti: crypto.randomUUID() }
  return new SignJWT({ ...right, ...claims })
    .setProtectedHeader({ alg: key.algorithm, kid: key.kid, typ: 'JWT', ...header })
    .sign(key.privateKey)
}

/** A form for client credentials with an assertion. */
export const formOf = (assertion: string, more: Record<string, string> = {}): URLSearchParams =>
  new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: assertionType,
    client_assertion: assertion,
    ...more,
  })

/** Asks for a token with an assertion. */
export const ask = async (
  { services }: Pick<World, 'services'>,
  assertion: string,
  more: Record<string, string> = {},
  request?: Fetch,
) => grantToken(services, formOf(assertion, more), audience, undefined, request)
