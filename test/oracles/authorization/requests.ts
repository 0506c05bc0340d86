import fc from 'fast-check'
import { authorizeParameters, authorizeSeen, codeOf, type Pairs, requestOf, send } from './ask.ts'
import { type Change, mishaps, none, proofs, set, transports } from './changes.ts'
import {
  callback,
  type ClientName,
  clients,
  type Endpoint,
  type Party,
  scope,
  secondCallback,
  type Seen,
  systemScope,
  verifier,
} from './party.ts'

/** One thing to do at both servers. */
export interface Question {
  readonly name: string
  readonly ask: (party: Party) => Promise<Seen>
}

/** What a client holds after its user allowed it. */
interface Held {
  readonly code: string
  readonly access: string
  readonly refresh: string
}

const exchangePairs = (code: string): Pairs => [
  ['grant_type', 'authorization_code'],
  ['code', code],
  ['redirect_uri', callback],
  ['code_verifier', verifier],
]

const refreshPairs = (token: string): Pairs => [
  ['grant_type', 'refresh_token'],
  ['refresh_token', token],
]

const hold = async (party: Party, client: ClientName | 'other'): Promise<Held> => {
  const code = await codeOf(party, client)
  const { json } = await send(party, 'token', await requestOf(party, client, exchangePairs(code)))
  return { code, access: String(json.access_token), refresh: String(json.refresh_token) }
}

/** A request that is right, changed in one way. */
const asked = (
  kind: string,
  endpoint: Endpoint,
  client: ClientName,
  pairs: (party: Party) => Promise<Pairs> | Pairs,
  changes: readonly Change[],
): Question[] =>
  changes.map(({ name, apply }) => ({
    name: `${kind}, ${client}: ${name}`,
    ask: async (party) => {
      const right = await requestOf(party, client, await pairs(party))
      return (await send(party, endpoint, await apply(right, party))).seen
    },
  }))

const ofCodes = (client: ClientName): Question[] =>
  asked('code', 'token', client, async (party) => exchangePairs(await codeOf(party, client)), [
    none,
    ...proofs(client),
    ...(client === 'public'
      ? [
          ...['grant_type', 'code', 'redirect_uri', 'code_verifier', 'client_id'].flatMap(mishaps),
          ...transports,
          set('redirect_uri', secondCallback),
          set('redirect_uri', `${callback}/`),
          set('redirect_uri', `${callback}?x=y`),
          set('redirect_uri', 'https://evil.example/callback'),
          set('code', 'unknown'),
          set('code', 'x'.repeat(5000), 'very long'),
          set('code_verifier', 'short'),
          set('code_verifier', 'x'.repeat(43), 'another'),
          set('code_verifier', 'x'.repeat(129), 'too long'),
          set('code_verifier', `${'x'.repeat(50)} ä`, 'of wrong letters'),
          set('scope', 'user/Patient.rs'),
          set('grant_type', 'refresh_token'),
        ]
      : []),
  ])

const ofRefresh = (client: ClientName): Question[] =>
  asked('refresh', 'token', client, async (party) => refreshPairs((await hold(party, client)).refresh), [
    none,
    ...proofs(client),
    ...(client === 'public'
      ? [
          ...['grant_type', 'refresh_token', 'client_id'].flatMap(mishaps),
          set('refresh_token', 'unknown'),
          set('scope', 'user/Patient.rs'),
          set('scope', scope, 'the same'),
          set('scope', scope.split(' ').toReversed().join(' '), 'the same, turned around'),
          set('scope', ''),
          set('scope', 'user/Patient.rs user/Patient.rs'),
          set('scope', 'USER/PATIENT.RS'),
          set('scope', systemScope),
          set('scope', `user/Patient.rs ${systemScope}`),
          set('scope', 'nonsense'),
        ]
      : []),
  ])

const ofCredentials = (client: ClientName): Question[] =>
  asked('credentials', 'token', client, () => [['grant_type', 'client_credentials'], ['scope', systemScope]], [
    none,
    ...proofs(client),
    ...(client === 'knowing'
      ? [
          ...['grant_type', 'scope'].flatMap(mishaps),
          ...transports,
          set('scope', 'nonsense'),
          set('scope', `${systemScope} nonsense`),
          set('scope', 'system/Nonsense.rs'),
          set('scope', 'openid'),
          set('scope', `openid ${systemScope}`),
          ...['password', 'implicit', 'urn:ietf:params:oauth:grant-type:device_code', 'urn:ietf:params:oauth:grant-type:token-exchange', 'urn:ietf:params:oauth:grant-type:jwt-bearer', 'constructor', 'nonsense'].map((grant) => set('grant_type', grant)),
        ]
      : []),
  ]) // prettier-ignore

