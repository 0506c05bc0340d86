/** Path of the token endpoint. */
export const tokenPath = '/oauth/token'

/** The token endpoint: the one audience of client assertions (RFC 7523 section 3, item 3). */
export const tokenUrl = (publicUrl: string): string => `${publicUrl}${tokenPath}`

/** The FHIR base, under which `.well-known/smart-configuration` lies. */
export const fhirBase = (publicUrl: string): string => `${publicUrl}/fhir`
