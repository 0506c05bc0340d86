import type { Context } from 'hono'
import type { Services } from '../services.ts'
import { fhirBase, tokenUrl as tokenUrlOf } from './addresses.ts'
import { readBounded } from './bounded.ts'
import { authenticateClient } from './client-authentication.ts'
import { issueToken } from './issue.ts'
import type { Fetch } from './jwks.ts'
import { demandOwnOrganization, statedIn } from './purpose.ts'
import { refuseToken, TokenRefusal } from './refusal.ts'

type TokenServices = Pick<Services, 'settings' | 'database' | 'clock'>

/** An answer of the token endpoint (RFC 6749 sections 5.1 and 5.2). */
export interface TokenAnswer {
  readonly status: 200 | 400 | 401 | 405 | 413
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, string | number>>
}

/** Life of a token in seconds (SMART App Launch 2.2, backend services: 300 at most). */
const backendLifetime = 300

const limit = 64 * 1024

/** Grants a token for client credentials (RFC 6749 section 4.4; SMART App Launch 2.2, backend services). */
export const grantToken = async (
  services: TokenServices,
  form: URLSearchParams,
  tokenUrl: string,
  authorization?: string,
  request?: Fetch,
): Promise<TokenAnswer> => {
  try {
    const sent = checked(form)
    const presented = { form: sent, authorization }
    const { client, claims } = await authenticateClient(services, presented, tokenUrl, request)
    const { organization, purpose } = statedIn(claims)
    const base = fhirBase(services.settings.publicUrl)
    if (organization !== undefined) await demandOwnOrganization(services.database, client, organization, base)
    const scope = sent.get('scope') ?? undefined
    const issued = await services.database.transaction((connection) =>
      issueToken(connection, { client, scope, purpose, lifetime: backendLifetime }, services),
    )
    return answer(200, {
      access_token: issued.token,
      token_type: 'bearer',
      expires_in: issued.expiresIn,
      scope: issued.scope,
    })
  } catch (refusal) {
    if (refusal instanceof TokenRefusal) return refused(refusal)
    throw refusal
  }
}

/** A parameter comes once, counts as omitted without a value, and names a supported grant (RFC 6749 section 3.2). */
const checked = (form: URLSearchParams): URLSearchParams => {
  const repeated = [...form.keys()].find((name) => form.getAll(name).length > 1)
  if (repeated !== undefined) refuseToken('invalid_request', `\`${repeated}\` was sent more than once`)
  const grant = form.get('grant_type') ?? ''
  if (grant === '') refuseToken('invalid_request', '`grant_type` is missing')
  if (grant !== 'client_credentials') refuseToken('unsupported_grant_type', 'use `client_credentials`')
  return new URLSearchParams([...form].filter(([, value]) => value !== ''))
}

const answer = (
  status: TokenAnswer['status'],
  body: TokenAnswer['body'],
  more: Readonly<Record<string, string>> = {},
): TokenAnswer => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', pragma: 'no-cache', ...more },
  body,
})

const refused = (
  { error, message }: TokenRefusal,
  status: TokenAnswer['status'] = error === 'invalid_client' ? 401 : 400,
): TokenAnswer =>
  answer(
    status,
    { error, error_description: message },
    status === 401 ? { 'www-authenticate': 'Basic realm="sluice", charset="UTF-8"' } : {},
  )

/** The token endpoint; route every method to it. */
export const tokenRoute = (services: TokenServices, request?: Fetch) =>
  async function token(c: Context): Promise<Response> {
    const { status, headers, body } = await answerTo(services, c.req.raw, request)
    return new Response(JSON.stringify(body), { status, headers })
  }

const wrong = (description: string): TokenRefusal => new TokenRefusal('invalid_request', description)

const answerTo = async (services: TokenServices, request: Request, fetch?: Fetch): Promise<TokenAnswer> => {
  if (request.method !== 'POST') {
    const { headers, body } = refused(wrong('use POST'), 405)
    return { status: 405, headers: { ...headers, allow: 'POST' }, body }
  }
  const [type] = (request.headers.get('content-type') ?? '').split(';')
  if (type?.trim().toLowerCase() !== 'application/x-www-form-urlencoded')
    return refused(wrong('send application/x-www-form-urlencoded'))
  const text = await readBounded(request.body, limit)
  if (text === undefined) return refused(wrong('the request is too long'), 413)
  const authorization = request.headers.get('authorization') ?? undefined
  const form = new URLSearchParams(text)
  return grantToken(services, form, tokenUrlOf(services.settings.publicUrl), authorization, fetch)
}
