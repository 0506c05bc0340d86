import { accept } from '../accept.ts'
import { transactionSubmissions } from '../api/bundle.ts'
import type { Caller } from '../authenticate/caller.ts'
import { buildAck } from '../mapping/hl7v2/acknowledge.ts'
import { type Header, type Message, parseMessage } from '../mapping/hl7v2/parse.ts'
import { type Hl7Problem, problemAt } from '../mapping/hl7v2/problem.ts'
import { buildReferralResponse } from '../mapping/hl7v2/referral-response.ts'
import { mapReferral } from '../mapping/referral.ts'
import { Refusal } from '../problem.ts'
import type { Services } from '../services.ts'
import { keepArrival, settleArrival } from './inbox.ts'
import { type Hl7v2Partner, lineCaller, partnerFor } from './hl7v2-partner.ts'

/** How a message came: over MLLP, or over HTTPS with a token. */
export interface Via {
  readonly channel: 'mllp' | 'https'
  readonly caller?: Caller
}

/**
 * Receives one HL7 v2 message and gives the answer to send. The raw message is committed before anything is done with
 * it, and what it became before it is acknowledged: AA means stored (HL7 v2.5.1, 2.9.2). New, matched and held patients
 * are answered alike (CONSENT rules, section 1).
 */
export const receiveHl7v2 = async (services: Services, bytes: Uint8Array, via: Via): Promise<string> => {
  const parsed = parseMessage(bytes)
  const header = parsed.ok ? parsed.message.header : parsed.header
  const partner = header === undefined ? undefined : await partnerFor(services.database, header, via.caller)
  const stored = await keepArrival(services.database, {
    received: services.clock.now(),
    partner: partner?.organization,
    channel: via.channel,
    identity:
      partner === undefined || header === undefined
        ? undefined
        : [partner.organization, header.sendingApplication, header.sendingFacility, header.controlId].join(
            '|',
          ),
    hash: await sha256(bytes),
    raw: bytes,
  })
  if (stored.kind === 'replay') return stored.answer
  if (stored.kind === 'other-content')
    return nak(
      services,
      header,
      problemAt(
        'AE',
        '205',
        { segment: 'MSH', field: 10 },
        'this control id came before with other content; the message is held for a person',
      ),
    )
  const problem = parsed.ok ? refusalOf(parsed.message, partner) : parsed.problem
  if (!parsed.ok || problem !== undefined || partner === undefined)
    return settleRefused(services, stored.key, header, problem ?? unknownSender)
  return process(services, stored.key, parsed.message, partner, via)
}

const unknownSender = problemAt(
  'AR',
  '204',
  { segment: 'MSH', field: 4 },
  'the sending facility is not registered here; register it with `partner add`',
)

const nul = problemAt(
  'AE',
  '102',
  { segment: 'MSH' },
  'a value in the message has the character NUL, which no FHIR text may have',
)

const refusalOf = ({ header }: Message, partner: Hl7v2Partner | undefined): Hl7Problem | undefined => {
  if (partner === undefined) return unknownSender
  if (header.type.code !== 'REF')
    return problemAt('AR', '200', { segment: 'MSH', field: 9 }, 'only REF^I12 is taken here')
  if (header.type.event !== 'I12')
    return problemAt('AR', '201', { segment: 'MSH', field: 9 }, 'only REF^I12 is taken here')
  if (partner.mapping === undefined)
    return problemAt('AR', '204', { segment: 'MSH', field: 6 }, 'the receiving facility is not known here')
  return undefined
}

const process = async (
  services: Services,
  key: bigint,
  message: Message,
  partner: Hl7v2Partner,
  via: Via,
): Promise<string> => {
  const mapped =
    partner.mapping === undefined ? undefined : mapReferral(message, partner.mapping, services.ids.resource)
  if (mapped === undefined || !mapped.ok)
    return settleRefused(services, key, message.header, mapped?.problem ?? unknownSender)
  if (JSON.stringify(mapped.bundle).includes('\\u0000'))
    return settleRefused(services, key, message.header, nul)
  const answer = buildReferralResponse(message, {
    status: 'pending',
    id: controlIds(services),
    now: services.clock.now(),
    comment: 'received',
  })
  const caller =
    via.caller ?? (await services.database.transaction((connection) => lineCaller(connection, partner)))
  try {
    await accept(
      services,
      {
        interaction: 'transaction',
        request: services.ids.request(),
        caller,
        alongside: async (connection) => {
          if (!(await settleArrival(connection, key, 'accepted', answer))) throw new Overtaken()
        },
      },
      transactionSubmissions(services, mapped.bundle),
    )
    return answer
  } catch (fault) {
    if (fault instanceof Overtaken) return answer
    if (!(fault instanceof Refusal)) throw fault
    return settleRefused(services, key, message.header, refused(fault))
  }
}

/** The same message was accepted by another connection while this one was being worked on. */
class Overtaken extends Error {}

/** Why the way in refused it, in the sender's own terms: the elements that are at fault, never their values. */
const refused = ({ problem }: Refusal): Hl7Problem => {
  const issues = 'issues' in problem ? problem.issues : []
  const text = issues
    .map(({ text: own, expression }) => (expression === undefined ? own : `${expression}: ${own}`))
    .join('; ')
  const said = 'text' in problem ? problem.text : text
  return { code: 'AE', errorCode: '207', text: said === '' ? 'the message could not be stored' : said }
}

const settleRefused = async (
  services: Services,
  key: bigint,
  header: Header | undefined,
  problem: Hl7Problem,
): Promise<string> => {
  const answer = nak(services, header, problem)
  await settleArrival(
    services.database,
    key,
    problem.hold === true ? 'held' : 'refused',
    answer,
    problem.text,
  )
  return answer
}

/** A negative acknowledgment that says what is wrong and where. */
export const nak = (services: Services, header: Header | undefined, problem: Hl7Problem): string =>
  buildAck(header, problem.code, { id: controlIds(services), now: services.clock.now() }, problem)

/** MSH-10 holds twenty characters. */
const controlIds = (services: Services) => () => services.ids.request().replaceAll('-', '').slice(0, 20)

const sha256 = async (bytes: Uint8Array): Promise<string> => {
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(bytes))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
