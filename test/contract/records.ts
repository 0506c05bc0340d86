import type {
  CodeableConcept,
  Coding,
  Condition,
  DocumentReference,
  Observation,
  Patient,
  Practitioner,
  ServiceRequest,
} from 'fhir/r4'

const terminology = 'http://terminology.hl7.org/CodeSystem'

/** A security label: of v3-ActCode, or the gateway's own for what HL7 lacks. */
export const label = (code: string): Coding =>
  code === 'counseling-notes' || code === 'ferpa'
    ? { system: 'https://sluice.example/fhir/CodeSystem/sensitivity', code }
    : { system: `${terminology}/v3-ActCode`, code }

export const confidentiality = (code: string): Coding => ({
  system: `${terminology}/v3-Confidentiality`,
  code,
})

/** Labels as `meta`; nothing where there are none. */
export const labelled = (codes: readonly string[] = []): { meta?: { security: Coding[] } } =>
  codes.length === 0 ? {} : { meta: { security: codes.map(label) } }

export const concept = (system: string, code: string, text?: string): CodeableConcept => ({
  coding: [{ system, code }],
  ...(text === undefined ? {} : { text }),
})

export const loinc = (code: string): CodeableConcept => concept('http://loinc.org', code)
export const icd10 = (code: string): CodeableConcept => concept('http://hl7.org/fhir/sid/icd-10-cm', code)

export const patient = (id: string, more: Partial<Patient> = {}): Patient => ({
  resourceType: 'Patient',
  id,
  name: [{ family: `Family-${id}`, given: ['Given'] }],
  birthDate: '1990-05-01',
  gender: 'female',
  ...more,
})

export const practitioner = (id: string): Practitioner => ({
  resourceType: 'Practitioner',
  id,
  name: [{ family: `Doctor-${id}` }],
})

/** An ordinary observation: a blood pressure. */
export const observation = (id: string, subject: string, more: Partial<Observation> = {}): Observation => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: loinc('8480-6'),
  subject: { reference: `Patient/${subject}` },
  effectiveDateTime: '2026-03-01T09:00:00Z',
  ...more,
})

/** An ordinary condition: a cold. */
export const condition = (id: string, subject: string, more: Partial<Condition> = {}): Condition => ({
  resourceType: 'Condition',
  id,
  clinicalStatus: concept(`${terminology}/condition-clinical`, 'active'),
  code: icd10('J00'),
  subject: { reference: `Patient/${subject}` },
  ...more,
})

export const document = (
  id: string,
  subject: string,
  more: Partial<DocumentReference> = {},
): DocumentReference => ({
  resourceType: 'DocumentReference',
  id,
  status: 'current',
  type: loinc('11488-4'),
  subject: { reference: `Patient/${subject}` },
  content: [{ attachment: { contentType: 'text/plain', data: 'bm90ZQ==' } }],
  ...more,
})

export const serviceRequest = (
  id: string,
  subject: string,
  more: Partial<ServiceRequest> = {},
): ServiceRequest => ({
  resourceType: 'ServiceRequest',
  id,
  status: 'active',
  intent: 'order',
  code: concept('http://snomed.info/sct', '306206005'),
  subject: { reference: `Patient/${subject}` },
  ...more,
})

/** A resource as a client sends it to be created: without an id. */
export const unnamed = <T extends { id?: string }>({ id: _id, ...resource }: T): Omit<T, 'id'> => resource
