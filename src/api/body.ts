import type { FhirResource } from 'fhir/r4'
import { isResourceType } from '../fhir/definitions/structures.ts'
import { readXml } from '../fhir/xml/read.ts'
import { XmlFault } from '../fhir/xml/xml-fault.ts'
import { invalid, refuse } from '../problem.ts'
import { formatOfMedia } from './format.ts'
import { jsonFault } from './json-fault.ts'

/** The largest body that is taken, in bytes. */
export const mostBytes = 10 * 1024 * 1024

/**
 * Reads a body of FHIR JSON or XML. What is too large, in another format or encoding, not well-formed, or nested too
 * deep is refused with the reason and the place.
 */
export const readResource = async (request: Request): Promise<FhirResource> => {
  const type = request.headers.get('content-type')
  const format =
    formatOfMedia(type ?? '') ??
    refuse({
      kind: 'unsupported-media',
      text: 'send FHIR JSON as `application/fhir+json`, or FHIR XML as `application/fhir+xml`',
    })
  requireUtf8(type)
  const text = decode(await readBytes(request, mostBytes))
  return parseResource(format === 'xml' ? jsonOf(text) : text)
}

const jsonOf = (xml: string): string => {
  try {
    return readXml(xml)
  } catch (thrown) {
    if (!(thrown instanceof XmlFault)) throw thrown
    const { message, expression } = thrown
    const issue = {
      code: 'structure',
      text: message,
      ...(expression === undefined ? {} : { expression }),
    } as const
    return refuse({ kind: 'malformed', issues: [issue] })
  }
}

/** A content type that names no charset, or UTF-8. */
export const requireUtf8 = (type: string | null): void => {
  const charset = (type ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase())
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '')
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8')
    refuse({ kind: 'unsupported-media', text: 'the body must be in UTF-8' })
}

/** The bytes of a body, up to a limit; more is refused without reading on. */
export const readBytes = async (request: Request, limit: number): Promise<Uint8Array> => {
  const tooLarge = { kind: 'too-large', text: `the body is larger than ${limit / 1024 / 1024} MB` } as const
  if (Number(request.headers.get('content-length') ?? 0) > limit) refuse(tooLarge)
  if (request.body === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > limit) refuse(tooLarge)
    chunks.push(chunk)
  }
  const [only] = chunks
  if (chunks.length === 1 && only !== undefined) return only
  const whole = new Uint8Array(size)
  let place = 0
  for (const chunk of chunks) {
    whole.set(chunk, place)
    place += chunk.byteLength
  }
  return whole
}

/** The text of a body, which is UTF-8. */
export const decode = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return refuse({ kind: 'malformed', issues: [{ code: 'structure', text: 'the body is not valid UTF-8' }] })
  }
}

const parseResource = (text: string): FhirResource => {
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return invalid('the body must be one FHIR resource, a JSON object', undefined, 'structure')
  const fault = jsonFault(value, text)
  if (fault !== undefined) return invalid(fault, undefined, 'structure')
  const type = (value as { resourceType?: unknown }).resourceType
  if (typeof type !== 'string' || !isResourceType(type))
    return invalid('`resourceType` must be the name of an R4 resource', 'resourceType', 'structure')
  return value as FhirResource
}

/** The JSON of a body; where it breaks off is told, without what stands there. */
export const parseJson = (text: string): unknown => {
  if (text.trim() === '')
    return invalid('the body is empty; send a FHIR resource as JSON', undefined, 'structure')
  try {
    return JSON.parse(text) as unknown
  } catch (fault) {
    const place = /position (?<position>\d+)/.exec(fault instanceof Error ? fault.message : '')?.groups
      ?.position
    const where = place === undefined ? '' : ` at character ${place}`
    return refuse({
      kind: 'malformed',
      issues: [{ code: 'structure', text: `the body is not valid JSON${where}; was it cut off?` }],
    })
  }
}
