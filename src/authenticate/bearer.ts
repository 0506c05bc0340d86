import type { RecipientClass } from '../consent/asked.ts'
import { refuse } from '../problem.ts'
import type { Services } from '../services.ts'
import type { TokenContext } from '../smart/issue.ts'
import { type Digest, sha256 } from '../smart/secrets.ts'
import type { Caller } from './caller.ts'

interface Row {
  readonly client: string
  readonly audience: number
  readonly context: TokenContext
  readonly organization: string
  readonly roles: readonly string[]
  readonly prefix: string | null
  readonly organization_key: number
  readonly home_key: number
  readonly class: RecipientClass | null
}

/** The organization of a token is the one asked for: a user's own, where a user signed in. */
const text = `SELECT t.client, t.audience, t.context, c.organization, c.roles, c.prefix,
    o.key AS organization_key, coalesce(h.key, o.key) AS home_key, coalesce(h.class, o.class) AS class
  FROM access_token t
  JOIN client c ON c.id = t.client
  JOIN organization o ON o.id = substr(t.context->'asked'->>'organization', 14)
  LEFT JOIN organization h ON o.class = 'business-associate' AND h.id = substr(o.principal, 14)
  WHERE t.hash = $1 AND t.expires > $2::text::timestamptz`

/**
 * The caller behind an access token (RFC 6750 section 2.1). Unknown, expired, revoked and malformed ones answer alike.
 * `digest` is SHA-256 in hexadecimal; a synchronous one saves the way through the thread pool.
 */
export const authenticate = async (
  { database, clock }: Pick<Services, 'database' | 'clock'>,
  authorization: string | undefined,
  digest: Digest = sha256,
): Promise<Caller> => {
  if (authorization === undefined)
    return unauthorized('an access token is needed: send `Authorization: Bearer`')
  const token = /^Bearer +([A-Za-z0-9_-]{43})$/i.exec(authorization)?.[1]
  if (token === undefined) return unauthorized(unknown)
  const params = [await digest(token), clock.real().toISOString()]
  const [row] = await database.query<Row>({ text, params })
  if (row === undefined) return unauthorized(unknown)
  return {
    client: row.client,
    organization: row.organization,
    organizationKey: row.organization_key,
    homeKey: row.home_key,
    asked: row.context.asked,
    recipientClass: row.context.asked.patient === undefined ? (row.class ?? undefined) : 'patient',
    audience: row.audience,
    scope: row.context.scope,
    roles: row.roles,
    prefix: row.prefix ?? undefined,
  }
}

const unknown = 'the access token is unknown or has expired'

const unauthorized = (text: string): never => refuse({ kind: 'unauthorized', text })
