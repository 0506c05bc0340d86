/** Paths of this room, below the gateway's public address. */
export const paths = {
  signIn: '/sign-in',
  code: '/sign-in/code',
  passkey: '/sign-in/passkey',
  passkeyOptions: '/sign-in/passkey/options',
  passkeyScript: '/sign-in/passkey.js',
  external: '/sign-in/external',
  callback: '/sign-in/external/callback',
  onward: '/sign-in/continue',
  signOut: '/sign-out',
  account: '/account',
  accountPassword: '/account/password',
  authenticator: '/account/authenticator',
  passkeys: '/account/passkeys',
  passkeysOptions: '/account/passkeys/options',
  passkeysRemove: '/account/passkeys/remove',
  recoveryCodes: '/account/recovery-codes',
  sessionsEnd: '/account/sessions/end',
  enroll: '/account/enroll',
} as const

/** Where a browser goes that has nothing else in mind. */
export const home = paths.account

/**
 * Where a browser is sent to sign in; it comes back to `next`, a path of this gateway (starts with one `/`, never `//`
 * or `/\`). `fresh` asks for a new sign-in although a session stands.
 */
export const signInAddress = (publicUrl: string, next: string, fresh = false): string =>
  `${publicUrl}${paths.signIn}?${new URLSearchParams({ next: localPath(next) ?? home, ...(fresh ? { fresh: '1' } : {}) }).toString()}`

/**
 * The path of this gateway that a text names, normalized; undefined for everything else: other hosts, schemes,
 * backslashes and control characters that browsers read as slashes or leave out (WHATWG URL 4.4).
 */
export const localPath = (text: string): string | undefined => {
  if (text.length > 8192 || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(text)) return undefined
  const url = URL.parse(text, 'https://here.invalid')
  if (url === null || url.origin !== 'https://here.invalid') return undefined
  const path = `${url.pathname}${url.search}${url.hash}`
  return /^\/(?!\/)/.test(path) ? path : undefined
}

/** A path as a link within the gateway: below the path of its public address, where it has one. */
export const linkTo = (
  publicUrl: string,
  path: string,
  query: Readonly<Record<string, string>> = {},
): string => {
  const search = new URLSearchParams(query).toString()
  return `${new URL(publicUrl).pathname.replace(/\/+$/, '')}${path}${search === '' ? '' : `?${search}`}`
}

/** The link by which a user sets up how to sign in. */
export const enrollAddress = (publicUrl: string, ticket: string): string =>
  `${publicUrl}${paths.enroll}/${ticket}`
