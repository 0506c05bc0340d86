import type { CareTeam } from 'fhir/r4'

/** What lets a user see a patient of the own organization. */
export const careTeam = (patient: string, practitioner: string): CareTeam => ({
  resourceType: 'CareTeam',
  id: `team-${patient}`,
  status: 'active',
  subject: { reference: `Patient/${patient}` },
  participant: [{ member: { reference: `Practitioner/${practitioner}` } }],
})
