import type { Services } from '../services.ts'
import type { Connection } from '../store/database.ts'
import { authenticateClient } from './client-authentication.ts'
import { findCode, useCode } from './grants/authorization-code.ts'
import { findGrant, revokeGrant, type SmartGrant } from './grants/grant.ts'
import { issueUnder } from './issue-under.ts'
import { challengeOf, isVerifier } from './pkce.ts'
import { refuseToken } from './refusal.ts'
import { sameHash } from './secrets.ts'
import { briefly, simulationOf } from './simulation.ts'
import type { TokenAsked, TokenResponse } from './token.ts'

/**
 * Tokens for an authorization code (RFC 6749 section 4.1.3, RFC 7636 section 4.6). A code is good once, for the client and the
 * redirect that it was given for; one that comes again ends the grant, with all that was issued (RFC 6749 section 4.1.2).
 */
export const exchangeCode = async (
  services: Pick<Services, 'settings' | 'database' | 'clock'>,
  { form, authorization, tokenUrl, request }: TokenAsked,
): Promise<TokenResponse> => {
  const { client } = await authenticateClient(services, { form, authorization }, tokenUrl, request)
  const code = form.get('code') ?? refuseToken('invalid_request', '`code` is missing')
  const verifier = form.get('code_verifier') ?? refuseToken('invalid_request', '`code_verifier` is missing')
  if (!isVerifier(verifier))
    refuseToken('invalid_request', '`code_verifier` must be 43 to 128 unreserved characters')
  const challenge = await challengeOf(verifier)
  const given = { code, challenge, redirect: form.get('redirect_uri') ?? '' }
  const response = await services.database.transaction((connection) =>
    exchange(services, connection, client.id, given),
  )
  return response ?? refuseToken('invalid_grant', 'the code was used before; its grant is revoked')
}

/** Undefined where the code was used before: what is undone then must be committed. */
const exchange = async (
  services: Pick<Services, 'settings' | 'clock'>,
  connection: Connection,
  client: string,
  {
    code,
    challenge,
    redirect,
  }: { readonly code: string; readonly challenge: string; readonly redirect: string },
): Promise<TokenResponse | undefined> => {
  const now = services.clock.real()
  const found = await findCode(connection, code, client, now)
  if (found === undefined) return unknown()
  if (found.used) return revoked(connection, found.grant)
  if (!found.good) return unknown()
  if (found.redirect !== redirect)
    return refuseToken('invalid_grant', '`redirect_uri` is not the one that the code was asked for with')
  if (!sameHash(found.challenge, challenge))
    return refuseToken('invalid_grant', '`code_verifier` does not fit the `code_challenge`')
  if (!(await useCode(connection, found.hash))) return revoked(connection, found.grant)
  const grant = (await findGrant(connection, found.grant)) ?? unknown()
  const simulated = simulationOf(services.settings, grant.simulate)
  const issued = await issueUnder(services, connection, grant, {
    scope: grant.scope,
    nonce: found.nonce,
    ...(simulated === 'expired' ? { lifetime: briefly } : {}),
  })
  if (simulated === 'revoked') await revokeGrant(connection, grant.key)
  return issued
}

const unknown = (): never =>
  refuseToken('invalid_grant', 'the code is unknown, has expired, or is not for this client')

const revoked = async (connection: Connection, grant: SmartGrant['key']): Promise<undefined> => {
  await revokeGrant(connection, grant)
}
