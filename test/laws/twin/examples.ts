/** A small county for the twin's examples: one person with a Patient at each of three custodians, and one other. */
import type { CodeableConcept, Coding, Consent, ConsentProvision, FhirResource } from 'fhir/r4'
import defaults from '../../../mappings/default-table.json' with { type: 'json' }
import { codingOf, structure, system } from './labels.ts'
import type { TwinAsker, TwinRecord, TwinWorld } from './world.ts'

export const icd = 'http://hl7.org/fhir/sid/icd-10-cm'

export const concept = (from: string, code: string): CodeableConcept => ({ coding: [{ system: from, code }] })

export const labelled = (...codes: readonly string[]): { security: Coding[] } => ({
  security: codes.map(codingOf),
})

/** A record of a custodian; a wider view of the type, so that examples can be malformed on purpose. */
export const held = (custodian: string, resource: object, effective = true): TwinRecord => ({
  custodian,
  effective,
  resource: resource as FhirResource,
})

export const patient = (custodian: string, id: string, more: object = {}): TwinRecord =>
  held(custodian, { resourceType: 'Patient', id, name: [{ family: 'Reyes', given: ['Ana'] }], ...more })

export const observation = (custodian: string, id: string, subject: string, more: object = {}): TwinRecord =>
  held(custodian, {
    resourceType: 'Observation',
    id,
    status: 'final',
    code: concept('http://loinc.org', '8867-4'),
    subject: { reference: `Patient/${subject}` },
    effectiveDateTime: '2026-02-01',
    ...more,
  })

export const condition = (
  custodian: string,
  id: string,
  subject: string,
  code: string,
  more: object = {},
): TwinRecord =>
  held(custodian, {
    resourceType: 'Condition',
    id,
    code: concept(icd, code),
    subject: { reference: `Patient/${subject}` },
    onsetDateTime: '2026-02-01',
    ...more,
  })

export const purpose = (...codes: readonly string[]): Coding[] =>
  codes.map((code) => ({ system: system.actReason, code }))

export const labels = (...codes: readonly string[]): Coding[] => codes.map(codingOf)

export const actor = (role: string, reference: string): NonNullable<ConsentProvision['actor']>[number] => ({
  role: concept(system.participation, role),
  reference: { reference },
})

const statement = (name: string, valueString: string): { url: string; valueString: string } => ({
  url: structure(name),
  valueString,
})

/** A consent that carries every element of 42 CFR 2.31, filed at the program unless something else is said. */
export const consent = (
  id: string,
  provision: ConsentProvision | undefined,
  more: Partial<Consent> = {},
): TwinRecord =>
  held('program', {
    resourceType: 'Consent',
    id,
    status: 'active',
    scope: concept('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
    category: [concept('http://loinc.org', '59284-0')],
    patient: { reference: 'Patient/p-program', display: 'Ana Reyes' },
    dateTime: '2026-01-15',
    organization: [{ reference: 'Organization/program' }],
    extension: [
      statement('consent-description', 'What is listed'),
      statement('revocation-statement', 'In writing'),
      {
        url: structure('consent-signature'),
        valueSignature: {
          type: [
            { system: 'urn:iso-astm:E1762-95:2013', code: '1.2.840.10065.1.12.1.7' },
            { system: system.capacity, code: 'patient' },
          ],
          when: '2026-01-15T10:00:00-05:00',
          who: { reference: 'Patient/p-program' },
        },
      },
    ],
    ...(provision === undefined ? {} : { provision }),
    ...more,
  })

/** A permit for the clinic to treat. */
export const permit = (more: ConsentProvision = {}): ConsentProvision => ({
  type: 'permit',
  period: { start: '2026-01-15', end: '2026-06-30' },
  actor: [actor('IRCP', 'Organization/clinic')],
  purpose: purpose('TREAT'),
  securityLabel: labels('42CFRPart2', 'SUD'),
  ...more,
})

export const world = (records: readonly TwinRecord[], more: Partial<TwinWorld> = {}): TwinWorld => ({
  organizations: [
    { id: 'program', class: 'part2-program', part2: true },
    { id: 'hospital', class: 'covered-entity', state: 'WA' },
    { id: 'ward', class: 'covered-entity', partOf: 'Organization/hospital' },
    { id: 'clinic', class: 'covered-entity' },
    { id: 'clinic-desk', class: 'covered-entity', partOf: 'Organization/clinic' },
    { id: 'billing', class: 'business-associate', principal: 'clinic' },
    { id: 'school', class: 'school' },
    { id: 'county', class: 'public-health' },
    { id: 'broker', class: 'intermediary' },
    { id: 'broker-desk', class: 'intermediary', partOf: 'Organization/broker' },
  ],
  table: defaults.rows,
  persons: [
    ['p-program', 'p-hospital', 'p-clinic'],
    ['q-hospital', 'q-clinic'],
  ],
  crosswalk: [
    { organization: 'clinic', patient: 'p-clinic' },
    { organization: 'hospital', patient: 'p-hospital' },
  ],
  records: [patient('program', 'p-program'), patient('hospital', 'p-hospital'), ...records],
  ...more,
})

export const asker = (organization: string, more: Partial<TwinAsker> = {}): TwinAsker => ({
  organization,
  purpose: 'TREAT',
  moment: '2026-03-01T12:00:00Z',
  ...more,
})
