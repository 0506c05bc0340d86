import type { Observation, Patient, StructureDefinition } from 'fhir/r4'
import screening from '../../profiles/StructureDefinition-screening-observation.json' with { type: 'json' }

const narrative = (text: string) => ({
  status: 'generated' as const,
  div: `<div xmlns="http://www.w3.org/1999/xhtml"><p><b>${text}</b></p><table><tr><td>Riverbend</td><td>2026-03-01</td></tr></table></div>`,
})

/** A screening result with what a clinic sends along, conformant to the profile. */
export const observation: Observation = {
  resourceType: 'Observation',
  id: 'phq-9-total',
  meta: {
    versionId: '3',
    lastUpdated: '2026-03-01T09:31:12.345-05:00',
    security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'N' }],
  },
  text: narrative('PHQ-9 total score: 14'),
  identifier: [{ use: 'official', system: 'https://riverbend.example/results', value: 'R-20260301-0042' }],
  status: 'final',
  category: [
    {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/observation-category',
          code: 'survey',
          display: 'Survey',
        },
      ],
    },
  ],
  code: {
    coding: [{ system: 'http://loinc.org', code: '44261-6', display: 'PHQ-9 total score' }],
    text: 'PHQ-9 total score',
  },
  subject: { reference: 'Patient/example', display: 'Amara Okafor' },
  encounter: { reference: 'Encounter/intake' },
  effectiveDateTime: '2026-03-01T09:30:00-05:00',
  issued: '2026-03-01T09:31:12.345-05:00',
  performer: [{ reference: 'Practitioner/dr-lee' }, { reference: 'Organization/riverbend' }],
  valueQuantity: { value: 14, unit: 'score', system: 'http://unitsofmeasure.org', code: '{score}' },
  interpretation: [
    {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', code: 'H' }],
      text: 'moderate',
    },
  ],
  note: [{ text: 'Answered on paper in the waiting room.', time: '2026-03-01T09:32:00-05:00' }],
  referenceRange: [
    {
      low: { value: 0, unit: 'score', system: 'http://unitsofmeasure.org', code: '{score}' },
      high: { value: 4, unit: 'score', system: 'http://unitsofmeasure.org', code: '{score}' },
      text: 'none to minimal',
    },
  ],
  derivedFrom: [{ reference: 'QuestionnaireResponse/phq-9' }],
}

/** A patient as an EHR keeps one. */
export const patient: Patient = {
  resourceType: 'Patient',
  id: 'example',
  meta: { versionId: '7', lastUpdated: '2026-02-11T14:05:00.000Z' },
  text: narrative('Amara Okafor, born 1988-04-17'),
  extension: [
    { url: 'http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired', valueBoolean: false },
  ],
  identifier: [
    {
      use: 'usual',
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] },
      system: 'https://riverbend.example/mrn',
      value: '100042',
      assigner: { reference: 'Organization/riverbend' },
    },
    { system: 'http://hl7.org/fhir/sid/us-ssn', value: '999-12-3456', period: { start: '2004-05-01' } },
  ],
  active: true,
  name: [
    { use: 'official', family: 'Okafor', given: ['Amara', 'Chidinma'], prefix: ['Ms.'] },
    { use: 'maiden', family: 'Adeyemi', period: { start: '1988-04-17', end: '2015-06-20' } },
  ],
  telecom: [
    { system: 'phone', value: '+1 555 0100', use: 'mobile', rank: 1 },
    { system: 'email', value: 'amara@example.org', use: 'home' },
  ],
  gender: 'female',
  birthDate: '1988-04-17',
  deceasedBoolean: false,
  address: [
    {
      use: 'home',
      line: ['12 Mill Lane', 'Apt 3'],
      city: 'Riverbend',
      state: 'OH',
      postalCode: '45201',
      country: 'US',
      period: { start: '2019-08-01' },
    },
  ],
  maritalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'M' }],
  },
  contact: [
    {
      relationship: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0131', code: 'C' }] }],
      name: { family: 'Okafor', given: ['Chinedu'] },
      telecom: [{ system: 'phone', value: '+1 555 0101' }],
    },
  ],
  communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'en' }] }, preferred: true }],
  generalPractitioner: [{ reference: 'Practitioner/dr-lee' }],
  managingOrganization: { reference: 'Organization/riverbend' },
}

export const patientProfile: StructureDefinition = {
  resourceType: 'StructureDefinition',
  url: 'https://bench.example/StructureDefinition/patient',
  name: 'BenchPatient',
  status: 'draft',
  kind: 'resource',
  abstract: false,
  type: 'Patient',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
  derivation: 'constraint',
  differential: {
    element: [
      { id: 'Patient.identifier', path: 'Patient.identifier', min: 1 },
      { id: 'Patient.name', path: 'Patient.name', min: 1 },
      { id: 'Patient.name.family', path: 'Patient.name.family', min: 0, max: '1' },
      { id: 'Patient.telecom', path: 'Patient.telecom', max: '4' },
      { id: 'Patient.gender', path: 'Patient.gender', min: 1 },
      { id: 'Patient.birthDate', path: 'Patient.birthDate', min: 1 },
      { id: 'Patient.photo', path: 'Patient.photo', max: '0' },
      { id: 'Patient.managingOrganization', path: 'Patient.managingOrganization', min: 1 },
    ],
  },
}

export const observationProfile = screening as StructureDefinition
