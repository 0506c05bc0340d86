/** Where in a message: `PID-3.4`, the second of its kind, on the message's line 7. */
export type Location = {
  readonly segment: string
  readonly field?: number
  readonly component?: number
  /** Which of the segments of that name, from 1. */
  readonly occurrence?: number
  /** The segment's position in the message, from 1. */
  readonly line?: number
}

/** The codes of HL7 table 0357, message error condition (HL7 v2.5.1, 2.15.5.3). */
export type ErrorCode =
  | '100'
  | '101'
  | '102'
  | '103'
  | '200'
  | '201'
  | '202'
  | '203'
  | '204'
  | '205'
  | '206'
  | '207'

export const ERROR_TEXT: { readonly [code in ErrorCode]: string } = {
  '100': 'Segment sequence error',
  '101': 'Required field missing',
  '102': 'Data type error',
  '103': 'Table value not found',
  '200': 'Unsupported message type',
  '201': 'Unsupported event code',
  '202': 'Unsupported processing id',
  '203': 'Unsupported version id',
  '204': 'Unknown key identifier',
  '205': 'Duplicate key identifier',
  '206': 'Application record locked',
  '207': 'Application internal error',
}

/** Why a message is not taken. The text names places and never carries a value: values are PHI. */
export type Hl7Problem = {
  /** AR when the message cannot be processed at all, AE when its content is at fault (HL7 v2.5.1, 2.9.2). */
  readonly code: 'AR' | 'AE'
  readonly errorCode: ErrorCode
  readonly location?: Location
  readonly text: string
  /** A person has to decide; the message is kept rather than sent back. */
  readonly hold?: boolean
}

/** A location as people write it: `PID-3.4`. */
export function formatLocation({ segment, field, component }: Location): string {
  if (field === undefined) return segment
  return component === undefined ? `${segment}-${field}` : `${segment}-${field}.${component}`
}

/** A problem with its place named in front of its text. */
export function problemAt(
  code: 'AR' | 'AE',
  errorCode: ErrorCode,
  location: Location,
  text: string,
): Hl7Problem {
  const line = location.line === undefined ? '' : ` (line ${location.line})`
  return { code, errorCode, location, text: `${formatLocation(location)}${line}: ${text}` }
}
