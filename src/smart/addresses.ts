/** Paths of the authorization server. */
export const authorizePath = '/oauth/authorize'
export const tokenPath = '/oauth/token'
export const introspectPath = '/oauth/introspect'
export const revokePath = '/oauth/revoke'
export const keysPath = '/oauth/jwks'
export const managePath = '/account/apps'

/** The authorization server's own name (RFC 8414 section 2). */
export const issuerOf = (publicUrl: string): string => publicUrl

/** The token endpoint: the one audience of client assertions (RFC 7523 section 3, item 3). */
export const tokenUrl = (publicUrl: string): string => `${publicUrl}${tokenPath}`

/** The FHIR base, under which `.well-known/smart-configuration` lies. */
export const fhirBase = (publicUrl: string): string => `${publicUrl}/fhir`
