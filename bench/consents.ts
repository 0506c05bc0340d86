import { sql } from 'drizzle-orm'
import type { Consent } from 'fhir/r4'
import { accept } from '../src/accept.ts'
import { consent } from '../src/demo/consent.ts'
import type { Services } from '../src/services.ts'
import { list } from '../src/store/database.ts'
import { rebuildPermits } from '../src/store/permits.ts'
import { observation, prefix } from './records.ts'
import type { Shape } from './shapes.ts'
import { importChart, importer, put } from './world.ts'

/**
 * Patients beside the others, by number: with few records, with many, and with many under many consents. Charts of odd
 * numbers have no consent of their own.
 */
const besides = (patients: number) => ({ few: patients + 1, many: patients + 3, governed: patients + 5 })

/** Consents of the one who has many. */
const consents = 20

/** What consents cost beside what the same costs without them; `besides` must be in the world. */
export const consentShapes = (patients: number): Shape[] => {
  const { few, many, governed } = besides(patients)
  const page = (patient: number) => [
    {
      method: 'GET' as const,
      path: `/fhir/Observation?patient=Patient/${prefix(patient)}p&category=vital-signs&_count=20`,
    },
  ]
  const written = (patient: number) =>
    ['2026-01-02', '2026-01-03'].map((signed) => {
      const body = consentOf(patient, consents, signed)
      return { method: 'PUT' as const, path: `/fhir/Consent/${body.id ?? ''}`, body }
    })
  return [
    {
      name: `search under ${consents} consents`,
      sends: page(governed),
      beside: page(many),
      expect: 200,
      promised: { beside: { most: 1.25 } },
    },
    {
      name: 'Consent, many records',
      sends: written(many),
      beside: written(few),
      by: 'desk',
      expect: 200,
      promised: { beside: { most: 1.15 } },
    },
  ]
}

const recipients = ['hospital', ...Array.from({ length: 10 }, (_, other) => `practice-${other}`)]
const labels = ['SUD', 'HIV', 'SEX', 'SDV']

/** Each speaks of another recipient, purpose or label. All that they open is sensitive: what is ordinary goes out as it did. */
const consentOf = (patient: number, place: number, signed: string): Consent =>
  consent({
    id: `${prefix(patient)}c${place}`,
    patient: `Patient/${prefix(patient)}p`,
    name: 'Robin Bench',
    from: ['clinic'],
    words: 'What is sensitive, to those who are named.',
    signed,
    end: '2036-01-02',
    signer: { who: `Patient/${prefix(patient)}p`, capacity: 'patient' },
    policies: ['hipaa'],
    rules: [
      {
        to: [recipients[place % recipients.length] ?? 'hospital'],
        purposes: place % 2 === 0 ? ['TREAT'] : ['TREAT', 'COC'],
        labels: [labels[place % labels.length] ?? 'SUD'],
      },
    ],
  })

/** Stores these patients through the front door: `records` Observations of those who have many. */
export const addBesides = async (
  services: Services,
  patients: number,
  records: number,
  say: (text: string) => void,
): Promise<void> => {
  const { few, many, governed } = besides(patients)
  const writer = {
    interaction: 'import',
    request: 'bench',
    caller: await importer(services),
    imports: 'trusted',
  } as const
  const first = 20
  for (const patient of [few, many, governed]) await importChart(services, patient, first)
  for (const patient of [many, governed]) {
    for (let from = first; from < records; from += 500)
      await accept(
        services,
        writer,
        Array.from({ length: Math.min(500, records - from) }, (_, at) =>
          put({ ...observation(`${prefix(patient)}p`, from + at), id: `${prefix(patient)}o${from + at}` }),
        ),
      )
    say(`a patient with ${records} Observations`)
  }
  const signed = [
    ...[few, many].map((patient) => consentOf(patient, consents, '2026-01-02')),
    ...Array.from({ length: consents }, (_, place) => consentOf(governed, place, '2026-01-02')),
  ]
  await accept(services, writer, signed.map(put))
  const known = [few, many, governed].map((patient) => `${prefix(patient)}p`)
  const { database } = services
  await database.query(sql`INSERT INTO crosswalk (organization, person, patient)
    SELECT o.key, r.person, 'Patient/' || r.id FROM organization o, resource r WHERE o.id <> 'clinic' AND r.type = 'Patient' AND r.id = ANY(${list(known, 'text')})`)
  await database.transaction((connection) => rebuildPermits(connection, 'all'))
  await database.query({ text: 'VACUUM ANALYZE', params: [] })
}
