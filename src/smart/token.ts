import type { Context } from 'hono'
import type { Services } from '../services.ts'
import { tokenUrl as tokenUrlOf } from './addresses.ts'
import { exchangeCode } from './exchange-code.ts'
import { grantCredentials } from './grant-credentials.ts'
import type { Fetch } from './jwks.ts'
import { retryAfter, takeNetworkTurn } from './limits.ts'
import { answer, formOf, type OAuthAnswer, refused, respondOAuth, withoutRepeats } from './oauth-answer.ts'
import { refresh } from './refresh.ts'
import { refuseToken, TokenRefusal } from './refusal.ts'

type TokenServices = Pick<Services, 'settings' | 'database' | 'clock'>

/** A request for a token: its form, once checked, and what else the client proves itself by. */
export interface TokenAsked {
  readonly form: URLSearchParams
  readonly authorization: string | undefined
  readonly tokenUrl: string
  readonly request?: Fetch | undefined
}

/** What a token response holds (RFC 6749 section 5.1; SMART App Launch 2.2, launch context). */
export type TokenResponse = Readonly<Record<string, unknown>>

const grants: Readonly<
  Record<string, (services: TokenServices, asked: TokenAsked) => Promise<TokenResponse>>
> = {
  authorization_code: exchangeCode,
  refresh_token: refresh,
  client_credentials: grantCredentials,
}

/** The grants that the token endpoint takes. */
export const grantTypes: readonly string[] = Object.keys(grants)

/** Grants a token (RFC 6749 sections 4.1.3, 4.4 and 6; SMART App Launch 2.2). */
export const grantToken = async (
  services: TokenServices,
  form: URLSearchParams,
  tokenUrl: string,
  authorization?: string,
  request?: Fetch,
): Promise<OAuthAnswer> => {
  try {
    const sent = withoutRepeats(form)
    const type = sent.get('grant_type') ?? refuseToken('invalid_request', '`grant_type` is missing')
    const grant = Object.hasOwn(grants, type) ? grants[type] : undefined
    if (grant === undefined)
      return refuseToken('unsupported_grant_type', `use \`${grantTypes.join('`, `')}\``)
    return answer(200, await grant(services, { form: sent, authorization, tokenUrl, request }))
  } catch (refusal) {
    if (refusal instanceof TokenRefusal) return refused(refusal)
    throw refusal
  }
}

/** The token endpoint; route every method to it. */
export const tokenRoute = (services: TokenServices & Pick<Services, 'digest'>, request?: Fetch) =>
  async function token(c: Context): Promise<Response> {
    const form = await formOf(c.req.raw)
    if (!(form instanceof URLSearchParams)) return respondOAuth(form)
    const authorization = c.req.header('authorization')
    const url = tokenUrlOf(services.settings.publicUrl)
    const answered = await grantToken(services, form, url, authorization, request)
    if (answered.status !== 401 || (await takeNetworkTurn(services, c, 'client failure')))
      return respondOAuth(answered)
    const { headers, body } = refused(
      new TokenRefusal('invalid_client', 'too many failures from this network'),
      429,
    )
    return respondOAuth({ status: 429, headers: { ...headers, 'retry-after': retryAfter }, body })
  }
