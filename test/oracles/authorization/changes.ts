import { base64url, exportSPKI, SignJWT } from 'jose'
import { makeKey } from '../../smart/world.ts'
import { assertionOf, assertionPairs, basic, type Pairs, type Sent } from './ask.ts'
import { type ClientName, type Party, secret } from './party.ts'

/** Something that is done to a request that was right. */
export interface Change {
  readonly name: string
  readonly apply: (sent: Sent, party: Party) => Sent | Promise<Sent>
}

export const none: Change = { name: 'right', apply: (sent) => sent }

const pairsOf = (name: string, change: (pairs: Pairs, party: Party) => Pairs | Promise<Pairs>): Change => ({
  name,
  apply: async (sent, party) => ({ ...sent, pairs: await change(sent.pairs, party) }),
})

const swapped = (text: string): string =>
  text.replaceAll(/[A-Za-z]/g, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  )

/** Another value of a parameter. */
export const set = (parameter: string, value: string, what = `\`${value}\``): Change =>
  pairsOf(`${parameter} is ${what}`, (pairs) => [
    ...pairs.filter(([name]) => name !== parameter),
    [parameter, value],
  ])

/** What can be wrong with any parameter. */
export const mishaps = (parameter: string): Change[] => [
  pairsOf(`${parameter} is missing`, (pairs) => pairs.filter(([name]) => name !== parameter)),
  pairsOf(`${parameter} is empty`, (pairs) =>
    pairs.map(([name, value]) => [name, name === parameter ? '' : value]),
  ),
  pairsOf(`${parameter} comes twice`, (pairs) =>
    pairs.flatMap((pair) => (pair[0] === parameter ? [pair, pair] : [pair])),
  ),
  pairsOf(`${parameter} comes twice, once empty`, (pairs) =>
    pairs.flatMap((pair) => (pair[0] === parameter ? [pair, [parameter, ''] as const] : [pair])),
  ),
  pairsOf(`${parameter} comes twice, with two values`, (pairs) =>
    pairs.flatMap((pair) => (pair[0] === parameter ? [pair, [parameter, 'other'] as const] : [pair])),
  ),
  pairsOf(`${parameter} has a name in capitals`, (pairs) =>
    pairs.map(([name, value]) => [name === parameter ? name.toUpperCase() : name, value]),
  ),
  pairsOf(`${parameter} has a value in another case`, (pairs) =>
    pairs.map(([name, value]) => [name, name === parameter ? swapped(value) : value]),
  ),
  pairsOf(`${parameter} has a space before it`, (pairs) =>
    pairs.map(([name, value]) => [name, name === parameter ? ` ${value}` : value]),
  ),
]

const header = (name: string, more: Readonly<Record<string, string>>): Change => ({
  name,
  apply: (sent) => ({ ...sent, headers: { ...sent.headers, ...more } }),
})

/** Other ways to bring a form. */
export const transports: readonly Change[] = [
  { name: 'by GET', apply: (sent) => ({ ...sent, method: 'GET' }) },
  { name: 'by PUT', apply: (sent) => ({ ...sent, method: 'PUT' }) },
  { name: 'by DELETE', apply: (sent) => ({ ...sent, method: 'DELETE' }) },
  {
    name: 'as JSON',
    apply: (sent) => ({
      ...sent,
      headers: { ...sent.headers, 'content-type': 'application/json' },
      body: JSON.stringify(Object.fromEntries(sent.pairs)),
    }),
  },
  header('as a form that says it is JSON', { 'content-type': 'application/json' }),
  header('as text', { 'content-type': 'text/plain' }),
  header('with a charset', { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }),
  header('with a media type in capitals', { 'content-type': 'Application/X-WWW-Form-Urlencoded' }),
  header('with an Accept of its own', { accept: 'application/fhir+json' }),
  { name: 'without a body', apply: (sent) => ({ ...sent, body: '' }) },
  pairsOf('with a parameter that nobody knows', (pairs) => [...pairs, ['nonsense', 'x']]),
  pairsOf('with one that nobody knows twice', (pairs) => [...pairs, ['nonsense', 'x'], ['nonsense', 'y']]),
]

const proofNames = new Set(['client_id', 'client_secret', 'client_assertion', 'client_assertion_type'])

