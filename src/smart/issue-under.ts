import type { Services } from '../services.ts'
import type { Connection } from '../store/database.ts'
import { writeAccessToken } from './grants/access-token.ts'
import type { SmartGrant } from './grants/grant.ts'
import { signIdToken } from './grants/id-token.ts'
import { writeRefreshToken } from './grants/refresh-token.ts'
import type { TokenContext } from './issue.ts'
import type { TokenResponse } from './token.ts'

/** Life of an access token, in seconds (SMART App Launch 2.2: an hour at most). */
const anHour = 3600

/** What of a grant is to be issued: all its scopes, or fewer. */
interface Issuing {
  readonly scope: string
  /** Of the request for authorization; null where tokens are refreshed. */
  readonly nonce: string | null
  /** Of the access token, in seconds; an hour where nothing is said. */
  readonly lifetime?: number
}

/**
 * Issues tokens under a grant: an access token with the launch context, an id_token where `openid` is in scope, and a refresh
 * token where the grant may outlive the access token. The context stays the same on refresh (SMART App Launch 2.2).
 */
export const issueUnder = async (
  { settings: { publicUrl }, clock }: Pick<Services, 'settings' | 'clock'>,
  connection: Connection,
  grant: SmartGrant,
  { scope, nonce, lifetime = anHour }: Issuing,
): Promise<TokenResponse> => {
  const now = clock.real()
  const names = scope.split(' ')
  const { patient } = grant.context
  const context: TokenContext = {
    asked: grant.asked,
    scope,
    member: grant.member,
    ...(patient === undefined ? {} : { patient: `Patient/${patient}` }),
  }
  const { client, audience, key } = grant
  const token = await writeAccessToken(connection, { client, audience, context, grant: key, lifetime }, now)
  const granted = grant.scope.split(' ')
  const lasts = granted.includes('offline_access') || granted.includes('online_access')
  return {
    access_token: token,
    token_type: 'Bearer',
    expires_in: lifetime,
    scope,
    ...grant.context,
    ...(names.includes('openid')
      ? { id_token: await signIdToken(connection, publicUrl, grant, { scope, nonce, now }) }
      : {}),
    ...(lasts ? { refresh_token: await writeRefreshToken(connection, key, grant.expires) } : {}),
  }
}
