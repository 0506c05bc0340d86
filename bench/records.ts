import type {
  Bundle,
  CarePlan,
  Condition,
  Consent,
  Encounter,
  FhirResource,
  Observation,
  Patient,
} from 'fhir/r4'
import { consent } from '../src/demo/consent.ts'

/** Observations of one patient. */
export const perPatient = 100

/** So many different charts there are: patient n has that of patient n modulo this, under ids of its own. */
export const kinds = 20

/** Every sixth is sensitive: 17 of 100. */
export const isSensitive = (place: number): boolean => place % 6 === 5

/** What begins the ids of all records of one patient, and is nowhere else. */
export const prefix = (patient: number): string => `bench-${patient}-`

/** The system of the numbers by which the clinic knows its patients. */
export const numbers = 'https://clinic.example/mrn'

const families = [
  'Abel',
  'Brandt',
  'Castro',
  'Dunne',
  'Elias',
  'Fabre',
  'Gruber',
  'Haas',
  'Ibarra',
  'Jansen',
] as const

const terminology = 'http://terminology.hl7.org/CodeSystem'

const measured = [
  ['survey', '44261-6', 'Patient Health Questionnaire 9 item (PHQ-9) total score'],
  ['vital-signs', '8867-4', 'Heart rate'],
  ['laboratory', '2339-0', 'Glucose [Mass/volume] in Blood'],
  ['survey', '70274-6', 'Generalized anxiety disorder 7 item (GAD-7) total score'],
  ['vital-signs', '29463-7', 'Body weight'],
] as const

const audit = ['survey', '75624-7', 'Total score [AUDIT]'] as const

const diagnoses = [
  'F32.1',
  'F41.1',
  'I10',
  'E11.9',
  'F11.20',
  'J45.909',
  'M54.50',
  'F43.10',
  'K21.9',
  'F10.20',
] as const

const day = 86_400_000

const instant = (days: number, kind = 0): string =>
  new Date(Date.UTC(2024, 0, 1) + days * day + kind * 3_600_000).toISOString().replace('.000Z', 'Z')

/** When a record was last stored: no two of one patient at once, and each patient a second after the one before. */
export const stored = (patient: number, place: number, version: number) => ({
  versionId: `${prefix(patient)}v${version}`,
  lastUpdated: new Date(
    Date.UTC(2026, 0, 1) + (place * 4 + version) * 3_600_000 + patient * 1000,
  ).toISOString(),
})

/** One Observation as a clinic sends it: about 900 bytes. */
export const observation = (patient: string, place: number, kind = 0): Observation => {
  const [category, code, display] = isSensitive(place)
    ? audit
    : (measured[place % measured.length] ?? measured[0])
  return {
    resourceType: 'Observation',
    status: 'final',
    category: [
      { coding: [{ system: `${terminology}/observation-category`, code: category, display: category }] },
    ],
    code: { coding: [{ system: 'http://loinc.org', code, display }], text: display },
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: instant(place * 8, kind),
    issued: instant(place * 8, kind),
    performer: [{ reference: 'Organization/clinic' }],
    valueQuantity: {
      value: 4 + ((place + kind) % 20),
      unit: '{score}',
      system: 'http://unitsofmeasure.org',
      code: '{score}',
    },
    note: [{ text: 'Taken at the visit; the patient was at ease and answered everything that was asked.' }],
  }
}

const person = (patient: number, kind = patient % kinds): Patient => ({
  resourceType: 'Patient',
  id: `${prefix(patient)}p`,
  active: true,
  identifier: [{ system: numbers, value: `${prefix(patient)}number` }],
  name: [{ use: 'official', family: families[kind % families.length], given: ['Robin'] }],
  gender: 'unknown',
  birthDate: `${1950 + ((kind * 3) % kinds) * 3}-05-0${1 + (kind % 9)}`,
})

const encounter = (patient: number, place: number): Encounter => ({
  resourceType: 'Encounter',
  id: `${prefix(patient)}e${place}`,
  status: 'finished',
  class: { system: `${terminology}/v3-ActCode`, code: 'AMB' },
  subject: { reference: `Patient/${prefix(patient)}p` },
  period: { start: instant(place * 80, patient % kinds), end: instant(place * 80 + 1, patient % kinds) },
  serviceProvider: { reference: 'Organization/clinic' },
})

const condition = (patient: number, place: number): Condition => ({
  resourceType: 'Condition',
  id: `${prefix(patient)}d${place}`,
  clinicalStatus: { coding: [{ system: `${terminology}/condition-clinical`, code: 'active' }] },
  code: {
    coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: diagnoses[place % diagnoses.length] }],
  },
  subject: { reference: `Patient/${prefix(patient)}p` },
  encounter: { reference: `Encounter/${prefix(patient)}e${place}` },
  recordedDate: instant(place * 80, patient % kinds),
})

/** The second plan also names a sensitive diagnosis: who may not see that gets a poorer cut. */
const carePlan = (patient: number, place: number): CarePlan => ({
  resourceType: 'CarePlan',
  id: `${prefix(patient)}t${place}`,
  status: 'active',
  intent: 'plan',
  title: 'Therapy once a week, and a walk every day',
  subject: { reference: `Patient/${prefix(patient)}p` },
  period: { start: instant(place * 200, patient % kinds) },
  addresses: (place === 0 ? [0, 2] : [1, 4]).map((one) => ({
    reference: `Condition/${prefix(patient)}d${one}`,
  })),
})

/** Everything that is held of one patient, in the order in which it was stored; a Consent for every second. */
export const chart = (patient: number, observations = perPatient): FhirResource[] => {
  const kind = patient % kinds
  const times = (count: number) => Array.from({ length: count }, (_, place) => place)
  const records: FhirResource[] = [
    person(patient),
    ...(kind % 2 === 0 ? [consented(patient)] : []),
    ...times(10).map((place) => encounter(patient, place)),
    ...times(10).map((place) => condition(patient, place)),
    ...times(2).map((place) => carePlan(patient, place)),
    ...times(observations).map((place) => ({
      ...observation(`${prefix(patient)}p`, place, kind),
      id: `${prefix(patient)}o${place}`,
      encounter: { reference: `Encounter/${prefix(patient)}e${place % 10}` },
    })),
  ]
  return records.map((record, place) => ({ ...record, meta: stored(patient, place, 3) }))
}

/** Earlier versions of a chart, the oldest first: what was corrected since. */
export const earlier = (patient: number, observations = perPatient): FhirResource[][] =>
  [1, 2].map((version) =>
    chart(patient, observations).flatMap((record, place): FhirResource[] => {
      const meta = stored(patient, place, version)
      if (record.resourceType === 'Patient')
        return [{ ...record, active: false, meta, multipleBirthInteger: version }]
      if (record.resourceType === 'Observation' && version === 2 && place % 5 === 0)
        return [{ ...record, status: 'preliminary', meta }]
      return []
    }),
  )

/** A consent that lets the hospital have what is sensitive. */
const consented = (patient: number): Consent => ({
  ...consent({
    id: `${prefix(patient)}c`,
    patient: `Patient/${prefix(patient)}p`,
    name: 'Robin Bench',
    from: ['clinic'],
    words: 'Everything that is about substance use, to the hospital, for treatment.',
    signed: '2026-01-02',
    end: '2036-01-02',
    signer: { who: `Patient/${prefix(patient)}p`, capacity: 'patient' },
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