/** Another proof than the right one. */
const prove = (
  name: string,
  proof: (
    party: Party,
  ) => Promise<Partial<Pick<Sent, 'headers' | 'pairs'>>> | Partial<Pick<Sent, 'headers' | 'pairs'>>,
): Change => ({
  name,
  apply: async (sent, party) => {
    const { authorization: _, ...headers } = sent.headers
    const { headers: more = {}, pairs = [] } = await proof(party)
    return {
      ...sent,
      headers: { ...headers, ...more },
      pairs: [...sent.pairs.filter(([given]) => !proofNames.has(given)), ...pairs],
    }
  },
})

const authorization = (name: string, value: string): Change =>
  prove(name, () => ({ headers: { authorization: value } }))

const common: readonly Change[] = [
  prove('no proof at all', () => ({})),
  prove('a client that nobody knows', () => ({ pairs: [['client_id', 'nobody']] })),
  prove('a client that nobody knows, with a secret', () => ({
    headers: { authorization: basic('nobody', secret) },
  })),
  prove('another client', () => ({ pairs: [['client_id', 'other']] })),
  prove('a client with NUL in its name', () => ({ pairs: [['client_id', 'pub\0lic']] })),
]

const knowing: readonly Change[] = [
  prove('its name alone', () => ({ pairs: [['client_id', 'knowing']] })),
  prove('in the form', () => ({ pairs: [['client_id', 'knowing'], ['client_secret', secret]] })), // prettier-ignore
  prove('in the form, without its name', () => ({ pairs: [['client_secret', secret]] })),
  prove('a wrong secret', () => ({ headers: { authorization: basic('knowing', 'wrong') } })),
  prove('a wrong secret in the form', () => ({ pairs: [['client_id', 'knowing'], ['client_secret', 'wrong']] })), // prettier-ignore
  prove('an empty secret', () => ({ headers: { authorization: basic('knowing', '') } })),
  prove('an empty secret in the form', () => ({ pairs: [['client_id', 'knowing'], ['client_secret', '']] })), // prettier-ignore
  prove('a secret in another case', () => ({ headers: { authorization: basic('knowing', secret.toUpperCase()) } })), // prettier-ignore
  prove('both ways at once', () => ({
    headers: { authorization: basic('knowing', secret) },
    pairs: [['client_id', 'knowing'], ['client_secret', secret]],
  })), // prettier-ignore
  prove('with its name in the form as well', () => ({
    headers: { authorization: basic('knowing', secret) },
    pairs: [['client_id', 'knowing']],
  })),
  prove("with another's name in the form as well", () => ({
    headers: { authorization: basic('knowing', secret) },
    pairs: [['client_id', 'public']],
  })),
  prove('with an assertion as well', async (party) => ({
    headers: { authorization: basic('knowing', secret) },
    pairs: assertionPairs(await assertionOf(party, 'signing-es')),
  })),
  prove('without encoding', () => ({ headers: { authorization: `Basic ${btoa(`knowing:${secret}`)}` } })),
  authorization('a scheme in capitals', basic('knowing', secret).replace('Basic', 'BASIC')),
  authorization('Bearer', 'Bearer of-something'),
  authorization('a scheme that nobody knows', 'Nonsense abc'),
  authorization('Basic without a value', 'Basic'),
  authorization('Basic that is no base64', 'Basic ***'),
  authorization('Basic without a colon', `Basic ${btoa('knowing')}`),
  authorization('Basic with a bad escape', `Basic ${btoa('knowing:%zz')}`),
  prove('an assertion over its secret', async (party) => ({
    pairs: assertionPairs(
      await new SignJWT({})
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: 'x' })
        .setIssuer('knowing')
        .setSubject('knowing')
        .setAudience(`${party.url}${party.paths.token}`)
        .setExpirationTime('2m')
        .setJti(crypto.randomUUID())
        .sign(new TextEncoder().encode(secret.padEnd(64, '-'))),
    ),
  })),
]

const open: readonly Change[] = [
  prove('with a secret that it has not', () => ({ pairs: [['client_id', 'public'], ['client_secret', 'x']] })), // prettier-ignore
  prove('with Basic', () => ({ headers: { authorization: basic('public', 'x') } })),
  prove('with Basic and no secret', () => ({ headers: { authorization: basic('public', '') } })),
  prove('with an assertion of its own', async (party) => ({
    pairs: assertionPairs(await assertionOf(party, 'public')),
  })),
]

