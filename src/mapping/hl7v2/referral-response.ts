import { type AnswerOptions, buildHeader, buildMsa, joinSegments } from './acknowledge.ts'
import { type Delimiters, escapeText, unescapeText } from './escape.ts'
import type { Message } from './parse.ts'

/** HL7 table 0283, referral status, as far as an answer may state it. */
export type ReferralStatus = 'accepted' | 'pending' | 'rejected'

const STATUS: { readonly [status in ReferralStatus]: readonly [code: string, text: string] } = {
  accepted: ['A', 'Accepted'],
  pending: ['P', 'Pending'],
  rejected: ['R', 'Rejected'],
}

export type ReferralAnswer = AnswerOptions & {
  readonly status: ReferralStatus
  /** The receiver's own number for the referral: RF1-11, external referral identifier. */
  readonly referralId?: string
  /** Said to a person at the sender, in an NTE. */
  readonly comment?: string
}

/**
 * Builds RRI^I12, the answer to a REF^I12 (HL7 v2.5.1, 11.5.1): the status in RF1, and the referral's own
 * providers and patient identification as they came. Nothing is told that the sender did not send.
 */
export function buildReferralResponse(message: Message, answer: ReferralAnswer): string {
  const { header, delimiters } = message
  const segments = [
    buildHeader(header, ['RRI', 'I12', 'RRI_I12'], answer, delimiters),
    buildMsa(header, 'AA', undefined, delimiters),
    buildRf1(message, answer),
    ...echo(message, 'PRD'),
    ...echo(message, 'PID'),
  ]
  if (answer.comment !== undefined) {
    segments.push(['NTE', '1', '', escapeText(answer.comment, delimiters)].join(delimiters.field))
  }
  return joinSegments(segments, delimiters)
}

function buildRf1(message: Message, { status, referralId }: ReferralAnswer): string {
  const { delimiters } = message
  const sent = message.hl7.getSegment('RF1')
  const kept = [2, 3, 4, 5, 6, 7, 8, 9, 10].map((field) =>
    rewrite(sent?.getField(field)?.toString() ?? '', message),
  )
  const [code, text] = STATUS[status]
  const own = referralId === undefined ? [] : [escapeText(referralId, delimiters)]
  const state = [code, text, 'HL70283'].join(delimiters.component)
  return ['RF1', state, ...kept, ...own].join(delimiters.field)
}

function echo(message: Message, segment: string): string[] {
  return message.hl7.getAllSegments(segment).map((sent) => rewrite(sent.toString(), message))
}

/** Rewrites the escapes of what was sent, for `\Xhh\` means another character in another character set. */
function rewrite(text: string, { delimiters, charset }: Message): string {
  const leaf = (piece: string) => escapeText(unescapeText(piece, delimiters, charset), delimiters)
  return splitAt(text, delimiters)
    .map((piece, index) => (index % 2 === 0 ? leaf(piece) : piece))
    .join('')
}

/** The text's pieces and, between them, the delimiters that divide them. */
function splitAt(text: string, { field, component, repetition, subcomponent }: Delimiters): string[] {
  const divider = [field, component, repetition, subcomponent].map((character) => `\\${character}`).join('')
  return text.split(new RegExp(`([${divider}])`))
}
