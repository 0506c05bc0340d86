import type {
  CarePlan,
  CarePlanActivity,
  CareTeam,
  CodeableConcept,
  Condition,
  DocumentReference,
  Encounter,
  Goal,
  Identifier,
  MedicationRequest,
  Patient,
  RelatedPerson,
} from 'fhir/r4'
import {
  accommodation,
  at,
  documentType,
  hl7,
  label,
  loinc,
  mercyMrn,
  ref,
  riverbendMrn,
  roleCode,
} from './codes.ts'

/** A synthetic person, as every custodian writes it down. */
export type Person = {
  readonly given: string
  readonly family: string
  readonly gender: 'female' | 'male' | 'other' | 'unknown'
  readonly birthDate: string
  readonly riverbend?: string
  readonly mercy?: string
}

export const nameOf = (person: Person): string => `${person.given} ${person.family}`

const identifiers = (person: Person, own: boolean): Identifier[] => [
  ...(own && person.riverbend !== undefined ? [{ system: riverbendMrn, value: person.riverbend }] : []),
  ...(person.mercy === undefined ? [] : [{ system: mercyMrn, value: person.mercy }]),
]

const patient = (id: string, person: Person, own: boolean): Patient => ({
  resourceType: 'Patient',
  id,
  identifier: identifiers(person, own),
  active: true,
  name: [{ use: 'official', family: person.family, given: [person.given] }],
  gender: person.gender,
  birthDate: person.birthDate,
})

/** The Patient of Riverbend or its program: Riverbend's number, and the hospital's where it is known. */
export const clinicPatient = (id: string, person: Person): Patient => patient(id, person, true)

/** The hospital's own Patient: its number ties the two charts. */
export const hospitalPatient = (id: string, person: Person): Patient => patient(id, person, false)

export const relatedPerson = (
  id: string,
  patientId: string,
  name: { given: string; family: string },
  relationship: readonly [string, string],
): RelatedPerson => ({
  resourceType: 'RelatedPerson',
  id,
  active: true,
  patient: ref(`Patient/${patientId}`),
  relationship: [roleCode(...relationship)],
  name: [{ family: name.family, given: [name.given] }],
})

export const condition = (
  id: string,
  patientId: string,
  code: CodeableConcept,
  onset: string,
  recorder?: string,
): Condition => ({
  resourceType: 'Condition',
  id,
  clinicalStatus: hl7('condition-clinical', 'active'),
  verificationStatus: hl7('condition-ver-status', 'confirmed'),
  category: [hl7('condition-category', 'problem-list-item')],
  code,
  subject: ref(`Patient/${patientId}`),
  onsetDateTime: onset,
  recordedDate: onset,
  ...(recorder !== undefined && { recorder: ref(`Practitioner/${recorder}`) }),
})

export const medication = (
  id: string,
  patientId: string,
  drug: CodeableConcept,
  order: { on: string; by: string; dose: string; because?: string; status?: MedicationRequest['status'] },
): MedicationRequest => ({
  resourceType: 'MedicationRequest',
  id,
  status: order.status ?? 'active',
  intent: 'order',
  medicationCodeableConcept: drug,
  subject: ref(`Patient/${patientId}`),
  authoredOn: at(order.on),
  requester: ref(`Practitioner/${order.by}`),
  ...(order.because !== undefined && { reasonReference: [ref(`Condition/${order.because}`)] }),
  dosageInstruction: [{ text: order.dose }],
})

export const goal = (id: string, patientId: string, text: string, on: string, addresses?: string): Goal => ({
  resourceType: 'Goal',
  id,
  lifecycleStatus: 'active',
  description: { text },
  subject: ref(`Patient/${patientId}`),
  startDate: on,
  ...(addresses !== undefined && { addresses: [ref(`Condition/${addresses}`)] }),
})

/** A planned activity, and what it is done for. */
export const activity = (code: CodeableConcept, text: string, because?: string): CarePlanActivity => ({
  detail: {
    kind: 'ServiceRequest',
    code,
    status: 'in-progress',
    description: text,
    ...(because !== undefined && { reasonReference: [ref(`Condition/${because}`)] }),
  },
})

