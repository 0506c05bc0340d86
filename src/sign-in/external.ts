import { sql } from 'drizzle-orm'
import * as oauth from 'oauth4webapi'
import type { Services } from '../services.ts'
import type { OpenIdProvider } from '../settings.ts'
import { paths } from './addresses.ts'
import { keepTicket, takeTicket } from './ticket.ts'

/** What is kept between leaving for the provider and coming back. */
interface Leaving {
  readonly begin: string
  readonly nonce: string
  readonly verifier: string
  readonly next: string
  readonly fresh: boolean
}

/** In seconds. */
const patience = 10 * 60

/** How old the provider's own sign-in may be where a new one was asked for, in seconds. */
const freshness = 10 * 60

interface Provider {
  readonly server: oauth.AuthorizationServer
  readonly client: oauth.Client
  readonly authentication: oauth.ClientAuth
  readonly options: { readonly signal: () => AbortSignal; readonly [oauth.allowInsecureRequests]: boolean }
}

/** The provider by its own metadata (OpenID Connect Discovery 1.0). */
const discover = async ({ issuer, clientId, clientSecret }: OpenIdProvider): Promise<Provider> => {
  const url = new URL(issuer)
  const options = {
    signal: () => AbortSignal.timeout(10_000),
    [oauth.allowInsecureRequests]: url.protocol === 'http:',
  }
  const server = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, options))
  const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  const authentication = methods.includes('client_secret_basic')
    ? oauth.ClientSecretBasic(clientSecret)
    : oauth.ClientSecretPost(clientSecret)
  return { server, client: { client_id: clientId }, authentication, options }
}

const redirectUri = ({ settings }: Pick<Services, 'settings'>): string =>
  `${settings.publicUrl}${paths.callback}`

interface Departure {
  readonly begin: string
  readonly next: string
  readonly fresh: boolean
  readonly language: string
}

/** Where to send a browser to sign in at the provider: code flow with PKCE, state and nonce, bound to this browser. */
export const leaveFor = async (
  services: Services,
  given: OpenIdProvider,
  { begin, next, fresh, language }: Departure,
): Promise<URL> => {
  const { server } = await discover(given)
  const [state, nonce, verifier] = [
    oauth.generateRandomState(),
    oauth.generateRandomNonce(),
    oauth.generateRandomCodeVerifier(),
  ]
  const content: Leaving = { begin: await services.digest(begin), nonce, verifier, next, fresh }
  await keepTicket(services.database, services, 'external', state, { content, seconds: patience })
  const url = new URL(server.authorization_endpoint ?? '')
  const asked = {
    client_id: given.clientId,
    redirect_uri: redirectUri(services),
    response_type: 'code',
    scope: given.claim === 'sub' ? 'openid' : 'openid profile email',
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ui_locales: language,
    ...(fresh ? { prompt: 'login', max_age: String(freshness) } : {}),
  }
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value)
  return url
}

/** Who came back: the member, where the provider's answer is good and names one; and where they were going. */
export interface Arrival {
  readonly member: string | undefined
  readonly next: string
}

/** Reads what the provider sent a browser back with; undefined where it is not the answer to anything this browser asked. */
export const arriveFrom = async (
  services: Services,
  given: OpenIdProvider,
  begin: string,
  url: URL,
): Promise<Arrival | undefined> => {
  const state = url.searchParams.get('state') ?? ''
  const ticket = await takeTicket<Leaving>(services.database, services, 'external', state)
  if (ticket === undefined || ticket.content.begin !== (await services.digest(begin))) return undefined
  const claims = await claimsOf(services, given, ticket.content, url, state)
  const member = claims === undefined ? undefined : await memberOf(services, given, claims)
  return { member, next: ticket.content.next }
}

/** The claims of a validated id_token (OpenID Connect Core 3.1.3.7); undefined where anything of the answer is not right. */
const claimsOf = async (
  services: Services,
  given: OpenIdProvider,
  { nonce, verifier, fresh }: Leaving,
  url: URL,
  state: string,
): Promise<oauth.IDToken | undefined> => {
  try {
    const { server, client, authentication, options } = await discover(given)
    const code = oauth.validateAuthResponse(server, client, url.searchParams, state)
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      code,
      redirectUri(services),
      verifier,
      options,
    )
    const answer = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
      ...(fresh ? { maxAge: freshness } : {}),
    })
    await oauth.validateApplicationLevelSignature(server, response, options)
    return oauth.getValidatedIdTokenClaims(answer)
  } catch (fault) {
    services.log({
      level: 'warning',
      event: 'external sign-in failed',
      detail: fault instanceof Error && 'code' in fault ? String(fault.code) : 'unknown',
    })
    return undefined
  }
}

/** An address of mail counts only where the provider has verified it. */
const memberOf = async (
  { database }: Services,
  { issuer, claim }: OpenIdProvider,
  claims: oauth.IDToken,
): Promise<string | undefined> => {
  const value = claims[claim]
  if (typeof value !== 'string' || value === '') return undefined
  if (claim === 'email' && claims.email_verified !== true) return undefined
  const [row] = await database.query<{ member: string }>(
    sql`SELECT member FROM external_identity WHERE issuer = ${issuer} AND value = ${value}`,
  )
  return row?.member
}
