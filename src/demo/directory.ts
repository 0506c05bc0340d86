import type { Practitioner, PractitionerRole, Resource } from 'fhir/r4'
import { ref } from './codes.ts'
import type { CustodianRecords } from './types.ts'

type Staff = readonly [id: string, given: string, family: string, role: string]

const staff: Readonly<Record<string, readonly Staff[]>> = {
  riverbend: [
    ['alvarez', 'Ines', 'Alvarez', 'psychiatric nurse practitioner'],
    ['chen', 'Wei', 'Chen', 'psychotherapist'],
  ],
  'riverbend-recovery': [
    ['novak', 'Petra', 'Novak', 'addiction medicine physician'],
    ['brooks', 'Terrence', 'Brooks', 'substance use counselor'],
  ],
  'mercy-general': [['patel', 'Anika', 'Patel', 'emergency physician']],
  'harbor-psychiatry': [['haugen', 'Erik', 'Haugen', 'psychiatrist']],
  'lakeside-schools': [['bright', 'Dolores', 'Bright', 'school nurse']],
}

const practitioner = ([id, given, family]: Staff): Practitioner => ({
  resourceType: 'Practitioner',
  id,
  active: true,
  name: [{ family, given: [given] }],
  telecom: [{ system: 'phone', value: '555-0100', use: 'work' }],
})

const role = (organization: string, [id, , , text]: Staff): PractitionerRole => ({
  resourceType: 'PractitionerRole',
  id: `${id}-role`,
  active: true,
  practitioner: ref(`Practitioner/${id}`),
  organization: ref(`Organization/${organization}`),
  code: [{ text }],
})

/** Who works where. A role in the program is itself sensitive: the name is the diagnosis. */
export const directory = (): CustodianRecords[] =>
  Object.entries(staff).map(([organization, people]) => ({
    custodian: `Organization/${organization}`,
    resources: people.flatMap((it): Resource[] => [practitioner(it), role(organization, it)]),
  }))
