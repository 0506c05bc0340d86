import { base64url } from 'jose'

/** SHA-256 of a text, in hexadecimal. A runtime that has a synchronous one may hand it in: it is much cheaper. */
export type Digest = (text: string) => string | Promise<string>

/** SHA-256 by WebCrypto. */
export const sha256 = async (text: string): Promise<string> => {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** 256 random bits, as 43 characters that fit headers and forms. */
export const randomSecret = (): string => base64url.encode(crypto.getRandomValues(new Uint8Array(32)))

/** A new client secret: `secret` is shown once, `hash` is what the registration keeps. */
export const newClientSecret = async (): Promise<{ secret: string; hash: string }> => {
  const secret = randomSecret()
  return { secret, hash: await sha256(secret) }
}

/** Whether two hashes are the same, in a time that does not tell where they differ (RFC 6749 section 10.10). */
export const sameHash = (one: string, other: string): boolean => {
  let difference = one.length ^ other.length
  for (let at = 0; at < one.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at)
  return difference === 0
}
