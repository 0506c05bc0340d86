/** Error codes of the authorization endpoint besides (RFC 6749 section 4.1.2.1, OpenID Connect Core 3.1.2.6). */
export type AuthorizationError =
  | 'access_denied'
  | 'unsupported_response_type'
  | 'login_required'
  | 'consent_required'
  | 'interaction_required'
  | 'request_not_supported'
  | 'request_uri_not_supported'

/** Error codes of the token endpoint (RFC 6749 section 5.2). */
export type TokenError =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | AuthorizationError

/** A token that is not issued, and why. */
export class TokenRefusal extends Error {
  readonly error: TokenError
  constructor(error: TokenError, description: string) {
    super(printable(description))
    this.error = error
  }
}

/** Ends the request for a token. */
export const refuseToken = (error: TokenError, description: string): never => {
  throw new TokenRefusal(error, description)
}

/** `error_description` holds printable ASCII without quotes and backslashes (RFC 6749 section 5.2). */
const printable = (text: string): string =>
  text.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?').slice(0, 500)
