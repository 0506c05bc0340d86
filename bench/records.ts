import type { Bundle, Consent, FhirResource, Observation } from 'fhir/r4'
import { consent } from '../src/demo/consent.ts'

/** Observations of one patient. */
export const perPatient = 100

/** Every sixth is sensitive: 17 of 100. */
export const isSensitive = (place: number): boolean => place % 6 === 5

const kinds = [
  ['survey', '44261-6', 'Patient Health Questionnaire 9 item (PHQ-9) total score'],
  ['vital-signs', '8867-4', 'Heart rate'],
  ['laboratory', '2339-0', 'Glucose [Mass/volume] in Blood'],
  ['survey', '70274-6', 'Generalized anxiety disorder 7 item (GAD-7) total score'],
  ['vital-signs', '29463-7', 'Body weight'],
] as const

const audit = ['survey', '75624-7', 'Total score [AUDIT]'] as const

const day = (place: number): string =>
  new Date(Date.UTC(2024, 0, 1) + place * 8 * 86_400_000).toISOString().replace('.000Z', 'Z')

/** One Observation as a clinic sends it: about 900 bytes. */
export const observation = (patient: string, place: number): Observation => {
  const [category, code, display] = isSensitive(place) ? audit : (kinds[place % kinds.length] ?? kinds[0])
  return {
    resourceType: 'Observation',
    status: 'final',
    category: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/observation-category',
            code: category,
            display: category,
          },
        ],
      },
    ],
    code: { coding: [{ system: 'http://loinc.org', code, display }], text: display },
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: day(place),
    issued: day(place),
    performer: [{ reference: 'Organization/clinic' }],
    valueQuantity: {
      value: 4 + (place % 20),
      unit: '{score}',
      system: 'http://unitsofmeasure.org',
      code: '{score}',
    },
    note: [{ text: 'Taken at the visit; the patient was at ease and answered everything that was asked.' }],
  }
}

/** Everything that is held of one patient, without consents. */
export const chart = (patient: number): FhirResource[] => [
  {
    resourceType: 'Patient',
    id: `bench-${patient}-p`,
    active: true,
    name: [{ use: 'official', family: `Bench${patient}`, given: ['Robin'] }],
    gender: 'unknown',
    birthDate: '1980-01-01',
  },
  ...Array.from({ length: perPatient }, (_, place) => ({
    ...observation(`bench-${patient}-p`, place),
    id: `bench-${patient}-o${place}`,
  })),
]

/** A consent that lets the hospital have what is sensitive. */
export const consented = (patient: number): Consent => ({
  ...consent({
    id: `bench-${patient}-c`,
    patient: `Patient/bench-${patient}-p`,
    name: `Robin Bench${patient}`,
    from: ['clinic'],
    words: 'Everything that is about substance use, to the hospital, for treatment.',
    signed: '2026-01-02',
    end: '2036-01-02',
    signer: { who: `Patient/bench-${patient}-p`, capacity: 'patient' },
    policies: ['hipaa'],
    rules: [{ to: ['hospital'], purposes: ['TREAT'], labels: ['SUD'] }],
  }),
})

/** A transaction that creates so many Observations of one patient. */
export const transaction = (patient: string, entries: number): Bundle => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: Array.from({ length: entries }, (_, place) => ({
    fullUrl: `urn:uuid:00000000-0000-4000-8000-${String(place).padStart(12, '0')}`,
    resource: observation(patient, place),
    request: { method: 'POST', url: 'Observation' },
  })),
})
