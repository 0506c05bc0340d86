import { writeTimestamp } from './dates.ts'
import { type Delimiters, escapeText, STANDARD_DELIMITERS } from './escape.ts'
import type { Header } from './parse.ts'
import { ERROR_TEXT, type Hl7Problem } from './problem.ts'

/** HL7 table 0008: application (A) and commit (C) acknowledgments (HL7 v2.5.1, 2.9.2 and 2.9.3). */
export type AckCode = 'AA' | 'AE' | 'AR' | 'CA' | 'CE' | 'CR'

export type AnswerOptions = {
  /** Gives a new message control id each time: unique, and at most 20 characters (HL7 v2.5.1, 2.15.9.10). */
  readonly id: () => string
  readonly now: Date
}

/**
 * Builds the general acknowledgment ACK (HL7 v2.5.1, 2.14.1): MSH, MSA, and ERR for a problem. `request` is the
 * header of what is answered, undefined when not even that could be read.
 */
export function buildAck(
  request: Header | undefined,
  code: AckCode,
  options: AnswerOptions,
  problem?: Hl7Problem,
): string {
  const event = request?.type.event ?? ''
  const type = event === '' ? ['ACK'] : ['ACK', event, 'ACK']
  const segments = [buildHeader(request, type, options), buildMsa(request, code, problem)]
  if (problem) segments.push(buildErr(problem))
  return joinSegments(segments)
}

/** Joins segments into a message, and names its character set (MSH-18) when it needs more than ASCII. */
export function joinSegments(
  segments: readonly string[],
  delimiters: Delimiters = STANDARD_DELIMITERS,
): string {
  const [header = '', ...rest] = segments
  const plain = segments.every((segment) => /^[\0-\u007F]*$/.test(segment))
  const named = plain ? header : header + delimiters.field.repeat(6) + 'UNICODE UTF-8'
  return [named, ...rest].map((segment) => `${segment}\r`).join('')
}

/** MSH of an answer: the request's sender and receiver change places. It ends with MSH-12. */
export function buildHeader(
  request: Header | undefined,
  type: readonly string[],
  { id, now }: AnswerOptions,
  delimiters: Delimiters = STANDARD_DELIMITERS,
): string {
  const { component, repetition, escape, subcomponent } = delimiters
  const escaped = (text: string | undefined) => escapeText(text ?? '', delimiters)
  return [
    'MSH',
    component + repetition + escape + subcomponent,
    escaped(request?.receivingApplication),
    escaped(request?.receivingFacility),
    escaped(request?.sendingApplication),
    escaped(request?.sendingFacility),
    writeTimestamp(now),
    '',
    type.map(escaped).join(component),
    escaped(id()),
    escaped(request?.processingId || 'P'),
    escaped(request?.version || '2.5.1'),
  ].join(delimiters.field)
}

/** MSA (HL7 v2.5.1, 2.15.8): the code, the answered message's control id, and why. */
export function buildMsa(
  request: Header | undefined,
  code: AckCode,
  problem?: Hl7Problem,
  delimiters: Delimiters = STANDARD_DELIMITERS,
): string {
  const fields = ['MSA', code, escapeText(request?.controlId ?? '', delimiters)]
  if (problem) fields.push(escapeText(problem.text, delimiters))
  return fields.join(delimiters.field)
}

/** ERR (HL7 v2.5.1, 2.15.5): where (ERR-2), which condition of table 0357 (ERR-3), severity, and what is said. */
function buildErr({ location, errorCode, text }: Hl7Problem): string {
  const { field, component } = STANDARD_DELIMITERS
  const place = location
    ? [location.segment, location.occurrence ?? 1, location.field, location.field && 1, location.component]
    : []
  while (place.length > 0 && place.at(-1) === undefined) place.pop()
  const condition = [errorCode, ERROR_TEXT[errorCode], 'HL70357'].join(component)
  return [
    'ERR',
    '',
    place.map((part) => part ?? '').join(component),
    condition,
    'E',
    '',
    '',
    '',
    escapeText(text),
  ].join(field)
}
