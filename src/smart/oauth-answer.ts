import { readBounded } from './bounded.ts'
import { refuseToken, TokenRefusal } from './refusal.ts'

/** An answer of an OAuth endpoint (RFC 6749 sections 5.1 and 5.2). */
export interface OAuthAnswer {
  readonly status: 200 | 400 | 401 | 403 | 405 | 413 | 429
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
}

const limit = 64 * 1024

/** An answer that nobody keeps. */
export const answer = (
  status: OAuthAnswer['status'],
  body: OAuthAnswer['body'],
  more: Readonly<Record<string, string>> = {},
): OAuthAnswer => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', pragma: 'no-cache', ...more },
  body,
})

/** A refusal in the form of RFC 6749 section 5.2. */
export const refused = (
  { error, message }: TokenRefusal,
  status: OAuthAnswer['status'] = error === 'invalid_client' ? 401 : 400,
): OAuthAnswer =>
  answer(
    status,
    { error, error_description: message },
    status === 401 ? { 'www-authenticate': 'Basic realm="sluice", charset="UTF-8"' } : {},
  )

const wrong = (description: string): TokenRefusal => new TokenRefusal('invalid_request', description)

/** The form of a POST to an OAuth endpoint, or the refusal of what is none. */
export const formOf = async (request: Request): Promise<URLSearchParams | OAuthAnswer> => {
  if (request.method !== 'POST') {
    const { headers, body } = refused(wrong('use POST'), 405)
    return { status: 405, headers: { ...headers, allow: 'POST' }, body }
  }
  const [type] = (request.headers.get('content-type') ?? '').split(';')
  if (type?.trim().toLowerCase() !== 'application/x-www-form-urlencoded')
    return refused(wrong('send application/x-www-form-urlencoded'))
  const text = await readBounded(request.body, limit)
  return text === undefined ? refused(wrong('the request is too long'), 413) : new URLSearchParams(text)
}

/** A parameter comes once, and counts as omitted without a value (RFC 6749 sections 3.1 and 3.2). */
export const withoutRepeats = (form: URLSearchParams): URLSearchParams => {
  const repeated = [...form.keys()].find((name) => form.getAll(name).length > 1)
  if (repeated !== undefined) refuseToken('invalid_request', `\`${repeated}\` was sent more than once`)
  return withoutEmpty(form)
}

/** The parameters that have a value. */
export const withoutEmpty = (form: URLSearchParams): URLSearchParams =>
  new URLSearchParams([...form].filter(([, value]) => value !== ''))

/** The answer over HTTP. */
export const respondOAuth = ({ status, headers, body }: OAuthAnswer): Response =>
  new Response(status === 200 && Object.keys(body).length === 0 ? null : JSON.stringify(body), {
    status,
    headers,
  })

/** An endpoint that takes a form by POST and answers as OAuth does; a TokenRefusal is its refusal. */
export const formRoute = async (
  request: Request,
  answerTo: (form: URLSearchParams) => Promise<OAuthAnswer>,
): Promise<Response> => {
  const form = await formOf(request)
  if (!(form instanceof URLSearchParams)) return respondOAuth(form)
  try {
    return respondOAuth(await answerTo(form))
  } catch (refusal) {
    if (refusal instanceof TokenRefusal) return respondOAuth(refused(refusal))
    throw refusal
  }
}
