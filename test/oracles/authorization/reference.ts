import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generateKeyPair, exportJWK } from 'jose'
import { Provider } from 'oidc-provider'
import { callback, type Keys, type Party, scope, secondCallback, secret, systemScope } from './party.ts'

/**
 * oidc-provider, set up as Sluice is: PKCE for everybody, refresh tokens that rotate, introspection, revocation. Scopes are
 * words to it. Somebody is signed in at once, and allows all.
 */
export const openReference = async (keys: Keys): Promise<Party> => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(url, await settings(keys))
  const respond = provider.callback()
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const done = request.url?.startsWith('/interaction/')
      ? decide(provider, request, response)
      : Promise.resolve(respond(request, response))
    done.catch(() => response.writeHead(500).end())
  })
  return {
    name: 'reference',
    url,
    keys,
    paths: {
      authorize: '/auth',
      token: '/token',
      introspect: '/token/introspection',
      revoke: '/token/revocation',
    },
    go: (address, init = {}) => follow(url, address, init),
    close: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const settings = async ({ es, rs }: Keys) => {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const grants = ['authorization_code', 'refresh_token']
  const common = { redirect_uris: [callback, secondCallback], response_types: ['code'] }
  const confidential = { ...common, grant_types: [...grants, 'client_credentials'] }
  const signing = { ...confidential, token_endpoint_auth_method: 'private_key_jwt' }
  const open = { ...common, grant_types: grants, token_endpoint_auth_method: 'none' }
  return {
    clients: [
      { ...open, client_id: 'public' },
      { ...open, client_id: 'other' },
      { ...confidential, client_id: 'knowing', client_secret: secret },
      { ...signing, client_id: 'signing-es', jwks: { keys: [es.jwk] } },
      { ...signing, client_id: 'signing-rs', jwks: { keys: [rs.jwk] } },
    ],
    scopes: `${scope} ${systemScope}`.split(' '),
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'own' }] },
    cookies: { keys: ['a key of the oracle'], long: { sameSite: 'none' } },
    enableHttpPostMethods: true,
    extraParams: ['aud', 'launch'],
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: ['ES384', 'RS384'] },
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: ownToken },
      revocation: { enabled: true, allowedPolicy: ownToken },
      clientCredentials: { enabled: true },
      resourceIndicators: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
    },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (_: unknown, __: unknown, { scopes }: { readonly scopes: Set<string> }) =>
      scopes.has('offline_access'),
    findAccount: (_: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub }) }),
  }
}

/** A client asks about its own tokens, and ends them. A public one proves nothing, so it may end and not ask. */
const ownToken = (
  { oidc: { route } }: { readonly oidc: { readonly route: string } },
  client: { readonly clientId: string; readonly clientAuthMethod: string },
  token: { readonly clientId: string },
): boolean =>
  client.clientId === token.clientId && (route === 'revocation' || client.clientAuthMethod !== 'none')

/** Signs somebody in, and allows all that is asked for. */
const decide = async (provider: Provider, request: IncomingMessage, response: ServerResponse) => {
  const { prompt, params } = await provider.interactionDetails(request, response)
  if (prompt.name === 'login')
    return provider.interactionFinished(request, response, { login: { accountId: 'lee' } })
  const grant = new provider.Grant({ accountId: 'lee', clientId: String(params.client_id) })
  grant.addOIDCScope(String(params.scope ?? ''))
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
}

/** A browser that follows redirects within the server, with cookies. */
const follow = async (origin: string, address: string, first: RequestInit) => {
  const cookies = new Map<string, string>()
  for (let [at, init, left]: [string, RequestInit, number] = [address, first, 20]; left > 0; left--) {
    const headers = new Headers(init.headers)
    headers.set('cookie', [...cookies].map((pair) => pair.join('=')).join('; '))
    headers.set('accept', 'text/html')
    const answer = await fetch(at, { ...init, headers, redirect: 'manual' })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    await answer.arrayBuffer()
    const to = answer.headers.get('location')
    const shown = { status: answer.status, url: to ?? at, headers: answer.headers }
    if (to === null || !new URL(to, at).href.startsWith(origin)) return shown
    ;[at, init] = [new URL(to, at).href, {}]
  }
  throw new Error('the reference redirects without an end')
}
