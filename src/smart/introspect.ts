import { sql } from 'drizzle-orm'
import type { Context } from 'hono'
import { Refusal } from '../problem.ts'
import { authenticate } from '../authenticate/bearer.ts'
import type { Services } from '../services.ts'
import type { Connection } from '../store/database.ts'
import { issuerOf, tokenUrl } from './addresses.ts'
import { authenticateClient } from './client-authentication.ts'
import type { LaunchContext } from './grants/launch-context.ts'
import { fhirUserOf, subjectOf } from './grants/id-token.ts'
import type { TokenContext } from './issue.ts'
import type { Fetch } from './jwks.ts'
import { answer, type OAuthAnswer, withoutRepeats, formRoute } from './oauth-answer.ts'
import { refuseToken } from './refusal.ts'
import { sha256 } from './secrets.ts'

/** A resource server that may ask about tokens of every client is registered with this role. */
const introspectionRole = 'introspection'

/** Who asks about a token. */
interface Asking {
  readonly id: string
  readonly roles: readonly string[]
}

interface Row {
  readonly client: string
  readonly context: TokenContext
  readonly launch: LaunchContext | null
  readonly scope: string
  readonly expires: Date
  /** Null for a refresh token: it is nothing to ask a resource with. */
  readonly kind: string | null
}

/**
 * What a token stands for (RFC 7662; SMART App Launch 2.2, token introspection). A client asks about its own tokens, by its
 * authentication or by a bearer token of its own; one with the role `introspection` about all. Of any other token it is told that it
 * is not active, as of one that does not exist.
 */
export const introspectRoute = (services: Services, request?: Fetch) =>
  function introspect({ req }: Context): Promise<Response> {
    return formRoute(req.raw, (form) => introspected(services, form, req.header('authorization'), request))
  }

const introspected = async (
  services: Services,
  sent: URLSearchParams,
  authorization: string | undefined,
  request?: Fetch,
): Promise<OAuthAnswer> => {
  try {
    const form = withoutRepeats(sent)
    const asking = await whoAsks(services, form, authorization, request)
    const token = form.get('token') ?? refuseToken('invalid_request', '`token` is missing')
    const row = await findToken(services.database, token, services.clock.real())
    const may = row !== undefined && (row.client === asking.id || asking.roles.includes(introspectionRole))
    return answer(200, may ? await describe(services, row) : { active: false })
  } catch (refusal) {
    if (refusal instanceof Refusal && refusal.problem.kind === 'unauthorized')
      return answer(401, { error: 'invalid_token' }, { 'www-authenticate': 'Bearer error="invalid_token"' })
    throw refusal
  }
}

/** A public client proves nothing, so it asks with a token that it has. */
const whoAsks = async (
  services: Services,
  form: URLSearchParams,
  authorization: string | undefined,
  request: Fetch | undefined,
): Promise<Asking> => {
  if (/^Bearer /i.test(authorization ?? '')) {
    const { client, roles } = await authenticate(services, authorization)
    return { id: client, roles }
  }
  const url = tokenUrl(services.settings.publicUrl)
  const { client } = await authenticateClient(services, { form, authorization }, url, request)
  if (client.kind === 'public')
    return refuseToken('invalid_client', 'authenticate with a secret, an assertion, or a bearer token')
  return { id: client.id, roles: client.roles }
}

const findToken = async (connection: Connection, token: string, now: Date): Promise<Row | undefined> => {
  const at = now.toISOString()
  const [row] = await connection.query<Row>(sql`WITH asked AS (SELECT ${await sha256(token)}::text AS hash)
    SELECT t.client, t.context, g.context AS launch, t.context->>'scope' AS scope, t.expires, 'Bearer' AS kind
      FROM access_token t JOIN asked ON asked.hash = t.hash LEFT JOIN smart_grant g ON g.key = t."grant" WHERE t.expires > ${at}::text::timestamptz
    UNION ALL SELECT g.client, jsonb_build_object('asked', g.asked, 'member', g.member), g.context, g.scope, least(r.expires, g.expires), NULL
      FROM refresh_token r JOIN asked ON asked.hash = r.hash JOIN smart_grant g ON g.key = r."grant"
      WHERE NOT r.used AND least(r.expires, g.expires) > ${at}::text::timestamptz`)
  return row
}

const describe = async (
  { settings: { publicUrl } }: Services,
  { client, context, launch, scope, expires, kind }: Row,
): Promise<OAuthAnswer['body']> => {
  const { asked, member } = context
  return {
    active: true,
    scope,
    client_id: client,
    exp: Math.floor(expires.getTime() / 1000),
    iss: issuerOf(publicUrl),
    ...(kind === null ? {} : { token_type: kind }),
    ...(member === undefined
      ? { sub: client }
      : { sub: await subjectOf(publicUrl, member), fhirUser: fhirUserOf(publicUrl, { asked }) }),
    ...(asked.patient === undefined ? {} : { patient: asked.patient.slice('Patient/'.length) }),
    ...launch,
  }
}
