import { importJWK, SignJWT } from 'jose'
import { assertionType } from '../../smart/assertion.ts'
import { parseScopes, printScope, readScope, type Scope } from '../../smart/scopes.ts'
import { type Answered, ask, type Check, failed, type Given, held, skipped, textAt } from './check.ts'

/** What discovery said. */
interface Discovered {
  readonly token: string
}

/**
 * What a partner tries before it exchanges anything: discovery, clocks, its key or secret, that an assertion is good once, its
 * scopes, a search, and a write that is rehearsed and undone. It goes over HTTP alone, as the partner will; each
 * check that fails says how to mend it, and no record is kept but the trail's.
 */
export const selfCheck = async (
  given: Given,
  tell: (text: string) => void = () => undefined,
): Promise<Check[]> => {
  const checks: Check[] = []
  const add = (...found: readonly Check[]): void => {
    for (const one of found) tell(lineOf(one))
    checks.push(...found)
  }
  const discovered = await discover(given)
  add(...discovered.checks)
  if (discovered.found === undefined) return checks
  const tokens = await checkToken(given, discovered.found)
  add(...tokens.checks)
  if (tokens.token === undefined) return checks
  add(checkScopes(given, tokens.scope))
  add(await checkSearch(given, tokens.token, tokens.scope))
  add(await checkWrite(given, tokens.token, tokens.scope))
  return checks
}

/** One check as a line for people. */
export const lineOf = ({ name, ok, detail, mend, skipped: left }: Check): string =>
  `${left === true ? '-' : ok ? '✓' : '✗'} ${name}: ${detail}${mend === undefined ? '' : `\n    ${mend}`}`

const discover = async ({ base, proof }: Given): Promise<{ checks: Check[]; found?: Discovered }> => {
  const name = 'discovery'
  const url = `${base}/.well-known/smart-configuration`
  const answer = await ask(url)
  if (answer === undefined)
    return {
      checks: [failed(name, `nobody answers at ${url}`, 'check the FHIR base, DNS, TLS and firewalls')],
    }
  const token = textAt(answer.body, 'token_endpoint')
  if (answer.status !== 200 || token === undefined)
    return {
      checks: [
        failed(
          name,
          `${url} answers ${answer.status}`,
          '`--base` must be the FHIR base, as in https://gateway.example/fhir',
        ),
      ],
    }
  return { checks: [held(name, `tokens are at ${token}`), checkClock(answer, proof)], found: { token } }
}

/** In seconds: how far apart two clocks may be (`assertion.ts`). */
const skew = 30

const checkClock = ({ headers }: Answered, { kind }: Given['proof']): Check => {
  const name = 'clocks'
  const date = Date.parse(headers.get('date') ?? '')
  if (Number.isNaN(date)) return skipped(name, 'the gateway does not say what time it is')
  const apart = Math.round(Math.abs(Date.now() - date) / 1000)
  if (apart <= skew || kind === 'secret') return held(name, `${apart} s apart`)
  return failed(name, `${apart} s apart`, `set this machine's clock: assertions are good within ${skew} s`)
}

type Tokens = { checks: Check[]; token?: string; scope: string }

const checkToken = async (given: Given, { token: url }: Discovered): Promise<Tokens> => {
  const form = await formOf(given, url).catch(() => undefined)
  if (form === undefined)
    return {
      checks: [
        failed(
          'key',
          'the key cannot sign',
          '`--key` must be a private JWK with kid: EC P-384 (ES384) or RSA (RS384)',
        ),
      ],
      scope: '',
    }
  const answer = await ask(url, { method: 'POST', body: form })
  const token = textAt(answer?.body, 'access_token')
  if (answer === undefined || token === undefined) return { checks: [refusedToken(answer)], scope: '' }
  const scope = textAt(answer.body, 'scope') ?? ''
  const checks = [held('token', `granted, with the scope ${scope}`)]
  if (given.proof.kind === 'key') checks.push(checkReplay(await ask(url, { method: 'POST', body: form })))
  return { checks, token, scope }
}

const refusedToken = (answer: Answered | undefined): Check => {
  const [error, why] = [textAt(answer?.body, 'error'), textAt(answer?.body, 'error_description')]
  const mend =
    error === 'invalid_client'
      ? 'register the public half of this very key (`client add --jwks`), under this id, with the same kid; or check the secret'
      : error === 'invalid_scope'
        ? 'ask for scopes that the client is registered for, or have them added (`client add --scope`)'
        : 'have the client registered (`client add`), with one purpose of use or name it with `--purpose`'
  return failed(
    'token',
    [error ?? `status ${answer?.status ?? 'none'}`, why].filter(Boolean).join(': '),
    mend,
  )
}