export const carePlan = (
  id: string,
  patientId: string,
  plan: {
    title: string
    from: string
    to?: string
    author: string
    category?: CodeableConcept
    activity: CarePlanActivity[]
    addresses?: readonly string[]
    goals?: readonly string[]
    careTeam?: string
  },
): CarePlan => ({
  resourceType: 'CarePlan',
  id,
  status: 'active',
  intent: 'plan',
  category: [
    plan.category ?? {
      coding: [{ system: 'http://hl7.org/fhir/us/core/CodeSystem/careplan-category', code: 'assess-plan' }],
    },
  ],
  title: plan.title,
  subject: ref(`Patient/${patientId}`),
  period: { start: plan.from, ...(plan.to !== undefined && { end: plan.to }) },
  author: ref(`Practitioner/${plan.author}`),
  ...(plan.careTeam !== undefined && { careTeam: [ref(`CareTeam/${plan.careTeam}`)] }),
  ...(plan.addresses && { addresses: plan.addresses.map((it) => ref(`Condition/${it}`)) }),
  ...(plan.goals && { goal: plan.goals.map((it) => ref(`Goal/${it}`)) }),
  activity: plan.activity,
})

/** What a school may see of a plan: coded accommodations, dates, an author. No diagnosis, nothing of the treatment. */
export const schoolPlan = (
  id: string,
  patientId: string,
  plan: { from: string; to: string; author: string; accommodations: readonly (readonly [string, string])[] },
): CarePlan =>
  carePlan(id, patientId, {
    ...plan,
    title: 'School accommodations',
    category: documentType('school-accommodations', 'School accommodations'),
    activity: plan.accommodations.map(([code, display]) => ({
      detail: { code: accommodation(code, display), status: 'in-progress' },
    })),
  })

export const careTeam = (id: string, patientId: string, members: readonly string[]): CareTeam => ({
  resourceType: 'CareTeam',
  id,
  status: 'active',
  subject: ref(`Patient/${patientId}`),
  participant: members.map((member) => ({
    role: [{ text: 'clinician' }],
    member: ref(`Practitioner/${member}`),
  })),
})

export const encounter = (
  id: string,
  patientId: string,
  visit: {
    on: string
    hours?: number
    class?: 'AMB' | 'EMER'
    type: CodeableConcept
    by: string
    at: string
    reason?: CodeableConcept
  },
): Encounter => ({
  resourceType: 'Encounter',
  id,
  status: 'finished',
  class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: visit.class ?? 'AMB' },
  type: [visit.type],
  subject: ref(`Patient/${patientId}`),
  participant: [{ individual: ref(`Practitioner/${visit.by}`) }],
  period: { start: at(visit.on), end: at(visit.on, 17 + (visit.hours ?? 1)) },
  ...(visit.reason && { reasonCode: [visit.reason] }),
  serviceProvider: ref(`Organization/${visit.at}`),
})

export const document = (
  id: string,
  patientId: string,
  paper: { type: CodeableConcept; on: string; by: string; text: string; labels?: readonly string[] },
): DocumentReference => ({
  resourceType: 'DocumentReference',
  id,
  ...(paper.labels && { meta: { security: paper.labels.map(label) } }),
  status: 'current',
  docStatus: 'final',
  type: paper.type,
  subject: ref(`Patient/${patientId}`),
  date: at(paper.on),
  author: [ref(`Practitioner/${paper.by}`)],
  content: [
    { attachment: { contentType: 'text/plain', data: btoa(paper.text), title: paper.type.text ?? id } },
  ],
  context: { period: { start: at(paper.on), end: at(paper.on, 18) } },
})

/** Notes kept apart from the record: 45 CFR 164.501. */
export const psychotherapyNote = (
  id: string,
  patientId: string,
  on: string,
  by: string,
  text: string,
): DocumentReference =>
  document(id, patientId, { type: loinc('11488-4', 'Consult note'), on, by, text, labels: ['PSYTHPN'] })