/** At introspection and revocation, which take the same form. */
const ofTokens = (endpoint: 'introspect' | 'revoke', client: ClientName): Question[] => {
  const at = (what: string, token: (party: Party) => Promise<string>, changes: readonly Change[]) =>
    asked(`${endpoint} ${what}`, endpoint, client, async (party) => [['token', await token(party)]], changes)
  const held = async (party: Party, of: ClientName | 'other' = client) => hold(party, of)
  return [
    ...at('an access token', async (party) => (await held(party)).access, [none]),
    ...at('a refresh token', async (party) => (await held(party)).refresh, [
      none,
      set('token_type_hint', 'refresh_token'),
      set('token_type_hint', 'access_token'),
      set('token_type_hint', 'nonsense'),
    ]),
    ...at("another's access token", async (party) => (await held(party, 'other')).access, [none]),
    ...at("another's refresh token", async (party) => (await held(party, 'other')).refresh, [none]),
    ...at('a code', async (party) => codeOf(party, client), [none]),
    ...at('nothing that is known', async () => 'unknown', [
      none,
      ...proofs(client),
      ...(client === 'knowing' || client === 'public' ? [...mishaps('token'), ...transports] : []),
    ]),
  ]
}

/** What is done one after the other; the last answer counts. */
const sequences = (client: ClientName): Question[] => {
  const exchange = async (party: Party, code: string, changes: readonly Change[] = []) => {
    let sent = await requestOf(party, client, exchangePairs(code))
    for (const { apply } of changes) sent = await apply(sent, party)
    return send(party, 'token', sent)
  }
  const renew = async (party: Party, token: string) =>
    send(party, 'token', await requestOf(party, client, refreshPairs(token)))
  const at = async (party: Party, endpoint: 'introspect' | 'revoke', token: string, who = client) =>
    send(party, endpoint, await requestOf(party, who, [['token', token]]))
  const told = (name: string, ask: (party: Party, held: Held) => Promise<{ seen: Seen }>): Question => ({
    name: `one after the other, ${client}: ${name}`,
    ask: async (party) => (await ask(party, await hold(party, client))).seen,
  })
  const active = (name: string, ask: (party: Party, held: Held) => Promise<string>): Question[] =>
    client === 'public'
      ? []
      : [told(name, async (party, held) => at(party, 'introspect', await ask(party, held)))]
  return [
    told('a code again', (party, { code }) => exchange(party, code)),
    told('a code again, then its refresh token', async (party, { code, refresh }) => {
      await exchange(party, code)
      return renew(party, refresh)
    }),
    ...active('a code again, then its access token', async (party, { code, access }) => {
      await exchange(party, code)
      return access
    }),
    told('a refresh token again', async (party, { refresh }) => {
      await renew(party, refresh)
      return renew(party, refresh)
    }),
    told('a refresh token again, then its successor', async (party, { refresh }) => {
      const { json } = await renew(party, refresh)
      await renew(party, refresh)
      return renew(party, String(json.refresh_token))
    }),
    ...active('a refresh token, then itself', async (party, { refresh }) => {
      await renew(party, refresh)
      return refresh
    }),
    ...active('a refresh token, then the first access token', async (party, { refresh, access }) => {
      await renew(party, refresh)
      return access
    }),
    ...active('a refresh token again, then the access token', async (party, { refresh }) => {
      const { json } = await renew(party, refresh)
      await renew(party, refresh)
      return String(json.access_token)
    }),
    ...active('the refresh token revoked, then the access token', async (party, { refresh, access }) => {
      await at(party, 'revoke', refresh)
      return access
    }),
    ...active('the access token revoked, then itself', async (party, { access }) => {
      await at(party, 'revoke', access)
      return access
    }),
    told('the refresh token revoked, then used', async (party, { refresh }) => {
      await at(party, 'revoke', refresh)
      return renew(party, refresh)
    }),
    told('the access token revoked, then the refresh token used', async (party, { refresh, access }) => {
      await at(party, 'revoke', access)
      return renew(party, refresh)
    }),
    told('the refresh token revoked by another, then used', async (party, { refresh }) => {
      await at(party, 'revoke', refresh, client === 'public' ? 'knowing' : 'public')
      return renew(party, refresh)
    }),
    told('revoked twice', async (party, { refresh }) => {
      await at(party, 'revoke', refresh)
      return at(party, 'revoke', refresh)
    }),
    told('fewer scopes, then all again', async (party, { refresh }) => {
      const request = await requestOf(party, client, [...refreshPairs(refresh), ['scope', 'user/Patient.rs']])
      const { json } = await send(party, 'token', request)
      return renew(party, String(json.refresh_token))
    }),
    told('a scope that was not granted, then the same token without', async (party, { refresh }) => {
      const request = await requestOf(party, client, [...refreshPairs(refresh), ['scope', systemScope]])
      await send(party, 'token', request)
      return renew(party, refresh)
    }),
    told('a wrong verifier, then the right one', async (party) => {
      const code = await codeOf(party, client)
      await exchange(party, code, [set('code_verifier', 'x'.repeat(43))])
      return exchange(party, code)
    }),
    told('a wrong redirect, then the right one', async (party) => {
      const code = await codeOf(party, client)
      await exchange(party, code, [set('redirect_uri', secondCallback)])
      return exchange(party, code)
    }),
  ]
}

