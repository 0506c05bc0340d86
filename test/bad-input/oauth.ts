import { type BadRequest, sentinel } from './request.ts'

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

const jwt = (header: unknown, claims: unknown, signature = 'AAAA'): string =>
  `${encode(header)}.${encode(claims)}.${signature}`

const header = { alg: 'ES384', kid: 'k', typ: 'JWT' }
const claims = {
  iss: sentinel,
  sub: sentinel,
  aud: 'https://gateway.example/oauth/token',
  exp: 4_000_000_000,
  jti: '1',
}

const assertions: Readonly<Record<string, string>> = {
  'is empty': '',
  'is a word': sentinel,
  'has two parts': `${encode(header)}.${encode(claims)}`,
  'has five parts': 'a.b.c.d.e',
  'has parts that are no base64': '***.***.***',
  'has a header that is no JSON': jwt(sentinel, claims),
  'has a header that is a list': jwt([], claims),
  'has a header that is null': jwt('null', claims),
  'has claims that are a number': jwt(header, '1'),
  'has claims that are a list': jwt(header, []),
  'has claims that are null': jwt(header, 'null'),
  'is not signed': jwt({ ...header, alg: 'none' }, claims, ''),
  'is signed with a shared secret': jwt({ ...header, alg: 'HS256' }, claims),
  'names an algorithm of a prototype': jwt({ ...header, alg: 'constructor' }, claims),
  'names an algorithm that is a list': jwt({ ...header, alg: ['ES384'] }, claims),
  'names no key': jwt({ alg: 'ES384', typ: 'JWT' }, claims),
  'names a key that is a number': jwt({ ...header, kid: 1 }, claims),
  'brings its own key': jwt({ ...header, jwk: { kty: 'EC' } }, claims),
  'names where its key is': jwt({ ...header, jku: 'https://other.example/jwks' }, claims),
  'has critical extensions': jwt({ ...header, crit: ['x'] }, claims),
  'is of an unknown client': jwt(header, claims),
  'is of a client that is a list': jwt(header, { ...claims, iss: [sentinel], sub: [sentinel] }),
  'is of a client with NUL': jwt(header, { ...claims, iss: 'a\u0000', sub: 'a\u0000' }),
  'is of a client without a key': jwt(header, { ...claims, iss: 'clinic', sub: 'clinic' }),
  'is nested deep': jwt(header, `${'['.repeat(5000)}${']'.repeat(5000)}`),
  'has a signature that is no base64': jwt(header, claims, '***'),
  'is bytes': Buffer.from([0, 255, 254, 1]).toString('latin1'),
}

const asking = (
  name: string,
  body: string | Record<string, string>,
  more: Partial<BadRequest> = {},
): BadRequest => ({
  name: `token: ${name}`,
  protocol: 'oauth',
  method: 'POST',
  path: '/oauth/token',
  headers: form,
  body: typeof body === 'string' ? body : new URLSearchParams(body).toString(),
  ...more,
})

const granting = { grant_type: 'client_credentials' }
const basic = (text: string) => ({
  ...form,
  authorization: `Basic ${Buffer.from(text, 'latin1').toString('base64')}`,
})

/** Requests to the token endpoint that must not get a token (RFC 6749 section 5.2). */
export const oauth: readonly BadRequest[] = [
  ...Object.entries(assertions).map(([what, assertion]) =>
    asking(`an assertion that ${what}`, {
      ...granting,
      client_assertion_type: assertionType,
      client_assertion: assertion,
    }),
  ),
  asking('nothing', ''),
  asking('no grant type', { client_id: sentinel }),
  asking('an unknown grant type', { grant_type: sentinel }),
  asking('the password grant', { grant_type: 'password', username: sentinel, password: sentinel }),
  asking('the grant type twice', 'grant_type=client_credentials&grant_type=client_credentials'),
  asking('no client', granting),
  asking('an assertion of an unknown type', { ...granting, client_assertion_type: sentinel, client_assertion: 'x' }),
  asking('a wrong secret', { ...granting, client_id: 'clinic', client_secret: sentinel }),
  asking('an unknown client', { ...granting, client_id: sentinel, client_secret: sentinel }),
  asking('a client with NUL', 'grant_type=client_credentials&client_id=a%00&client_secret=x'),
  asking('a secret with NUL', 'grant_type=client_credentials&client_id=clinic&client_secret=%00'),
  asking('two ways at once', { ...granting, client_id: 'clinic', client_secret: 'x', client_assertion_type: assertionType, client_assertion: 'x' }),
  asking('an authorization that is none', granting, { headers: { ...form, authorization: sentinel } }),
  asking('Basic that is no base64', granting, { headers: { ...form, authorization: 'Basic ***' } }),
  asking('Basic without a colon', granting, { headers: basic(sentinel) }),
  asking('Basic with a bad escape', granting, { headers: basic('%zz:%zz') }),
  asking('Basic with NUL', granting, { headers: basic('a\u0000:b') }),
  asking('Basic that is not UTF-8', granting, { headers: basic('\u00ff\u00fe:x') }),
  asking('JSON', JSON.stringify(granting), { headers: { 'content-type': 'application/json' } }),
  asking('no type', 'x', { headers: { 'content-type': '' } }),
  asking('bad escapes', 'grant_type=%zz&%=%'),
  asking('a long one', `grant_type=client_credentials&client_assertion=${'x'.repeat(200_000)}`, { status: [413] }),
  asking('a very long one', `x=${'x'.repeat(20_000_000)}`, { status: [413] }),
  ...['GET', 'PUT', 'DELETE', 'PATCH'].map((method): BadRequest => ({ name: `${method} of the token endpoint`, protocol: 'oauth', method, path: '/oauth/token', status: [405] })),
] // prettier-ignore