const stranger = await makeKey('es', 'ES384')
const seconds = (): number => Math.floor(Date.now() / 1000)

const signing = (client: ClientName): readonly Change[] => {
  const sign = (name: string, claims: () => object, head: object = {}): Change =>
    prove(name, async (party) => ({
      pairs: assertionPairs(await assertionOf(party, client, claims(), head)),
    }))
  return [
    sign('for the issuer', () => ({})),
    prove('for another server', async (party) => ({
      pairs: assertionPairs(await assertionOf(party, client, { aud: 'https://other.example' })),
    })),
    prove('for a list of servers', async (party) => ({
      pairs: assertionPairs(
        await assertionOf(party, client, {
          aud: [`${party.url}${party.paths.token}`, 'https://other.example'],
        }),
      ),
    })),
    sign('for nobody', () => ({ aud: undefined })),
    sign('expired', () => ({ exp: seconds() - 120 })),
    sign('without an end', () => ({ exp: undefined })),
    sign('not yet good', () => ({ nbf: seconds() + 120 })),
    sign('from the future', () => ({ iat: seconds() + 120 })),
    sign('without jti', () => ({ jti: undefined })),
    sign('without iss', () => ({ iss: undefined })),
    sign('without sub', () => ({ sub: undefined })),
    sign('of two clients', () => ({ sub: 'knowing' })),
    sign('of a client that nobody knows', () => ({ iss: 'nobody', sub: 'nobody' })),
    sign('of a client without keys', () => ({ iss: 'knowing', sub: 'knowing' })),
    sign('with another kid', () => ({}), { kid: 'other' }),
    prove('by a foreign key', async (party) => ({
      pairs: assertionPairs(await assertionOf(party, client, {}, {}, stranger)),
    })),
    prove('not signed', async (party) => {
      const [, claims] = (await assertionOf(party, client)).split('.')
      const head = base64url.encode(JSON.stringify({ alg: 'none', typ: 'JWT', kid: 'es' }))
      return { pairs: assertionPairs(`${head}.${claims}.`) }
    }),
    prove('by HS256 over the public key', async (party) => {
      const { publicKey, kid } = client === 'signing-rs' ? party.keys.rs : party.keys.es
      const [, claims = ''] = (await assertionOf(party, client)).split('.')
      const forged = await new SignJWT(JSON.parse(new TextDecoder().decode(base64url.decode(claims))))
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid })
        .sign(new TextEncoder().encode(await exportSPKI(publicKey)))
      return { pairs: assertionPairs(forged) }
    }),
    prove('unreadable', () => ({ pairs: assertionPairs('nonsense') })),
    prove('of another type', async (party) => ({
      pairs: [
        ['client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer'],
        ['client_assertion', await assertionOf(party, client)],
      ],
    })),
    prove('of no type', async (party) => ({
      pairs: [['client_assertion', await assertionOf(party, client)]],
    })),
    prove('of the right type, and not there', (party) => ({ pairs: assertionPairs(party.name).slice(0, 1) })),
    prove("with another's name beside it", async (party) => ({
      pairs: [['client_id', 'public'], ...assertionPairs(await assertionOf(party, client))],
    })),
    prove('with its name beside it', async (party) => ({
      pairs: [['client_id', client], ...assertionPairs(await assertionOf(party, client))],
    })),
    prove('with a secret beside it', async (party) => ({
      pairs: [['client_secret', 'x'], ...assertionPairs(await assertionOf(party, client))],
    })),
    prove('its name alone', () => ({ pairs: [['client_id', client]] })),
    prove('its name and a secret', () => ({ pairs: [['client_id', client], ['client_secret', 'x']] })), // prettier-ignore
  ].filter(({ name }) => name !== 'for the issuer')
}

/** What can be wrong with how a client proves itself. */
export const proofs = (client: ClientName): readonly Change[] => [
  ...common,
  ...{ public: open, knowing, 'signing-es': signing('signing-es'), 'signing-rs': signing('signing-rs') }[
    client
  ],
]
