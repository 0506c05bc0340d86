import { Hl7Message } from '@medplum/core'
import { type Charset, charsetNamed, decodeBytes } from './charset.ts'
import { type Delimiters, unescapeText } from './escape.ts'
import { type Hl7Problem, problemAt } from './problem.ts'

/** A parsed message. Everything but the header is read through `readSource`. */
export type Message = {
  readonly header: Header
  readonly delimiters: Delimiters
  readonly charset: Charset
  /** The segments in their order, each with its line. */
  readonly hl7: Hl7Message
  /** The decoded text, its segments ended by CR. */
  readonly text: string
}

/** What MSH says (HL7 v2.5.1, 2.15.9), un-escaped; an absent field is the empty string. */
export type Header = {
  readonly sendingApplication: string
  readonly sendingFacility: string
  readonly receivingApplication: string
  readonly receivingFacility: string
  readonly timestamp: string
  readonly type: { readonly code: string; readonly event: string; readonly structure: string }
  readonly controlId: string
  readonly processingId: string
  readonly version: string
  readonly acceptAcknowledgment: string
  readonly applicationAcknowledgment: string
}

export type ParseOptions = {
  /** For a message without MSH-18. Default: UTF-8, which reads ASCII and refuses everything else. */
  readonly charset?: Charset
}

export type Parsed =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly problem: Hl7Problem; readonly header?: Header }

/**
 * Reads an HL7 v2 message: bytes are decoded as MSH-18 says, a byte order mark is dropped, LF and CRLF end
 * segments too. Whatever comes, it gives a message or a problem, with the header where that much could be read.
 */
export function parseMessage(input: Uint8Array | string, options: ParseOptions = {}): Parsed {
  const head = typeof input === 'string' ? input : latin1(input.subarray(0, HEAD))
  const start = withoutMark(head)
  const delimiters = readDelimiters(start)
  if (!delimiters) return rejected('100', 'the message does not begin with an MSH segment and its delimiters')
  const named = fieldsOf(start, delimiters)[17]?.split(delimiters.repetition)[0] ?? ''
  const charset = named === '' ? (options.charset ?? 'UNICODE UTF-8') : charsetNamed(named)
  if (!charset)
    return rejected('103', 'the character set is not supported', 18, readHeader(start, delimiters))
  const decoded = typeof input === 'string' ? input : decodeBytes(input, charset)
  if (decoded === undefined) {
    const problem = 'the message has bytes that are no characters of its character set'
    return rejected('102', problem, 18, readHeader(start, delimiters))
  }
  const text = withoutMark(decoded).replaceAll(/\r?\n/g, '\r').trimEnd()
  const header = readHeader(text, delimiters, charset)
  const problem = checkHeader(header) ?? checkSegments(text, delimiters)
  if (problem) return { ok: false, problem, header }
  return { ok: true, message: { header, delimiters, charset, text, hl7: Hl7Message.parse(text) } }
}

/** Far more than a referral has: what a message costs is bounded before any of it is mapped. */
const MAX_SEGMENTS = 1000

/** How far the first segment is looked for before the character set is known. */
const HEAD = 4096

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
}

/** Drops a byte order mark, also one that was read as Latin-1, and white space before the first segment. */
function withoutMark(text: string): string {
  return text.replace(/^(\uFEFF|\u00EF\u00BB\u00BF)?\s*/, '')
}

function readDelimiters(text: string): Delimiters | undefined {
  const match = /^MSH([^\w\s])([^\w\s])([^\w\s])([^\w\s])([^\w\s])#?\1/.exec(text)
  const [, field = '', component = '', repetition = '', escape = '', subcomponent = ''] = match ?? []
  if (new Set([field, component, repetition, escape, subcomponent]).size < 5) return undefined
  return { field, component, repetition, escape, subcomponent }
}

/** The first segment's fields, so that index n is MSH-(n + 1). */
function fieldsOf(text: string, delimiters: Delimiters): readonly string[] {
  const [first = ''] = text.split(/[\r\n]/, 1)
  return first.split(delimiters.field)
}

function readHeader(text: string, delimiters: Delimiters, charset: Charset = 'ASCII'): Header {
  const fields = fieldsOf(text, delimiters)
  const component = (field: number, index = 0) => {
    const piece = (fields[field - 1] ?? '').split(delimiters.component)[index] ?? ''
    return unescapeText(piece, delimiters, charset)
  }
  return {
    sendingApplication: component(3),
    sendingFacility: component(4),
    receivingApplication: component(5),
    receivingFacility: component(6),
    timestamp: component(7),
    type: { code: component(9), event: component(9, 1), structure: component(9, 2) },
    controlId: component(10),
    processingId: component(11),
    version: component(12),
    acceptAcknowledgment: component(15),
    applicationAcknowledgment: component(16),
  }
}

function checkHeader(header: Header): Hl7Problem | undefined {
  if (header.type.code === '') return faultInHeader('101', 9, 'the message type is missing')
  if (header.controlId === '') return faultInHeader('101', 10, 'the message control id is missing')
  if (header.processingId === '') return faultInHeader('101', 11, 'the processing id is missing')
  if (!/^[PTD]$/.test(header.processingId))
    return faultInHeader('202', 11, 'the processing id is not supported')
  if (!/^2\.\d/.test(header.version)) return faultInHeader('203', 12, 'the version is not supported')
  return undefined
}

function faultInHeader(errorCode: Hl7Problem['errorCode'], field: number, text: string): Hl7Problem {
  return problemAt('AR', errorCode, { segment: 'MSH', field, occurrence: 1, line: 1 }, text)
}

function checkSegments(text: string, delimiters: Delimiters): Hl7Problem | undefined {
  const lines = text.split('\r')
  if (lines.length > MAX_SEGMENTS) {
    return { code: 'AR', errorCode: '100', text: `the message has more than ${MAX_SEGMENTS} segments` }
  }
  const bad = lines.findIndex(
    (line) =>
      line !== '' && (!/^[A-Z][A-Z0-9]{2}/.test(line) || (line[3] ?? delimiters.field) !== delimiters.field),
  )
  if (bad === -1) return undefined
  return { code: 'AR', errorCode: '100', text: `line ${bad + 1} does not begin with a segment name` }
}

function rejected(errorCode: Hl7Problem['errorCode'], text: string, field?: number, header?: Header): Parsed {
  const location = { segment: 'MSH', ...(field !== undefined && { field }), occurrence: 1, line: 1 }
  return { ok: false, problem: problemAt('AR', errorCode, location, text), ...(header && { header }) }
}
