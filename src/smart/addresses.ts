/** Paths of the authorization server. */
export const authorizePath = '/oauth/authorize'
export const tokenPath = '/oauth/token'
export const introspectPath = '/oauth/introspect'
export const revokePath = '/oauth/revoke'
export const keysPath = '/oauth/jwks'
export const managePath = '/account/apps'
export const launcherPath = '/launcher'

/** The authorization server's own name (RFC 8414 section 2). */
export const issuerOf = (publicUrl: string): string => publicUrl

/** The token endpoint: the one audience of client assertions (RFC 7523 section 3, item 3). */
export const tokenUrl = (publicUrl: string): string => `${publicUrl}${tokenPath}`

/** The FHIR base, under which `.well-known/smart-configuration` lies. */
export const fhirBase = (publicUrl: string): string => `${publicUrl}/fhir`

/** Where a browser goes to launch an app (SMART App Launch 2.2, EHR launch). */
export const launchAddress = (address: string, iss: string, launch: string): string => {
  const url = new URL(address)
  url.searchParams.set('iss', iss)
  url.searchParams.set('launch', launch)
  return url.href
}
