import { isRepresentative, type RecipientClass } from '../consent/asked.ts'
import { refuse } from '../problem.ts'
import type { Services } from '../services.ts'
import type { TokenContext } from '../smart/issue.ts'
import { type Digest, sha256 } from '../smart/secrets.ts'
import { demandsOf } from '../validate/demands.ts'
import type { Caller } from './caller.ts'
import { homeJoin, registryColumns } from './registry-row.ts'

/** What the registry and a token say of a caller. */
export interface CallerRow {
  readonly client: string
  readonly audience: number
  readonly context: TokenContext
  readonly organization: string
  readonly roles: readonly string[]
  readonly policies: unknown
  readonly prefix: string | null
  readonly organization_key: number
  readonly home_key: number
  readonly class: RecipientClass | null
  readonly expires: Date
  readonly epoch: number | null
}

/** The organization of a token is the one asked for: a user's own, where a user signed in. */
const text = `SELECT t.client, t.audience, t.context, ${registryColumns}, t.expires, (SELECT epoch FROM registry) AS epoch
  FROM access_token t
  JOIN client c ON c.id = t.client
  JOIN organization o ON o.id = substr(t.context->'asked'->>'organization', 14)
  ${homeJoin}
  WHERE t.hash = $1 AND t.expires > $2::text::timestamptz`

/**
 * The caller behind an access token (RFC 6750 section 2.1). Unknown, expired, revoked and malformed ones answer alike.
 * `digest` is SHA-256 in hexadecimal; a synchronous one saves the way through the thread pool.
 */
export const authenticate = async (
  services: Pick<Services, 'database' | 'clock'>,
  authorization: string | undefined,
  digest: Digest = sha256,
): Promise<Caller> => (await lookUp(services, await digest(tokenOf(authorization)))).caller

/** A caller as its token was last looked up. */
export interface Known {
  readonly caller: Caller
  /** When the token expires, in milliseconds since 1970, in real time. */
  readonly expires: number
  /** The state of clients and organizations at that time; undefined where there is none to compare with. */
  readonly epoch: number | undefined
}

type Authenticating = Pick<Services, 'database' | 'clock' | 'digest' | 'callers'>

/**
 * The same, from memory where the token was seen before. Such a caller carries its token: the statement that answers
 * its question holds it to that, so a revocation bites on the next request, in every process (`Permit.joined`).
 */
export const authenticateRemembered = async (
  services: Authenticating,
  authorization: string | undefined,
): Promise<Caller> => {
  const hash = await services.digest(tokenOf(authorization))
  const known = services.callers.get(hash)
  const real = services.clock.real()
  if (known?.epoch !== undefined && known.expires > real.getTime())
    return { ...known.caller, token: { hash, moment: real.toISOString(), epoch: known.epoch } }
  const found = await lookUp(services, hash)
  services.callers.keep(hash, found)
  return found.caller
}

/** A remembered caller as it is now: looked up, since nothing was found for it or it is to be refused. */
export const confirmed = async (services: Authenticating, { token }: Caller): Promise<Caller> => {
  const hash = token?.hash ?? unauthorized(unknown)
  services.callers.forget(hash)
  const found = await lookUp(services, hash)
  services.callers.keep(hash, found)
  return found.caller
}

const tokenOf = (authorization: string | undefined): string => {
  if (authorization === undefined)
    return unauthorized('an access token is needed: send `Authorization: Bearer`')
  return /^Bearer +([A-Za-z0-9_-]{43})$/i.exec(authorization)?.[1] ?? unauthorized(unknown)
}

const lookUp = async (
  { database, clock }: Pick<Services, 'database' | 'clock'>,
  hash: string,
): Promise<Known> => {
  const [row] = await database.query<CallerRow>({ text, params: [hash, clock.real().toISOString()] })
  if (row === undefined) return unauthorized(unknown)
  return { caller: callerOf(row), expires: row.expires.getTime(), epoch: row.epoch ?? undefined }
}

/** The caller that a row says. */
export const callerOf = (row: CallerRow): Caller =>
  withDemands(row, {
    client: row.client,
    organization: row.organization,
    organizationKey: row.organization_key,
    homeKey: row.home_key,
    asked: row.context.asked,
    recipientClass: recipientClassOf(row),
    audience: row.audience,
    scope: row.context.scope,
    ...(row.context.patient === undefined ? {} : { patient: row.context.patient }),
    ...(row.context.member === undefined ? {} : { member: row.context.member }),
    roles: row.roles,
    prefix: row.prefix ?? undefined,
  })

const withDemands = ({ policies }: CallerRow, caller: Caller): Caller => {
  const demands = demandsOf(policies)
  return demands === undefined ? caller : { ...caller, demands }
}

const recipientClassOf = ({ context: { asked }, class: own }: CallerRow): RecipientClass | undefined => {
  if (isRepresentative(asked)) return 'representative'
  return asked.patient === undefined ? (own ?? undefined) : 'patient'
}

const unknown = 'the access token is unknown or has expired'

const unauthorized = (text: string): never =>
  refuse({ kind: 'unauthorized', text, ...(text === unknown ? { isToken: true } : {}) })
