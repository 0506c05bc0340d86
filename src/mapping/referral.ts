import addressType from '../../mappings/hospital/codes/address-type.json' with { type: 'json' }
import administrativeSex from '../../mappings/hospital/codes/administrative-sex.json' with { type: 'json' }
import codingSystem from '../../mappings/hospital/codes/coding-system.json' with { type: 'json' }
import contactRelationship from '../../mappings/hospital/codes/contact-relationship.json' with { type: 'json' }
import diagnosisType from '../../mappings/hospital/codes/diagnosis-type.json' with { type: 'json' }
import identifierType from '../../mappings/hospital/codes/identifier-type.json' with { type: 'json' }
import nameType from '../../mappings/hospital/codes/name-type.json' with { type: 'json' }
import referralCategory from '../../mappings/hospital/codes/referral-category.json' with { type: 'json' }
import referralPriority from '../../mappings/hospital/codes/referral-priority.json' with { type: 'json' }
import referralReason from '../../mappings/hospital/codes/referral-reason.json' with { type: 'json' }
import referralStatus from '../../mappings/hospital/codes/referral-status.json' with { type: 'json' }
import referralType from '../../mappings/hospital/codes/referral-type.json' with { type: 'json' }
import telecomEquipment from '../../mappings/hospital/codes/telecom-equipment.json' with { type: 'json' }
import telecomUse from '../../mappings/hospital/codes/telecom-use.json' with { type: 'json' }
import refI12 from '../../mappings/hospital/ref-i12.json' with { type: 'json' }
import type { Bundle } from 'fhir/r4'
import type { Message } from './hl7v2/parse.ts'
import { type Hl7Problem, problemAt } from './hl7v2/problem.ts'
import { REF_I12, sourceModel } from './hl7v2/segments.ts'
import { readSource, type Source } from './hl7v2/source.ts'
import { compileTemplate } from './template/compile.ts'
import { isObject } from './template/json.ts'
import { problemOf } from './hl7v2/failure-problem.ts'

/** What a map has to know of the partner that sent a message. */
export type ReferralPartner = {
  readonly id: string
  /** The sender, as `Organization/<id>`. */
  readonly organization: string
  /** The organization referred to, as `Organization/<id>`. */
  readonly receiver: string
  /** An IANA zone or a fixed offset, for times that come without one. */
  readonly timeZone: string
  /** Identifier systems by assigning authority (HD.1 or HD.2). */
  readonly systems: { readonly [authority: string]: string }
  /** The identifier system of the sender's referral numbers (RF1-6), where it has one. */
  readonly referrals?: string
}

/** What identifies a message for idempotency and for its answer. */
export type Control = {
  readonly id: string
  readonly sendingApplication: string
  readonly sendingFacility: string
  readonly receivingFacility: string
  readonly timestamp: string
}

export type MappedReferral =
  | {
      readonly ok: true
      readonly bundle: Bundle
      readonly control: Control
      readonly ignored: readonly string[]
    }
  | { readonly ok: false; readonly problem: Hl7Problem }

/** The segments that the map takes nothing from: they stay in the message, which is kept. */
const UNREAD: readonly string[] = ['AUT', 'AL1', 'OBX']

const map = compileTemplate(refI12, {
  model: {
    ...sourceModel(REF_I12),
    Partner: {
      organization: { type: 'value' },
      receiver: { type: 'value' },
      systems: { type: 'PartnerSystem' },
      referrals: { type: 'value' },
    },
    PartnerSystem: { authority: { type: 'value' }, system: { type: 'value' } },
    Ids: {
      patient: { type: 'value' },
      conditions: { type: 'value' },
      request: { type: 'value' },
      task: { type: 'value' },
    },
  },
  concepts: {
    'address-type': addressType,
    'administrative-sex': administrativeSex,
    'coding-system': codingSystem,
    'contact-relationship': contactRelationship,
    'diagnosis-type': diagnosisType,
    'identifier-type': identifierType,
    'name-type': nameType,
    'referral-category': referralCategory,
    'referral-priority': referralPriority,
    'referral-reason': referralReason,
    'referral-status': referralStatus,
    'referral-type': referralType,
    'telecom-equipment': telecomEquipment,
    'telecom-use': telecomUse,
  },
})

/**
 * Maps a REF^I12 (HL7 v2.5.1, 11.5.1) to a transaction Bundle (https://hl7.org/fhir/R4/http.html#transaction)
 * of the Patient, a Condition for each DG1, the ServiceRequest and its Task. `ids` gives a new UUID each time.
 * `ignored` names the segments that nothing was taken from.
 */
export function mapReferral(message: Message, partner: ReferralPartner, ids: () => string): MappedReferral {
  const wrong = checkType(message)
  if (wrong) return { ok: false, problem: wrong }
  const read = readSource(message, REF_I12, partner.timeZone)
  if (!read.ok) return read
  const mapped = map(read.source, variables(read.source, partner, ids))
  if (!mapped.ok) return { ok: false, problem: problemOf(mapped.failure) }
  if (!isBundle(mapped.value)) {
    return { ok: false, problem: { code: 'AE', errorCode: '207', text: 'the map did not give a Bundle' } }
  }
  const ignored = [...read.ignored, ...UNREAD.filter((segment) => read.source[segment])]
  return { ok: true, bundle: mapped.value, control: controlOf(message), ignored }
}

/** The template's constants and required markers make it a Bundle; profiles are checked on the way in. */
function isBundle(value: unknown): value is Bundle {
  return isObject(value) && value['resourceType'] === 'Bundle'
}

function checkType({ header }: Message): Hl7Problem | undefined {
  const location = { segment: 'MSH', field: 9, occurrence: 1, line: 1 }
  if (header.type.code !== 'REF') return problemAt('AR', '200', location, 'the message type is not REF')
  if (header.type.event !== 'I12') return problemAt('AR', '201', location, 'the event is not I12')
  return undefined
}

function variables(source: Source, partner: ReferralPartner, ids: () => string) {
  const systems = Object.entries(partner.systems).map(([authority, system]) => ({ authority, system }))
  return {
    partner: {
      organization: partner.organization,
      receiver: partner.receiver,
      systems,
      ...(partner.referrals !== undefined && { referrals: partner.referrals }),
    },
    ids: {
      patient: ids(),
      conditions: (source['DG1'] ?? []).map(() => ids()),
      request: ids(),
      task: ids(),
    },
  }
}

function controlOf({ header }: Message): Control {
  const { sendingApplication, sendingFacility, receivingFacility, timestamp } = header
  return { id: header.controlId, sendingApplication, sendingFacility, receivingFacility, timestamp }
}