const checkReplay = (answer: Answered | undefined): Check =>
  textAt(answer?.body, 'error') === 'invalid_client'
    ? held('each assertion once', 'the same assertion again was refused')
    : failed(
        'each assertion once',
        'the same assertion was taken twice',
        'tell whoever runs the gateway: this must not be',
      )

/** The form of a request for a token, with an assertion that is good once. */
const formOf = async ({ client, proof, scope, purpose }: Given, url: string): Promise<URLSearchParams> => {
  const form = new URLSearchParams({ grant_type: 'client_credentials' })
  if (scope !== undefined) form.set('scope', scope)
  if (proof.kind === 'secret') {
    form.set('client_id', client)
    form.set('client_secret', proof.secret)
    return form
  }
  const { jwk } = proof
  const alg = jwk.kty === 'RSA' ? 'RS384' : 'ES384'
  const now = Math.floor(Date.now() / 1000)
  const b2b =
    purpose === undefined ? {} : { extensions: { 'hl7-b2b': { version: '1', purpose_of_use: [purpose] } } }
  form.set('client_assertion_type', assertionType)
  form.set(
    'client_assertion',
    await new SignJWT({ ...b2b, jti: crypto.randomUUID() })
      .setProtectedHeader({ alg, kid: String(jwk.kid), typ: 'JWT' })
      .setIssuer(client)
      .setSubject(client)
      .setAudience(url)
      .setIssuedAt(now)
      .setExpirationTime(now + 120)
      .sign(await importJWK(jwk, alg)),
  )
  return form
}

const checkScopes = ({ scope }: Given, granted: string): Check => {
  if (scope === undefined) return skipped('scopes', 'none were named with `--scope`; see what was granted')
  const had = new Set(granted.split(' '))
  const missing = parseScopes(scope)
    .map(printScope)
    .filter((one) => !had.has(one))
  return missing.length === 0
    ? held('scopes', 'all that was asked for')
    : failed(
        'scopes',
        `not granted: ${missing.join(' ')}`,
        'have the client registered with them (`client add --scope`)',
      )
}

/** The first of some accesses that the granted scopes have of a type, `*` standing for Patient. */
const typeWith = (granted: string, access: Scope['access'][number], wanted?: string): string | undefined => {
  const scopes = granted.split(' ').flatMap((one) => readScope(one) ?? [])
  const found = scopes.filter(
    (one) => one.access.includes(access) && (wanted === undefined || one.type === wanted || one.type === '*'),
  )
  const [first] = found
  return first === undefined ? undefined : first.type === '*' ? (wanted ?? 'Patient') : first.type
}

const checkSearch = async ({ base }: Given, token: string, granted: string): Promise<Check> => {
  const type = typeWith(granted, 's')
  if (type === undefined) return skipped('search', 'the token may search nothing')
  const answer = await ask(`${base}/${type}?_count=1`, { headers: { authorization: `Bearer ${token}` } })
  const total = (answer?.body as { total?: unknown } | undefined)?.total
  if (answer?.status === 200)
    return held(
      'search',
      `${type}: answered${typeof total === 'number' ? `, ${total} found` : ''}; what consent hides is not counted`,
    )
  return failed(
    'search',
    `${type}: status ${answer?.status ?? 'none'}`,
    'see the OperationOutcome of the answer',
  )
}

/** Nobody: a rehearsal needs some Patient, and none is stored. */
const sample = {
  resourceType: 'Parameters',
  parameter: [
    { name: 'mode', valueCode: 'create' },
    {
      name: 'resource',
      resource: {
        resourceType: 'Patient',
        name: [{ family: 'Selfcheck', given: ['Sample'] }],
        birthDate: '2000-01-01',
      },
    },
  ],
}

const checkWrite = async ({ base }: Given, token: string, granted: string): Promise<Check> => {
  const name = 'sample exchange'
  if (typeWith(granted, 'c', 'Patient') === undefined)
    return skipped(name, 'the token may create no Patient, so no write is rehearsed')
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' }
  const answer = await ask(`${base}/Patient/$validate`, {
    method: 'POST',
    headers,
    body: JSON.stringify(sample),
  })
  const issues = (answer?.body as { issue?: readonly { severity?: string }[] } | undefined)?.issue ?? []
  if (answer?.status === 200 && issues.every(({ severity }) => severity !== 'error' && severity !== 'fatal'))
    return held(name, 'a Patient would be taken; it was rehearsed and undone')
  return failed(
    name,
    `status ${answer?.status ?? 'none'}, ${issues.length} issues`,
    'see the OperationOutcome of `Patient/$validate`',
  )
}
