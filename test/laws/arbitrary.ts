import fc from 'fast-check'
import type { Consent, FhirResource } from 'fhir/r4'
import type { Asked } from '../../src/consent/asked.ts'
import { consent } from './drawn/consent.ts'
import { type DrawnException, exception } from './drawn/exception.ts'
import { sometimes } from './drawn/provision.ts'
import { record } from './drawn/record.ts'
import { careTeam, groupsAndRoles, standing } from './drawn/team.ts'
import { custodians, recipients, relatedOf } from './drawn/town.ts'

/** One person with Patients at three custodians or four, records that cite each other, and consents of every shape. */
export interface World {
  readonly records: Readonly<Record<string, readonly FhirResource[]>>
  readonly consents: readonly Consent[]
  readonly knownTo: readonly string[]
  readonly exceptions: readonly DrawnException[]
}

/** Grown, on the very day and not yet; minors of several ages; somewhere between; and nobody knows. */
const births = fc.constantFrom(
  ...Array<string>(3).fill('1990-01-01'),
  '2008-06-15',
  '2008-06-16',
  '2012-06-15',
  '2012-06-16',
  '2016-02-29',
  '2008-06',
  '2008',
  undefined,
)

const patient = (run: string, custodian: string, birthDate: string | undefined): FhirResource => ({
  resourceType: 'Patient',
  id: `${run}-${custodian}`,
  identifier: [{ system: 'urn:mrn', value: run }],
  name: [{ family: 'Doe', given: ['J'] }],
  ...(birthDate === undefined ? {} : { birthDate }),
})

const related = (run: string): fc.Arbitrary<FhirResource> =>
  fc.constantFrom('MTH', 'MTH', 'GUARD', 'GUARD', 'NBOR').map((code) => ({
    resourceType: 'RelatedPerson',
    id: `${run}-related`,
    patient: { reference: `Patient/${run}-clinic` },
    relationship: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code }] }],
  }))

const idsOf = (run: string, custodian: string): string[] =>
  ['Condition', 'Observation', 'MedicationRequest', 'Observation'].map(
    (type, place) => `${type}/${run}-${custodian}-${place}`,
  )

export const world = (run: string): fc.Arbitrary<World> => {
  const all = custodians.flatMap((custodian) => idsOf(run, custodian))
  const keys = [...all, ...idsOf(run, 'school').slice(0, 2)]
  const held = (custodian: string, born: string | undefined, ids = idsOf(run, custodian)) =>
    fc
      .tuple(...ids.map((_, place) => record(run, custodian, place, ids.concat(all))))
      .map((records) => [patient(run, custodian, born), ...records])
  const withTeam = (custodian: string, born: string | undefined) =>
    fc
      .tuple(held(custodian, born), sometimes(careTeam(run, custodian), 6))
      .map(([records, team]): FhirResource[] => (team === undefined ? records : [...records, team]))
  return fc.record({
    records: births.chain((born) =>
      fc
        .record({
          clinic: fc
            .tuple(withTeam('clinic', born), related(run), sometimes(groupsAndRoles(run), 2))
            .map(([records, one, groups = []]): FhirResource[] => [...records, one, ...groups]),
          program: withTeam('program', born),
          hospital: withTeam('hospital', born),
          school: fc.option(held('school', born, idsOf(run, 'school').slice(0, 2)), { nil: undefined, freq: 1 }),
        })
        .map(({ school, ...rest }) => ({ ...rest, ...(school === undefined ? {} : { school }) })),
    ),
    consents: fc
      .integer({ min: 0, max: 4 })
      .chain((count) =>
        fc.tuple(
          ...Array.from({ length: count }, (_, place) => consent(run, place, { keys, related: relatedOf(run), standing: standing(run) })),
        ),
      ),
    knownTo: fc.subarray(['psychiatry', 'school', 'agency', 'broker', 'hospital']),
    exceptions: fc.array(exception(keys), { maxLength: 3 }),
  }) // prettier-ignore
}

/** Everybody who may ask about a world. */
export const askers = (run: string): Asked[] => [
  ...recipients.flatMap((organization) =>
    ['TREAT', 'PUBHLTH', 'HOPERAT'].map((purpose) => ({ organization, purpose })),
  ),
  { organization: 'Organization/psychiatry', purpose: 'ETREAT' },
  ...['BTG', 'HLEGAL', 'HCOMPL', 'HRESCH', 'THREAT'].map((purpose) => ({
    organization: 'Organization/psychiatry',
    purpose,
  })),
  { organization: 'Organization/agent', purpose: 'HCOMPL' },
  { organization: 'Organization/agency', purpose: 'HRESCH' },
  { organization: 'Organization/psychiatry', purpose: 'BTG', user: 'Practitioner/kim', role: 'clinician' },
  { organization: 'Organization/clinic', purpose: 'BTG', user: 'Practitioner/kim', role: 'clinician' },
  { organization: 'Organization/clinic', purpose: 'BTG', patient: `Patient/${run}-clinic` },
  { organization: 'Organization/psychiatry', purpose: 'COC', user: 'Practitioner/kim', role: 'clinician' },
  { organization: 'Organization/clinic', purpose: 'TREAT', user: 'Practitioner/kim', role: 'clinician' },
  ...['Organization/hospital', 'Organization/program'].map((organization) => ({
    organization,
    purpose: 'TREAT',
    user: 'Practitioner/kim',
    role: 'clinician',
  })),
  { organization: 'Organization/clinic', purpose: 'TREAT', user: 'Practitioner/lee', role: 'officer' },
  { organization: 'Organization/clinic', purpose: 'PATRQT', patient: `Patient/${run}-clinic` },
  ...[
    ['Organization/broker', 'FAMRQT'],
    ['Organization/clinic', 'FAMRQT'],
    ['Organization/clinic', 'TREAT'],
    ['Organization/agent', 'HOPERAT'],
  ].map(([organization = '', purpose = '']) => ({
    organization,
    purpose,
    user: relatedOf(run),
    role: 'representative',
  })),
]
