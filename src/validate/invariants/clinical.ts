import { has, hasValue, isCoded, isIn, objects } from './invariant.ts'
import type { Invariant } from './invariant.ts'
import { isObject, isSame } from '../json.ts'
import type { Json } from '../json.ts'
import { targetType } from '../references.ts'

const clinicalStatus = 'http://terminology.hl7.org/CodeSystem/condition-clinical'
const verificationStatus = 'http://terminology.hl7.org/CodeSystem/condition-ver-status'
const allergyVerification = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification'

const isMistaken = (v: Json) => isCoded(v.verificationStatus, verificationStatus, 'entered-in-error')
const isMistakenAllergy = (v: Json) => isCoded(v.verificationStatus, allergyVerification, 'entered-in-error')

/** What a reference says nothing about may be a Practitioner. */
const isPractitioner = (member: unknown, resource: Json) =>
  !isObject(member) || (targetType(member, resource) ?? 'Practitioner') === 'Practitioner'

/** Whether two CodeableConcepts have a Coding that is the same. */
const shareCoding = (one: unknown, other: unknown) =>
  isObject(one) &&
  isObject(other) &&
  objects(one.coding).some((coding) => objects(other.coding).some((same) => isSame(coding, same)))

/** The constraints on clinical and directory resources. */
export const clinical: readonly Invariant[] = [
  {
    on: 'Condition',
    key: 'con-4',
    text: 'a condition that abated must have a clinical status of inactive, resolved or remission',
    holds: (v) =>
      !Object.keys(v).some((name) => name.startsWith('abatement')) ||
      isCoded(v.clinicalStatus, clinicalStatus, 'resolved', 'remission', 'inactive'),
  },
  {
    on: 'Condition',
    key: 'con-5',
    text: 'a condition entered in error must have no clinical status',
    holds: (v) => !isMistaken(v) || !has(v, 'clinicalStatus'),
  },
  {
    on: 'AllergyIntolerance',
    key: 'ait-1',
    text: 'an allergy must have a clinical status unless it was entered in error',
    holds: (v) => isMistakenAllergy(v) || has(v, 'clinicalStatus'),
  },
  {
    on: 'AllergyIntolerance',
    key: 'ait-2',
    text: 'an allergy entered in error must have no clinical status',
    holds: (v) => !isMistakenAllergy(v) || !has(v, 'clinicalStatus'),
  },
  {
    on: 'Consent',
    key: 'ppc-1',
    text: 'a consent must have a policy or a policy rule',
    holds: (v) => has(v, 'policy', 'policyRule'),
  },
  {
    on: 'CareTeam.participant',
    key: 'ctm-1',
    text: 'only a Practitioner is a member on behalf of an organization',
    holds: (v, resource) => !has(v, 'onBehalfOf') || isPractitioner(v.member, resource),
  },
  {
    on: 'Observation',
    key: 'obs-6',
    text: '`dataAbsentReason` must not be there beside a value',
    holds: (v) => !has(v, 'dataAbsentReason') || !hasValue(v),
  },
  {
    on: 'Observation',
    key: 'obs-7',
    text: 'a component must not have the code of the observation where both have values',
    holds: (v) => !hasValue(v) || !objects(v.component).some(({ code }) => shareCoding(code, v.code)),
  },
  {
    on: 'Observation.referenceRange',
    key: 'obs-3',
    text: 'a reference range must have a low, a high or text',
    holds: (v) => has(v, 'low', 'high', 'text'),
  },
  {
    on: 'Organization',
    key: 'org-1',
    text: 'an organization must have a name or an identifier',
    holds: (v) => has(v, 'name', 'identifier'),
  },
  {
    on: 'Organization',
    key: 'org-2',
    text: 'an address of an organization is never of use home',
    holds: (v) => objects(v.address).every(({ use }) => use !== 'home'),
  },
  {
    on: 'Organization',
    key: 'org-3',
    text: 'a telecom of an organization is never of use home',
    holds: (v) => objects(v.telecom).every(({ use }) => use !== 'home'),
  },
  {
    on: 'Patient.contact',
    key: 'pat-1',
    text: 'a contact must have a name, telecom, address or organization',
    holds: (v) => has(v, 'name', 'telecom', 'address', 'organization'),
  },
  {
    on: 'Appointment',
    key: 'app-2',
    text: 'start and end must both be there or both be left out',
    holds: (v) => has(v, 'start') === has(v, 'end'),
  },
  {
    on: 'Appointment',
    key: 'app-3',
    text: 'only a proposed, cancelled or waitlisted appointment may have no start and end',
    holds: (v) => (has(v, 'start') && has(v, 'end')) || isIn(v.status, 'proposed', 'cancelled', 'waitlist'),
  },
  {
    on: 'Appointment.participant',
    key: 'app-1',
    text: 'a participant must have a type or an actor',
    holds: (v) => has(v, 'type', 'actor'),
  },
]
