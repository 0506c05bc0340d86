/**
 * In which capacity somebody asks for a record (CONSENT.md sections 1, 4.4, 8).
 * Choices: only the very organization is inside, its parts and parents are not; a user needs the care team of every
 * patient of the record, and the team names that very Patient; authors need it too; a record without a patient is
 * not for patients' tokens; who is off the care team comes to a record by an exception; audit is in nobody's D; a directory row of a program is for its custodian and submitter
 * alone, since it has no patient who could consent.
 */
import { isCurrent, momentOf } from './dates.ts'
import { isDirectory, isSensitiveDirectory } from './directory.ts'
import { isReached } from './exceptions.ts'
import { nodeOf, targetOf } from './json.ts'
import { part2 } from './labels.ts'
import type { Labelling } from './label-records.ts'
import { isRepresentative } from './minors.ts'
import type { TwinAsker, TwinRecord, TwinWorld } from './world.ts'
import { idOf, membersOf, patientsOf, personOf } from './world.ts'

export type Standing = 'directory' | 'patient' | 'inside' | 'submitter' | 'outside' | 'excepted' | 'none'

const isOpen = (record: TwinRecord, labelling: Labelling): boolean => {
  const type = record.resource.resourceType
  return isDirectory(type) && !(isSensitiveDirectory(type) && labelling.whole.has(part2))
}

/** The user is on a current care team of that patient at that custodian. */
export const isOnCareTeam = (
  world: TwinWorld,
  asker: TwinAsker,
  custodian: string,
  patient: string,
): boolean => {
  const moment = momentOf(asker.moment)
  for (const { resource, custodian: holder, effective } of world.records) {
    if (resource.resourceType !== 'CareTeam' || !effective || idOf(holder) !== idOf(custodian)) continue
    if (resource.status !== 'active' || !isCurrent(resource.period, moment)) continue
    if (targetOf(nodeOf(resource).subject) !== `Patient/${patient}`) continue
    for (const { member, period } of membersOf(resource)) {
      if (targetOf(member) === asker.user && isCurrent(period, moment)) return true
    }
  }
  return false
}

const asPatient = (world: TwinWorld, token: string, patients: readonly string[]): Standing => {
  const self = personOf(world, token)
  return patients.length > 0 && patients.every((patient) => personOf(world, patient) === self)
    ? 'patient'
    : 'none'
}

const asOrganization = (
  world: TwinWorld,
  asker: TwinAsker,
  record: TwinRecord,
  patients: readonly string[],
): Standing => {
  if (idOf(asker.organization) === idOf(record.custodian)) {
    if (asker.user === undefined || asker.role === 'officer' || asker.role === 'records') return 'inside'
    const inTeams = patients.every((patient) => isOnCareTeam(world, asker, record.custodian, patient))
    if (inTeams) return 'inside'
    const persons = patients.map((patient) => personOf(world, patient))
    return isReached(world, asker, record, persons) ? 'excepted' : 'none'
  }
  if (patients.length === 0) {
    return idOf(asker.organization) === idOf(record.submitter ?? record.custodian) ? 'submitter' : 'none'
  }
  // section 8: stored Consents are for the patient, a representative, the custodian
  return record.resource.resourceType === 'Consent' ? 'none' : 'outside'
}

export const standingOf = (
  world: TwinWorld,
  asker: TwinAsker,
  record: TwinRecord,
  labelling: Labelling,
): Standing => {
  if (record.resource.resourceType === 'AuditEvent') return 'none'
  const patients = patientsOf(world, record)
  const open = isOpen(record, labelling)
  if (open && patients.length === 0) return 'directory'
  // section 8 names representatives; a Consent tells of what it is about, so here they get none
  if (isRepresentative(asker))
    return patients.length > 0 && record.resource.resourceType !== 'Consent' ? 'outside' : 'none'
  if (asker.patient === undefined) return asOrganization(world, asker, record, patients)
  const own = asPatient(world, asker.patient, patients)
  // a user who carries a patient in the token sees no more than either would
  if (asker.user === undefined || own === 'none') return own
  return asOrganization(world, asker, record, patients)
}
