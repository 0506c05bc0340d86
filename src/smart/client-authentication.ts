import type { Services } from '../services.ts'
import { assertionType, type Proven, verifyAssertion } from './assertion.ts'
import { clientId, findClient } from './clients.ts'
import type { Fetch } from './jwks.ts'
import { refuseToken } from './refusal.ts'
import { sameHash, sha256 } from './secrets.ts'

/** What a client presents at the token endpoint. */
export interface Presented {
  readonly form: URLSearchParams
  readonly authorization: string | undefined
  /** The client that what is presented was issued to: a public one need not name itself again. */
  readonly implied?: string | undefined
}

/**
 * The client behind a request: by private_key_jwt, client_secret_basic or client_secret_post, and never by two of them
 * (RFC 6749 section 2.3); a public client by its name alone. Who is registered with a key or a secret must use it.
 */
export const authenticateClient = async (
  services: Pick<Services, 'database' | 'clock'>,
  { form, authorization, implied }: Presented,
  tokenUrl: string,
  request?: Fetch,
): Promise<Proven> => {
  const assertion = form.get('client_assertion')
  const secret = form.get('client_secret')
  const ways = [assertion ?? form.get('client_assertion_type'), secret, authorization].filter(
    (way) => way !== null && way !== undefined,
  )
  if (ways.length > 1) refuseToken('invalid_request', 'authenticate in one way only')
  const proven = await (async () => {
    if (authorization !== undefined) return bySecret(services, basic(authorization))
    if (secret !== null) return bySecret(services, { id: form.get('client_id') ?? '', secret })
    if (ways.length === 0) return byName(services, form.get('client_id') ?? implied ?? '')
    if (form.get('client_assertion_type') !== assertionType || assertion === null)
      return refuseToken(
        'invalid_client',
        `authenticate with client_assertion, client_assertion_type ${assertionType}`,
      )
    return verifyAssertion(services, assertion, tokenUrl, request)
  })()
  const named = form.get('client_id')
  if (named !== null && named !== proven.client.id)
    refuseToken('invalid_client', '`client_id` is not the client that authenticated')
  return proven
}

interface Credentials {
  readonly id: string
  readonly secret: string
}

/** Reads client_secret_basic: both halves are form-encoded before they are joined (RFC 6749 section 2.3.1). */
const basic = (authorization: string): Credentials => {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1]
  try {
    const [id, secret] =
      /^([^:]*):(.*)$/s
        .exec(atob(encoded ?? ''))
        ?.slice(1)
        .map(formDecoded) ?? []
    if (id !== undefined && secret !== undefined) return { id, secret }
  } catch {
    // Refused below, like any other that is unreadable.
  }
  return refuseToken('invalid_client', 'the authorization header must be Basic, with client id and secret')
}

const formDecoded = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '))

/** A public client proves nothing; what it presents beside its name must do (RFC 6749 section 3.2.1). */
const byName = async (services: Pick<Services, 'database'>, id: string): Promise<Proven> => {
  const client = clientId.safeParse(id).success ? await findClient(services.database, id) : undefined
  if (client?.kind === 'public') return { client }
  return refuseToken(
    'invalid_client',
    `authenticate with client_assertion, client_assertion_type ${assertionType}, or with a secret`,
  )
}

/** An unknown client and a wrong secret take the same way and read alike. */
const bySecret = async (
  services: Pick<Services, 'database'>,
  { id, secret }: Credentials,
): Promise<Proven> => {
  const client = clientId.safeParse(id).success ? await findClient(services.database, id) : undefined
  const expected = client?.kind === 'secret' ? client.secret : ''
  const same = sameHash(await sha256(secret), expected)
  if (client === undefined || !same)
    return refuseToken('invalid_client', 'the client id or the secret is wrong')
  return { client }
}
