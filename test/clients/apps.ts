import { exportJWK, type JWTPayload, SignJWT } from 'jose'
import { upsertClient } from '../../src/smart/clients.ts'
import { sha256 } from '../../src/smart/secrets.ts'
import { careTeam } from '../contract/smart/care-team.ts'
import { allow } from '../contract/smart/app.ts'
import { type Browser, openBrowser } from '../contract/smart/browser.ts'
import { type Key, makeKey } from '../smart/world.ts'
import type { Gateway } from './gateway.ts'

/** Where the apps are called back: nothing listens there, the browser stops before it. */
export const callback = 'https://app.example/callback'

/** The secret of the client `knowing-app`: with what a form must encode. */
export const appSecret = 'tell: nobody & nothing+else = 100 % ünlikely'

/** The secret of the client `plain-app`, for clients that do not encode it. */
export const plainSecret = 'a-secret-of-more-than-thirty-two-letters'

/** Keys of the apps that sign. */
export interface AppKeys {
  readonly es384: Key
  readonly rs384: Key
}

export const appScope =
  'openid fhirUser profile launch launch/patient launch/encounter offline_access online_access patient/*.cruds user/*.cruds system/*.rs'

/**
 * Apps of the clinic, one for each way to prove oneself, and two who sign in: lee, a clinician who treats ann and bob, and
 * ann herself.
 */
export const registerApps = async ({ world }: Gateway): Promise<AppKeys> => {
  const keys = { es384: await makeKey('es', 'ES384'), rs384: await makeKey('rs', 'RS384') }
  const common = {
    organization: 'Organization/clinic',
    purposes: ['TREAT'],
    redirects: [callback, 'http://127.0.0.1/callback'],
    roles: [],
    scope: appScope,
  }
  const apps = [
    { id: 'public-app', kind: 'public', name: 'Public App' },
    { id: 'knowing-app', kind: 'secret', secret: await sha256(appSecret) },
    { id: 'es384-app', kind: 'jwks', jwks: { keys: [keys.es384.jwk] } },
    { id: 'rs384-app', kind: 'jwks', jwks: { keys: [keys.rs384.jwk] } },
    { id: 'plain-app', kind: 'secret', secret: await sha256(plainSecret) },
    { id: 'own-app', kind: 'public', purposes: ['PATRQT'] },
    { id: 'several', kind: 'jwks', jwks: { keys: [keys.es384.jwk] }, purposes: ['TREAT', 'HPAYMT'] },
  ]
  for (const app of apps) await upsertClient(world.database, { ...common, ...app })
  await world.load('clinic', [careTeam('ann', 'lee'), careTeam('bob', 'lee')])
  await world.member('lee', 'Practitioner/lee', 'Organization/clinic', 'clinician')
  await world.member('ann', 'Patient/ann', 'Organization/clinic', 'patient')
  return keys
}

/** A browser that goes to the gateway over HTTP, with somebody signed in. */
export const browserAt = async ({ world }: Gateway, who = 'lee'): Promise<Browser> => {
  const browser = openBrowser(
    { request: (url, init) => fetch(url, { ...init, redirect: 'manual' }) },
    world.services,
  )
  await browser.signIn(who)
  return browser
}

/** Where the browser of somebody who allows all is sent back to, from an address of authorization. */
export const authorizedAt = async (gateway: Gateway, address: URL | string, who = 'lee'): Promise<URL> => {
  const browser = await browserAt(gateway, who)
  const begun = await browser.open(String(address))
  return new URL((begun.url.startsWith(gateway.url) ? await allow(browser, begun) : begun).url)
}

/** An assertion of a client, with what is changed in its claims and header. */
export const assertionOf = (
  { url }: Gateway,
  client: string,
  key: Key,
  claims: JWTPayload = {},
  header: object = {},
): Promise<string> => {
  const now = Math.floor(Date.now() / 1000)
  const right = {
    iss: client,
    sub: client,
    aud: `${url}/oauth/token`,
    exp: now + 240,
    jti: crypto.randomUUID(),
  }
  return new SignJWT({ ...right, ...claims })
    .setProtectedHeader({ alg: key.algorithm, kid: key.kid, typ: 'JWT', ...header })
    .sign(key.privateKey)
}

/** The private half of a key as JSON, for clients that keep it so. */
export const privateJwk = async ({ privateKey, kid, algorithm }: Key) => ({
  ...(await exportJWK(privateKey)),
  kid,
  alg: algorithm,
})
