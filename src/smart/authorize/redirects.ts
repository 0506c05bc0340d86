import type { ClientRegistration } from '../clients.ts'

/** On a device the port of a loopback address is not known before (RFC 8252 section 7.3). */
const loopback = /^http:\/\/(?:127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?=[/?]|$)/

const portless = (url: string): string =>
  url.replace(loopback, (origin) => origin.replace(/(?<=127\.0\.0\.1|\]):\d+$/, ''))

/**
 * Whether a redirect is one of a client's: character by character, but for the port of a loopback address
 * (RFC 9700 section 2.1).
 */
export const isOwnRedirect = ({ redirects }: ClientRegistration, url: string): boolean =>
  redirects.some((own) => own === url || (loopback.test(own) && portless(own) === portless(url)))

/** A redirect with what goes back to the client; what its query already holds stays (RFC 6749 section 3.1.2). */
export const backTo = (redirect: string, answer: Readonly<Record<string, string | null>>): string => {
  const said = Object.entries(answer).filter((pair): pair is [string, string] => pair[1] !== null)
  return `${redirect}${redirect.includes('?') ? '&' : '?'}${new URLSearchParams(said).toString()}`
}
