/** What a partner's self-check is made with. */
export interface Given {
  /** The FHIR base of the gateway, without a slash at its end. */
  readonly base: string
  readonly client: string
  readonly proof: Proof
  /** Scopes that the partner counts on; without them whatever it gets. */
  readonly scope: string | undefined
  readonly purpose: string | undefined
}

/** How the partner proves itself: by the private half of its key, or by its secret. */
export type Proof =
  | { readonly kind: 'key'; readonly jwk: Readonly<Record<string, unknown>> }
  | { readonly kind: 'secret'; readonly secret: string }

/** One thing that was tried, and how to mend it where it failed. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  readonly mend?: string
  /** It was left out, since something before it failed or the client is not registered for it. */
  readonly skipped?: true
}

/** A check that held. */
export const held = (name: string, detail: string): Check => ({ name, ok: true, detail })

/** A check that did not. */
export const failed = (name: string, detail: string, mend: string): Check => ({
  name,
  ok: false,
  detail,
  mend,
})

/** A check that does not concern this client. */
export const skipped = (name: string, detail: string): Check => ({ name, ok: true, detail, skipped: true })

/** In milliseconds: how long an answer may take. */
const patience = 15_000

/** What came back, with its body as JSON where it is. */
export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** Asks over HTTP; undefined where nobody answers. */
export const ask = async (url: string, init: RequestInit = {}): Promise<Answered | undefined> => {
  try {
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(patience), ...init })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, body: readJson(text) }
  } catch {
    return undefined
  }
}

const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** A text at a name of a JSON object. */
export const textAt = (body: unknown, name: string): string | undefined => {
  if (typeof body !== 'object' || body === null) return undefined
  const value: unknown = Object.entries(body).find(([own]) => own === name)?.[1]
  return typeof value === 'string' ? value : undefined
}
