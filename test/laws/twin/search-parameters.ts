/** Search parameters of a handful of types, written by hand from the R4 resource pages. */

export type ParameterType = 'token' | 'reference' | 'date' | 'string' | 'quantity' | 'uri'

export interface Parameter {
  type: ParameterType
  /** Element paths; lists are walked through. */
  paths: readonly string[]
  /** Only references to this type count. */
  target?: string
  /** The system that a plain `code` element implies. */
  system?: string
}

const token = (paths: readonly string[], system?: string): Parameter =>
  system === undefined ? { type: 'token', paths } : { type: 'token', paths, system }

const reference = (paths: readonly string[], target?: string): Parameter =>
  target === undefined ? { type: 'reference', paths } : { type: 'reference', paths, target }

const date = (...paths: readonly string[]): Parameter => ({ type: 'date', paths })

const text = (...paths: readonly string[]): Parameter => ({ type: 'string', paths })

/** `patient` and `subject` of a clinical record. */
const subject = {
  patient: reference(['subject'], 'Patient'),
  subject: reference(['subject']),
}

const request = 'http://hl7.org/fhir/request-status'

/** http://hl7.org/fhir/R4/search.html#all */
const common: Readonly<Record<string, Parameter>> = {
  _id: token(['id']),
  _lastUpdated: date('meta.lastUpdated'),
  _security: token(['meta.security']),
  _tag: token(['meta.tag']),
  _profile: { type: 'uri', paths: ['meta.profile'] },
}

const humanName = ['name.family', 'name.given', 'name.prefix', 'name.suffix', 'name.text']

const byType: Readonly<Record<string, Readonly<Record<string, Parameter>>>> = {
  Patient: {
    identifier: token(['identifier']),
    birthdate: date('birthDate'),
    family: text('name.family'),
    given: text('name.given'),
    name: text(...humanName),
    gender: token(['gender'], 'http://hl7.org/fhir/administrative-gender'),
    organization: reference(['managingOrganization']),
    'general-practitioner': reference(['generalPractitioner']),
    link: reference(['link.other']),
  },
  Practitioner: { identifier: token(['identifier']), family: text('name.family'), name: text(...humanName) },
  Organization: {
    identifier: token(['identifier']),
    name: text('name', 'alias'),
    partof: reference(['partOf']),
  },
  Observation: {
    ...subject,
    identifier: token(['identifier']),
    code: token(['code']),
    category: token(['category']),
    status: token(['status'], 'http://hl7.org/fhir/observation-status'),
    date: date('effectiveDateTime', 'effectivePeriod', 'effectiveInstant'),
    encounter: reference(['encounter']),
    performer: reference(['performer']),
    'derived-from': reference(['derivedFrom']),
    'has-member': reference(['hasMember']),
    'value-concept': token(['valueCodeableConcept']),
    'value-quantity': { type: 'quantity', paths: ['valueQuantity'] },
  },
  Condition: {
    ...subject,
    identifier: token(['identifier']),
    code: token(['code']),
    category: token(['category']),
    'clinical-status': token(['clinicalStatus']),
    'onset-date': date('onsetDateTime', 'onsetPeriod'),
    encounter: reference(['encounter']),
  },
  Encounter: {
    ...subject,
    class: token(['class']),
    type: token(['type']),
    status: token(['status'], 'http://hl7.org/fhir/encounter-status'),
    date: date('period'),
    diagnosis: reference(['diagnosis.condition']),
    location: reference(['location.location']),
    'service-provider': reference(['serviceProvider']),
  },
  CarePlan: {
    ...subject,
    status: token(['status'], request),
    category: token(['category']),
    date: date('period'),
    condition: reference(['addresses']),
    encounter: reference(['encounter']),
    'care-team': reference(['careTeam']),
    'activity-reference': reference(['activity.reference']),
  },
  DocumentReference: {
    ...subject,
    identifier: token(['masterIdentifier', 'identifier']),
    type: token(['type']),
    status: token(['status'], 'http://hl7.org/fhir/document-reference-status'),
    date: date('date'),
    encounter: reference(['context.encounter']),
  },
  ServiceRequest: {
    ...subject,
    code: token(['code']),
    status: token(['status'], request),
    intent: token(['intent'], 'http://hl7.org/fhir/request-intent'),
    performer: reference(['performer']),
    requester: reference(['requester']),
    'based-on': reference(['basedOn']),
    encounter: reference(['encounter']),
    authored: date('authoredOn'),
  },
  MedicationRequest: {
    ...subject,
    code: token(['medicationCodeableConcept']),
    medication: reference(['medicationReference']),
    status: token(['status'], 'http://hl7.org/fhir/CodeSystem/medicationrequest-status'),
    intent: token(['intent'], 'http://hl7.org/fhir/CodeSystem/medicationrequest-intent'),
    requester: reference(['requester']),
    encounter: reference(['encounter']),
    authoredon: date('authoredOn'),
  },
  CareTeam: {
    ...subject,
    status: token(['status'], 'http://hl7.org/fhir/care-team-status'),
    participant: reference(['participant.member']),
  },
  List: {
    ...subject,
    code: token(['code']),
    status: token(['status'], 'http://hl7.org/fhir/list-status'),
    item: reference(['entry.item']),
  },
  Task: {
    patient: reference(['for'], 'Patient'),
    subject: reference(['for']),
    status: token(['status'], 'http://hl7.org/fhir/task-status'),
    intent: token(['intent'], 'http://hl7.org/fhir/task-intent'),
    code: token(['code']),
    owner: reference(['owner']),
    requester: reference(['requester']),
    focus: reference(['focus']),
    'based-on': reference(['basedOn']),
  },
}

export const parameterOf = (type: string, name: string): Parameter | undefined =>
  byType[type]?.[name] ?? common[name]
