import type { Services } from '../services.ts'
import { sessionStands } from '../sign-in/session-stands.ts'
import type { Connection } from '../store/database.ts'
import { authenticateClient } from './client-authentication.ts'
import { findGrant, revokeGrant } from './grants/grant.ts'
import { findRefreshToken, type Refresh, useRefreshToken } from './grants/refresh-token.ts'
import { issueUnder } from './issue-under.ts'
import { refuseToken } from './refusal.ts'
import { subsetOf } from './scopes.ts'
import type { TokenAsked, TokenResponse } from './token.ts'

/**
 * New tokens for a refresh token (RFC 6749 section 6): of the client that it was issued to, for the same scopes or fewer. Each
 * is good once; one that comes again ends the grant, since somebody has stolen it (RFC 9700 section 4.14.2).
 */
export const refresh = async (
  services: Pick<Services, 'settings' | 'database' | 'clock'>,
  { form, authorization, tokenUrl, request }: TokenAsked,
): Promise<TokenResponse> => {
  const token = form.get('refresh_token') ?? refuseToken('invalid_request', '`refresh_token` is missing')
  const now = services.clock.real()
  const found = await findRefreshToken(services.database, token, now)
  if (
    found === undefined &&
    !form.has('client_id') &&
    !form.has('client_assertion') &&
    authorization === undefined
  )
    return unknown()
  // Clients without a secret may leave out who they are (`fhirclient` does): the token says it.
  const presented = { form, authorization, implied: found?.client }
  const { client } = await authenticateClient(services, presented, tokenUrl, request)
  if (found === undefined || found.client !== client.id) return unknown()
  const response = await services.database.transaction((connection) =>
    renew(services, connection, found, form.get('scope') ?? undefined),
  )
  return response ?? refuseToken('invalid_grant', 'the refresh token was used before; its grant is revoked')
}

/** Undefined where the token was used before: what is undone then must be committed. */
const renew = async (
  services: Pick<Services, 'settings' | 'clock'>,
  connection: Connection,
  { hash, grant: key, used, good }: Refresh,
  asked: string | undefined,
): Promise<TokenResponse | undefined> => {
  if (used) return void (await revokeGrant(connection, key))
  if (!good) return unknown()
  const grant = (await findGrant(connection, key)) ?? unknown()
  if (grant.session !== null && !(await sessionStands(connection, grant.session, services.clock.real())))
    return refuseToken('invalid_grant', 'the user has signed out; `online_access` ends with that')
  const scope = subsetOf(asked, grant.scope)
  if (!(await useRefreshToken(connection, hash))) return void (await revokeGrant(connection, key))
  return issueUnder(services, connection, grant, { scope, nonce: null })
}

const unknown = (): never =>
  refuseToken(
    'invalid_grant',
    'the refresh token is unknown, has expired, was revoked, or is not for this client',
  )
