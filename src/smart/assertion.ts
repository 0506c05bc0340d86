import { sql } from 'drizzle-orm'
import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  importJWK,
  type JWTPayload,
  jwtVerify,
  type ProtectedHeaderParameters,
} from 'jose'
import type { Services } from '../services.ts'
import { type ClientRegistration, clientId, findClient } from './clients.ts'
import { type Algorithm, type Fetch, fetchJwks, keyFor, type Jwks, keyTypes } from './jwks.ts'
import { refuseToken } from './refusal.ts'

/** The one kind of client assertion that is taken (RFC 7523 section 2.2). */
export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** How far apart two clocks may be, and how far ahead an assertion may expire, in seconds. */
const skew = 30
const longest = 300

/** A client that proved itself, with what its assertion says. */
export interface Proven {
  readonly client: ClientRegistration
  readonly claims?: JWTPayload
}

/**
 * The client that signed an assertion (RFC 7523 section 3; SMART App Launch 2.2, asymmetric clients). Anything that
 * does not fit is `invalid_client`; an unknown client, an unknown key and a wrong signature read alike.
 */
export const verifyAssertion = async (
  { database, clock }: Pick<Services, 'database' | 'clock'>,
  assertion: string,
  tokenUrl: string,
  request?: Fetch,
): Promise<Proven> => {
  const { algorithm, kid, jku, issuer } = unverified(assertion)
  const client = (await findClient(database, issuer)) ?? foreign()
  const keys = await keysOf(client, jku, request)
  const jwk = (keys && keyFor(keys, kid, algorithm)) ?? foreign()
  const now = clock.real()
  const key = await importJWK({ ...jwk, alg: algorithm }, algorithm).catch(foreign)
  const { payload } = await jwtVerify(assertion, key, {
    algorithms: [algorithm],
    typ: 'JWT',
    issuer: client.id,
    subject: client.id,
    audience: tokenUrl,
    requiredClaims: ['exp', 'jti'],
    currentDate: now,
    clockTolerance: skew,
  }).catch(explain)
  const expires = lifetime(payload, now.getTime() / 1000)
  if (payload.aud !== tokenUrl) refuse('`aud` must be the token endpoint as one string, not a list')
  await useOnce(database, client.id, payload.jti, expires)
  return { client, claims: payload }
}

const refuse = (description: string): never =>
  refuseToken('invalid_client', `client_assertion: ${description}`)

const foreign = (): never =>
  refuse(
    'no registered client has a key that verifies it; check iss, kid, jku, the signature and the registered keys',
  )

/** What must be known to find the key. None of it is true before the signature is verified. */
const unverified = (assertion: string) => {
  const { header, claims } = decoded(assertion)
  const { alg, kid, jku, typ } = header
  if (typ !== 'JWT') refuse('the header must have typ `JWT`')
  const algorithm = isAlgorithm(alg) ? alg : refuse('must be signed with ES384 or RS384')
  if (typeof kid !== 'string' || kid === '') return refuse('the header must name its key with `kid`')
  if (jku !== undefined && typeof jku !== 'string') return refuse('`jku` must be a URL')
  if (claims.iss === undefined || claims.iss !== claims.sub)
    return refuse('`iss` and `sub` must both be the client id')
  const issuer = clientId.safeParse(claims.iss).data ?? foreign()
  return { algorithm, kid, jku, issuer }
}

const decoded = (assertion: string): { header: ProtectedHeaderParameters; claims: JWTPayload } => {
  try {
    return { header: decodeProtectedHeader(assertion), claims: decodeJwt(assertion) }
  } catch {
    return refuse('is not a readable JWT')
  }
}

const isAlgorithm = (name: unknown): name is Algorithm =>
  typeof name === 'string' && Object.hasOwn(keyTypes, name)

/** The client's registered keys. A `jku` is only ever compared, never followed. */
const keysOf = async (
  client: ClientRegistration,
  jku: string | undefined,
  request: Fetch | undefined,
): Promise<Jwks | undefined> => {
  if (jku !== undefined && (client.kind !== 'jwks-url' || client.jwksUrl !== jku)) return undefined
  if (client.kind === 'jwks') return client.jwks
  return client.kind === 'jwks-url' ? fetchJwks(client.jwksUrl, request) : undefined
}

const explain = (error: unknown): never => {
  if (error instanceof errors.JWTExpired) return refuse('has expired')
  if (error instanceof errors.JWTClaimValidationFailed) return refuse(`\`${error.claim}\` does not fit`)
  return foreign()
}

/** Checks the times that jose leaves open; answers with `exp`. */
const lifetime = ({ exp = 0, iat }: JWTPayload, now: number): number => {
  if (exp > now + longest + skew) refuse('`exp` must be no more than 5 minutes ahead')
  if (iat !== undefined && (iat > now + skew || iat > exp)) refuse('`iat` must lie in the past')
  return exp
}

/** A `jti` is good once (RFC 7523 section 3, item 7), for as long as its assertion could be presented. */
const useOnce = async (
  connection: Services['database'],
  client: string,
  jti: unknown,
  expires: number,
): Promise<void> => {
  if (typeof jti !== 'string' || jti === '' || jti.length > 255 || jti.includes('\0'))
    return refuse('`jti` must be a text of 1 to 255 characters')
  const until = new Date((expires + 2 * skew) * 1000).toISOString()
  const fresh = await connection.query(
    sql`INSERT INTO assertion (client, jti, expires) VALUES (${client}, ${jti}, ${until}::text::timestamptz)
        ON CONFLICT DO NOTHING RETURNING jti`,
  )
  if (fresh.length === 0) refuse('`jti` was used before')
}