const authorizing: readonly Question[] = [
  none,
  ...['response_type', 'client_id', 'redirect_uri', 'scope', 'state', 'nonce', 'code_challenge', 'code_challenge_method'].flatMap(mishaps),
  ...['token', 'id_token', 'code token', 'code id_token', 'none', 'nonsense', 'code code'].map((value) => set('response_type', value)),
  ...['fragment', 'form_post', 'query', 'query.jwt', 'nonsense', ''].map((value) => set('response_mode', value)),
  set('client_id', 'nobody'),
  set('client_id', 'pub\0lic', 'with NUL'),
  set('client_id', 'x'.repeat(5000), 'very long'),
  ...['https://evil.example/callback', `${callback}/`, `${callback}?x=y`, `${callback}#x`, `${callback}/../callback`, callback.toUpperCase(), 'javascript:alert(1)', 'nonsense', secondCallback, 'https://app.example:443/callback', 'https://user@app.example/callback', 'http://app.example/callback'].map((value) => set('redirect_uri', value)),
  ...['plain', 's256', 'nonsense'].map((value) => set('code_challenge_method', value)),
  ...['short', 'x'.repeat(129), `${'x'.repeat(42)}=`].map((value) => set('code_challenge', value)),
  ...['nonsense', 'openid nonsense', 'openid', 'user/Patient.rs', 'USER/PATIENT.RS', 'openid  user/Patient.rs', systemScope].map((value) => set('scope', value)),
  ...['none', 'login', 'none login', 'nonsense', 'select_account'].map((value) => set('prompt', value)),
  ...['0', '3600', '-1', 'x', '1.5', ''].map((value) => set('max_age', value)),
  set('request', 'x'),
  set('request', ''),
  set('request_uri', 'https://evil.example'),
  set('request_uri', ''),
  set('registration', '{}'),
  set('claims', '{}'),
  set('id_token_hint', 'x'),
  set('login_hint', 'lee'),
  set('display', 'popup'),
  set('ui_locales', 'es'),
  set('acr_values', 'x'),
  set('nonsense', 'x'),
  set('state', 'x'.repeat(2000), 'long'),
  set('state', 'a b+c%20d"<>', 'of odd letters'),
].flatMap(({ name, apply }) =>
  [false, true].map((post) => ({
    name: `authorize by ${post ? 'POST' : 'GET'}: ${name}`,
    ask: async (party: Party) => {
      const pairs = Object.entries(await authorizeParameters(party, 'public'))
      const sent = await apply({ method: 'GET', headers: {}, pairs }, party)
      return authorizeSeen(party, sent.pairs, post)
    },
  })),
) // prettier-ignore

/** Two faults in one request, drawn: which of the two is told is open, so only whether it is refused is compared. */
export const drawn = (count: number): readonly Pair[] => {
  const kinds = clients.flatMap((client) => [
    { kind: 'code', client, of: ['grant_type', 'code', 'redirect_uri', 'code_verifier', 'client_id'] },
    { kind: 'refresh', client, of: ['grant_type', 'refresh_token', 'client_id'] },
    { kind: 'credentials', client, of: ['grant_type', 'scope'] },
  ])
  const pair = fc.constantFrom(...kinds).chain(({ kind, client, of }) => {
    const changes = [...proofs(client), ...transports, ...of.flatMap(mishaps)]
    return fc
      .tuple(fc.constantFrom(...changes), fc.constantFrom(...changes))
      .filter(([one, other]) => one !== other)
      .map(([one, other]) => ({ kind, client, one, other }))
  })
  return fc.sample(pair, { numRuns: count, seed: 6749 }).map(({ kind, client, one, other }) => ({
    name: `${kind}, ${client}: ${one.name}, and ${other.name}`,
    single: [one, other].map((change) => asking(kind, client, [change])),
    both: asking(kind, client, [one, other]),
  }))
}

/** A question with two changes, and those with each of the two alone. */
export interface Pair {
  readonly name: string
  readonly single: readonly Question['ask'][]
  readonly both: Question['ask']
}

const asking =
  (kind: string, client: ClientName, changes: readonly Change[]): Question['ask'] =>
  async (party) => {
    let sent = await requestOf(party, client, await pairsFor(kind, party, client))
    for (const { apply } of changes) sent = await apply(sent, party)
    return (await send(party, 'token', sent)).seen
  }

const pairsFor = async (kind: string, party: Party, client: ClientName): Promise<Pairs> => {
  if (kind === 'code') return exchangePairs(await codeOf(party, client))
  if (kind === 'refresh') return refreshPairs((await hold(party, client)).refresh)
  return [
    ['grant_type', 'client_credentials'],
    ['scope', systemScope],
  ]
}

/** All that is asked. */
export const questions: readonly Question[] = [
  ...clients.flatMap(ofCodes),
  ...clients.flatMap(ofRefresh),
  ...clients.flatMap(ofCredentials),
  ...clients.flatMap((client) => ofTokens('introspect', client)),
  ...clients.flatMap((client) => ofTokens('revoke', client)),
  ...clients.flatMap(sequences),
  ...authorizing,
]
