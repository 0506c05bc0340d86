import type { Services } from '../services.ts'
import { fhirBase } from './addresses.ts'
import { authenticateClient } from './client-authentication.ts'
import { issueToken } from './issue.ts'
import { demandOwnOrganization, statedIn } from './purpose.ts'
import { refuseToken } from './refusal.ts'
import type { TokenAsked, TokenResponse } from './token.ts'

/** Life of a token in seconds (SMART App Launch 2.2, backend services: 300 at most). */
const backendLifetime = 300

/** A token for a client itself (RFC 6749 section 4.4; SMART App Launch 2.2, backend services). No refresh token goes with it. */
export const grantCredentials = async (
  services: Pick<Services, 'settings' | 'database' | 'clock'>,
  { form, authorization, tokenUrl, request }: TokenAsked,
): Promise<TokenResponse> => {
  const { client, claims } = await authenticateClient(services, { form, authorization }, tokenUrl, request)
  if (client.kind === 'public')
    return refuseToken(
      'unauthorized_client',
      'a public client has no tokens of its own: send its user to authorize',
    )
  const { organization, purpose } = statedIn(claims)
  const base = fhirBase(services.settings.publicUrl)
  if (organization !== undefined) await demandOwnOrganization(services.database, client, organization, base)
  const scope = form.get('scope') ?? undefined
  const issued = await services.database.transaction((connection) =>
    issueToken(connection, { client, scope, purpose, lifetime: backendLifetime }, services),
  )
  return {
    access_token: issued.token,
    token_type: 'bearer',
    expires_in: issued.expiresIn,
    scope: issued.scope,
  }
}
