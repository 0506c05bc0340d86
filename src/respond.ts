import type { Answer } from './disclose.ts'
import { prettyJson } from './fhir/exact-json.ts'
import { writeXml } from './fhir/xml/write.ts'
import { outcomeOf, type Problem, statusOf } from './problem.ts'
import type { Released } from './redact/released.ts'

/** How resources go over the wire: in which format, and whether laid out for people (FHIR R4 http 3.1.0.1.10). */
export interface Presentation {
  readonly format: 'json' | 'xml'
  readonly pretty: boolean
}

const plain: Presentation = { format: 'json', pretty: false }

/** The only way from records to a response: it takes what was released, and nothing else. */
export const respond = ({ value }: Released<Answer>, presentation = plain): Response => {
  const { status, headers, body } = value
  const empty = status === 204 || status === 304 || body === ''
  if (empty || headers['content-type'] !== contentTypes.json)
    return new Response(empty ? null : body, { status, headers: { ...common, ...headers } })
  return new Response(present(body, presentation), {
    status,
    headers: { ...common, ...headers, 'content-type': contentTypes[presentation.format] },
  })
}

/** What is too much for one answer: each chunk was decided, released and recorded by itself before its bytes leave. */
export interface Chunks {
  readonly first: Released<Answer>
  readonly rest: AsyncGenerator<Released<Answer>>
}

/** The same for what leaves in chunks, packed where the caller takes that. A chunk that may not leave ends the connection. */
export const respondChunks = ({ first, rest }: Chunks, packed: boolean): Response => {
  const { status, headers, body } = first.value
  const encoder = new TextEncoder()
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => controller.enqueue(encoder.encode(body)),
    pull: async (controller) => {
      const next = await rest.next()
      if (next.done === true) controller.close()
      else controller.enqueue(encoder.encode(next.value.value.body))
    },
    cancel: async () => void (await rest.return(undefined)),
  })
  const coding: Record<string, string> = packed ? { 'content-encoding': 'gzip' } : {}
  return new Response(packed ? stream.pipeThrough(new CompressionStream('gzip')) : stream, {
    status,
    headers: { ...common, ...headers, ...coding, vary: 'accept-encoding' },
    ...asPacked,
  })
}

/** Workers pack by themselves what says that it is packed, unless they are told that it is. */
const asPacked: object = { encodeBody: 'manual' }

/** A refusal: an OperationOutcome that says what is wrong and how to mend it, and never what is hidden. */
export const respondProblem = (problem: Problem, presentation = plain): Response => {
  const headers: Record<string, string> = { ...common, 'content-type': contentTypes[presentation.format] }
  const challenge = challengeOf(problem)
  if (challenge !== undefined) headers['www-authenticate'] = challenge
  if (problem.kind === 'method-not-allowed') headers.allow = problem.allow.join(', ')
  if (problem.kind === 'throttled') headers['retry-after'] = String(problem.seconds)
  if (problem.kind === 'unrecorded') return new Response(null, { status: 500, headers: common })
  return new Response(present(JSON.stringify(outcomeOf(problem)), presentation), {
    status: statusOf(problem),
    headers,
  })
}

/** What a bearer token lacks (RFC 6750 section 3). */
const challengeOf = (problem: Problem): string | undefined => {
  if (problem.kind === 'unauthorized')
    return problem.isToken === true ? 'Bearer error="invalid_token"' : 'Bearer'
  if (problem.kind !== 'forbidden' || problem.scope === undefined) return undefined
  return `Bearer error="insufficient_scope", scope="${problem.scope}"`
}

/** What is open to all, as the CapabilityStatement is: no record, and so the same for everybody. */
export const respondOpen = (resource: object, presentation: Presentation): Response =>
  new Response(present(JSON.stringify(resource), presentation), {
    headers: {
      'content-type': contentTypes[presentation.format],
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=300',
      vary: 'accept',
    },
  })

/** JSON in the format that was asked for. This comes last: whatever is decided is decided on JSON. */
const present = (json: string, { format, pretty }: Presentation): string => {
  if (format === 'xml') return writeXml(json, pretty)
  return pretty ? prettyJson(json) : json
}

const contentTypes = {
  json: 'application/fhir+json; charset=utf-8',
  xml: 'application/fhir+xml; charset=utf-8',
} as const

const common = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
