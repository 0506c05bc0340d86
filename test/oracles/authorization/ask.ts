import { type JWTPayload, SignJWT } from 'jose'
import { challengeOf } from '../../../src/smart/pkce.ts'
import { assertionType } from '../../../src/smart/assertion.ts'
import {
  callback,
  type ClientName,
  type Endpoint,
  type Party,
  scope,
  secret,
  type Seen,
  verifier,
} from './party.ts'

export type Pairs = readonly (readonly [string, string])[]

/** A request to an endpoint that takes forms. */
export interface Sent {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly pairs: Pairs
  /** Instead of the form. */
  readonly body?: string
}

/** Parameters of a request for authorization that is right. */
export const authorizeParameters = async (party: Party, client: string): Promise<Record<string, string>> => ({
  response_type: 'code',
  client_id: client,
  redirect_uri: callback,
  scope,
  state: 'a state/with ümläuts&=',
  nonce: 'n-1',
  prompt: 'consent',
  aud: `${party.url}/fhir`,
  code_challenge: await challengeOf(verifier),
  code_challenge_method: 'S256',
})

export const addressOf = (party: Party, pairs: Pairs): string =>
  `${party.url}${party.paths.authorize}?${new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString()}`

export const codeOf = async (party: Party, client: string): Promise<string> => {
  const given = Object.entries(await authorizeParameters(party, client))
  const { url } = await party.go(addressOf(party, given))
  const code = new URL(url).searchParams.get('code')
  if (code === null) throw new Error(`${party.name} gave no code: ${url}`)
  return code
}

const encoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)

export const basic = (id: string, key: string): string => `Basic ${btoa(`${encoded(id)}:${encoded(key)}`)}`

/** An assertion of a client that is right but for what is changed. */
export const assertionOf = (
  party: Party,
  client: string,
  claims: JWTPayload = {},
  header: object = {},
  key = client === 'signing-rs' ? party.keys.rs : party.keys.es,
): Promise<string> => {
  const now = Math.floor(Date.now() / 1000)
  const aud = `${party.url}${party.paths.token}`
  const right = { iss: client, sub: client, aud, iat: now, exp: now + 120, jti: crypto.randomUUID() }
  return new SignJWT({ ...right, ...claims })
    .setProtectedHeader({ alg: key.algorithm, kid: key.kid, typ: 'JWT', ...header })
    .sign(key.privateKey)
}

/** How a client proves itself, as it is registered. */
export const proofOf = async (
  party: Party,
  client: ClientName | 'other',
): Promise<Pick<Sent, 'headers' | 'pairs'>> => {
  if (client === 'knowing') return { headers: { authorization: basic(client, secret) }, pairs: [] }
  if (client === 'public' || client === 'other') return { headers: {}, pairs: [['client_id', client]] }
  return { headers: {}, pairs: assertionPairs(await assertionOf(party, client)) }
}

export const assertionPairs = (assertion: string): Pairs => [
  ['client_assertion_type', assertionType],
  ['client_assertion', assertion],
]

/** A request that is right, with these parameters beside the client's proof. */
export const requestOf = async (party: Party, client: ClientName | 'other', pairs: Pairs): Promise<Sent> => {
  const proof = await proofOf(party, client)
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  return { method: 'POST', headers: { ...type, ...proof.headers }, pairs: [...pairs, ...proof.pairs] }
}

/** Sends a request; the answer and its JSON. */
export const send = async (
  party: Party,
  endpoint: Endpoint,
  { method, headers, pairs, body }: Sent,
): Promise<{ seen: Seen; json: Readonly<Record<string, unknown>> }> => {
  const form = body ?? new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString()
  const address = `${party.url}${party.paths[endpoint]}`
  const answer = await fetch(method === 'GET' ? `${address}?${form}` : address, {
    method,
    headers: { accept: 'application/json', ...headers },
    ...(method === 'GET' ? {} : { body: form }),
  })
  const text = await answer.text()
  const json = readJson(text)
  return { seen: seenAt(endpoint, answer, text, json), json }
}

const readJson = (text: string): Readonly<Record<string, unknown>> => {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}

/** Parts of a success that OAuth names; a server may have more. */
const parts = ['access_token', 'active', 'client_id', 'exp', 'expires_in', 'id_token', 'iss', 'refresh_token', 'sub', 'token_type'] // prettier-ignore

const seenAt = (
  endpoint: Endpoint,
  { status, headers }: Response,
  text: string,
  json: Readonly<Record<string, unknown>>,
): Seen => {
  const error = typeof json.error === 'string' ? json.error : undefined
  const seen = {
    answer: `${error ?? (status === 200 ? 'ok' : 'other')} ${status}`,
    cache: headers.get('cache-control')?.includes('no-store') ? 'no-store' : 'any',
    challenge: headers.get('www-authenticate')?.split(' ')[0] ?? 'none',
    type: text === '' ? 'none' : (headers.get('content-type')?.split(';')[0] ?? 'none'),
  }
  if (error !== undefined) return seen
  return {
    ...seen,
    shape: parts.filter((name) => json[name] !== undefined).join(' '),
    scope: typeof json.scope === 'string' ? json.scope.split(' ').toSorted().join(' ') : '',
    token_type: typeof json.token_type === 'string' ? json.token_type.toLowerCase() : '',
    ...(endpoint === 'introspect' ? { active: String(json.active) } : {}),
  }
}

/** What came of a request for authorization. */
export const authorizeSeen = async (party: Party, pairs: Pairs, post = false): Promise<Seen> => {
  const form = new URLSearchParams(pairs.map(([name, value]) => [name, value]))
  const address = `${party.url}${party.paths.authorize}`
  const { url, status, headers } = post
    ? await party.go(address, { method: 'POST', body: form })
    : await party.go(addressOf(party, pairs))
  const cache = headers.get('cache-control')?.includes('no-store') ? 'no-store' : 'any'
  if (!url.startsWith('https://')) return { answer: `page ${status}`, cache }
  const { origin, pathname, searchParams, hash } = new URL(url)
  return {
    answer: `${searchParams.get('error') ?? (searchParams.has('code') ? 'code' : 'other')} ${status}`,
    to: `${origin}${pathname}${hash === '' ? '' : '#'}`,
    state: searchParams.get('state') ?? 'none',
    iss: searchParams.get('iss') === party.url ? 'its own' : 'none',
    cache,
  }
}
