import { sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { Services } from '../services.ts'
import { tokenUrl } from './addresses.ts'
import { authenticateClient } from './client-authentication.ts'
import { revokeGrant } from './grants/grant.ts'
import { findRefreshToken } from './grants/refresh-token.ts'
import type { Fetch } from './jwks.ts'
import { answer, type OAuthAnswer, withoutRepeats, formRoute } from './oauth-answer.ts'
import { refuseToken } from './refusal.ts'
import { sha256 } from './secrets.ts'

/**
 * Ends a token of the client that asks (RFC 7009). With a refresh token goes its whole grant, and all access tokens that were
 * issued under it; they are refused on the next request, in every process. What is not there, or another client's, is
 * answered alike (RFC 7009 section 2.2).
 */
export const revokeRoute = (services: Services, request?: Fetch) =>
  function revoke({ req }: Context): Promise<Response> {
    return formRoute(req.raw, (form) => revoked(services, form, req.header('authorization'), request))
  }

const revoked = async (
  services: Services,
  sent: URLSearchParams,
  authorization: string | undefined,
  request?: Fetch,
): Promise<OAuthAnswer> => {
  const form = withoutRepeats(sent)
  const url = tokenUrl(services.settings.publicUrl)
  const token = form.get('token')
  const { client } = await authenticateClient(services, { form, authorization }, url, request)
  await end(services, token ?? refuseToken('invalid_request', '`token` is missing'), client.id)
  return answer(200, {})
}

const end = async ({ database, clock }: Services, token: string, client: string): Promise<void> => {
  const refresh = await findRefreshToken(database, token, clock.real())
  if (refresh?.client === client) await revokeGrant(database, refresh.grant)
  else
    await database.query(
      sql`DELETE FROM access_token WHERE hash = ${await sha256(token)} AND client = ${client}`,
    )
}
