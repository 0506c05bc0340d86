import type { ClientRegistration } from '../clients.ts'
import { isChallenge } from '../pkce.ts'
import { settlePurpose } from '../purpose.ts'
import { refuseToken } from '../refusal.ts'
import {
  commonScopes,
  contextualIn,
  contextualScopes,
  type Level,
  parseScopes,
  printScope,
} from '../scopes.ts'

/** What OpenID Connect lets a client ask of the sign-in (OpenID Connect Core 3.1.2.1). */
export const prompts = ['none', 'login', 'consent', 'select_account'] as const

export type Prompt = (typeof prompts)[number]

/** A request for authorization, checked (RFC 6749 section 4.1.1; SMART App Launch 2.2, obtain authorization code). */
export interface AuthorizationRequest {
  readonly client: string
  readonly redirect: string
  readonly state: string | null
  /** Scopes for resources that are asked for and registered both. */
  readonly scope: string
  /** Scopes about the launch and the user, asked for and registered both. */
  readonly contextual: readonly string[]
  readonly challenge: string
  readonly nonce: string | null
  readonly launch: string | null
  readonly purpose: string
  readonly prompts: readonly Prompt[]
  /** In seconds; how old a sign-in may be. */
  readonly maxAge: number | null
  /** When it came, in milliseconds since 1970. */
  readonly began: number
}

/** An app asks on behalf of somebody; a client's own scopes are for the token endpoint. */
const levels: readonly Level[] = ['patient', 'user']

/**
 * Reads a request of a known client, whose redirect is its own. What does not fit is refused with an error that goes to that
 * redirect (RFC 6749 section 4.1.2.1).
 */
export const readAuthorization = (
  given: URLSearchParams,
  client: ClientRegistration,
  base: string,
  now: Date,
): AuthorizationRequest => {
  requireText(given)
  requireKnown(given)
  requireAudience(given, base)
  const asked = knownWords(given.get('scope') ?? '')
  const resources = parseScopes(asked).map(printScope).join(' ')
  const scope = resources === '' ? '' : commonScopes(resources, client.scope, levels)
  const contextual = contextualIn(asked).filter((one) => contextualIn(client.scope).includes(one))
  if (scope === '' && !contextual.includes('openid'))
    refuseToken('invalid_scope', 'the client is registered for no patient/ or user/ scope that was asked for')
  return {
    client: client.id,
    redirect: given.get('redirect_uri') ?? '',
    state: given.get('state'),
    scope,
    contextual,
    challenge: challengeIn(given),
    nonce: given.get('nonce'),
    launch: launchIn(given, contextual),
    purpose: settlePurpose(client, undefined),
    prompts: promptsIn(given),
    maxAge: maxAgeIn(given),
    began: now.getTime(),
  }
}

/** Words without a slash that are no scope here are passed over: granted may be less than asked (RFC 6749 section 3.3). */
const knownWords = (text: string): string =>
  text
    .split(' ')
    .filter((one) => one !== '' && (one.includes('/') || contextualScopes.some((known) => known === one)))
    .join(' ')

/** No NUL, which no database holds; RFC 6749 appendix A has nothing below a space. */
const requireText = (given: URLSearchParams): void => {
  const [name] = [...given].find(([, value]) => value.includes('\0')) ?? []
  if (name !== undefined) refuseToken('invalid_request', `\`${name}\` holds a character that is no text`)
}

const requireKnown = (given: URLSearchParams): void => {
  if (given.has('request'))
    refuseToken('request_not_supported', 'send the parameters themselves, not a request object')
  if (given.has('request_uri'))
    refuseToken('request_uri_not_supported', 'send the parameters themselves, not a `request_uri`')
  const type = given.get('response_type') ?? refuseToken('invalid_request', '`response_type` is missing')
  if (type !== 'code') refuseToken('unsupported_response_type', '`response_type` must be `code`')
  if ((given.get('response_mode') ?? 'query') !== 'query')
    refuseToken('invalid_request', '`response_mode` must be `query`, or left out')
}

/** An app says for which server it wants the token, so that no other gets it (SMART App Launch 2.2, `aud`). */
const requireAudience = (given: URLSearchParams, base: string): void => {
  const aud = given.get('aud') ?? given.get('resource')
  if (aud === null)
    return refuseToken('invalid_request', `\`aud\` is missing: it must be the FHIR base, ${base}`)
  if (aud.replace(/\/$/, '') !== base)
    return refuseToken('invalid_request', `\`aud\` must be the FHIR base of this server, ${base}`)
}

const challengeIn = (given: URLSearchParams): string => {
  const challenge = given.get('code_challenge')
  if (challenge === null || given.get('code_challenge_method') !== 'S256')
    return refuseToken('invalid_request', 'send a `code_challenge` with `code_challenge_method=S256` (PKCE)')
  if (!isChallenge(challenge))
    return refuseToken(
      'invalid_request',
      '`code_challenge` must be the 43 characters of a SHA-256 hash in base64url',
    )
  return challenge
}

const launchIn = (given: URLSearchParams, contextual: readonly string[]): string | null => {
  if (!contextual.includes('launch')) return null
  return (
    given.get('launch') ??
    refuseToken('invalid_request', '`launch` is missing: the scope `launch` is for apps that an EHR starts')
  )
}

const promptsIn = (given: URLSearchParams): Prompt[] => {
  const words = (given.get('prompt') ?? '').split(' ').filter((one) => one !== '')
  const known = prompts.filter((one) => words.includes(one))
  if (known.length < new Set(words).size || (known.includes('none') && known.length > 1))
    refuseToken(
      'invalid_request',
      '`prompt` is `none` alone, or some of `login`, `consent`, `select_account`',
    )
  return known
}

const maxAgeIn = (given: URLSearchParams): number | null => {
  const text = given.get('max_age')
  if (text === null) return null
  return /^\d{1,9}$/.test(text)
    ? Number(text)
    : refuseToken('invalid_request', '`max_age` must be whole seconds')
}
