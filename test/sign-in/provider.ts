import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'
import { exportJWK, generateKeyPair } from 'jose'

/** An OpenID provider on this machine, as organizations have one, and a person who signs in there. */
export interface OpenIdServer {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** Goes from the address that the gateway led to until it is sent back, as this account; the answer is where to. */
  signIn(from: string, account: string): Promise<string>
  close(): Promise<void>
}

const clientId = 'sluice'
const clientSecret = 'a secret of the gateway, long enough for the provider'

export const openProvider = async (redirect: string): Promise<OpenIdServer> => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const key = { ...(await exportJWK(privateKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [redirect],
        application_type: redirect.startsWith('https') ? 'web' : 'native',
      },
    ],
    jwks: { keys: [key] },
    cookies: { keys: ['only for tests'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.org`, email_verified: !id.startsWith('unproved') }),
    }),
  })
  server.on('request', provider.callback())
  return {
    issuer,
    clientId,
    clientSecret,
    signIn: (from, account) => walk(issuer, from, account),
    close: () => close(server),
  }
}

const close = async (server: Server): Promise<void> => {
  server.closeAllConnections()
  server.close()
}

/** Follows the provider's own pages: its login takes any name, and then it asks for consent. */
const walk = async (issuer: string, from: string, account: string): Promise<string> => {
  const cookies = new Map<string, string>()
  let [at, form] = [from, undefined as URLSearchParams | undefined]
  for (let step = 0; step < 12; step++) {
    const response = await fetch(at, {
      redirect: 'manual',
      method: form === undefined ? 'GET' : 'POST',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { body: form }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    const text = await response.text()
    if (location !== null) {
      ;[at, form] = [new URL(location, issuer).href, undefined]
      if (!at.startsWith(issuer)) return at
      continue
    }
    const action = /action="([^"]+)"/.exec(text)?.[1]
    const prompt = /name="prompt" value="([^"]+)"/.exec(text)?.[1]
    if (action === undefined || prompt === undefined)
      throw new Error(`the provider answers ${response.status}`)
    ;[at, form] = [
      new URL(action, issuer).href,
      new URLSearchParams({ prompt, ...(prompt === 'login' ? { login: account, password: 'any' } : {}) }),
    ]
  }
  throw new Error('the provider goes round in circles')
}
