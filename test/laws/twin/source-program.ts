/**
 * 42CFRPart2 by the source (42 CFR 2.11; LABELS.md, first source; CONSENT.md section 6).
 * Choices: a record in an Encounter that the program serves, or written by a PractitionerRole of the program,
 * comes from the program; so does anything managed or provided by it and anything marked `part2-program`. Open
 * directory rows (Organization, Practitioner, Questionnaire …) are about no patient and carry no 42CFRPart2.
 */
import { isDirectory, isSensitiveDirectory } from './directory.ts'
import { extensionOf, listOf, nodeOf, nodesOf, targetOf } from './json.ts'
import { structure } from './labels.ts'
import type { TwinRecord, TwinWorld } from './world.ts'
import { authorsOf, isProgram, patientsOf, recordOf } from './world.ts'

const isProgramReference = (world: TwinWorld, value: unknown): boolean => {
  const target = targetOf(value)
  return target?.startsWith('Organization/') === true && isProgram(world, target)
}

/** What a record belongs to, by type. */
const ownerElements: Readonly<Record<string, string>> = {
  Encounter: 'serviceProvider',
  EpisodeOfCare: 'managingOrganization',
  PractitionerRole: 'organization',
  Location: 'managingOrganization',
  HealthcareService: 'providedBy',
  CareTeam: 'managingOrganization',
}

const belongsToProgram = (world: TwinWorld, record: TwinRecord): boolean => {
  const node = nodeOf(record.resource)
  const element = ownerElements[record.resource.resourceType]
  if (element !== undefined && listOf(node[element]).some((each) => isProgramReference(world, each)))
    return true
  return extensionOf(node, structure('part2-program'))?.valueBoolean === true
}

/** Why a record is a program's own, if it is. */
export const sourceProgram = (world: TwinWorld, record: TwinRecord): string | undefined => {
  const type = record.resource.resourceType
  if (isDirectory(type) && !isSensitiveDirectory(type)) return undefined
  if (isProgram(world, record.custodian)) return 'custodian is a program'
  if (record.submitter !== undefined && isProgram(world, record.submitter)) return 'sent by a program'
  if (belongsToProgram(world, record)) return 'belongs to a program'
  const node = nodeOf(record.resource)
  const contexts = nodesOf(node.context).flatMap((context) => [context, ...nodesOf(context.encounter)])
  for (const value of [...nodesOf(node.encounter), ...contexts]) {
    const target = targetOf(value)
    const encounter = target?.startsWith('Encounter/') === true ? recordOf(world, target) : undefined
    if (encounter !== undefined && belongsToProgram(world, encounter)) return 'in an encounter of a program'
  }
  for (const author of authorsOf(record.resource)) {
    const role = author.startsWith('PractitionerRole/') ? recordOf(world, author) : undefined
    if (role !== undefined && belongsToProgram(world, role)) return 'written by a role of a program'
  }
  return undefined
}

const sensitiveWhenOfProgram: readonly string[] = [
  'Location',
  'HealthcareService',
  'PractitionerRole',
  'CareTeam',
  'Encounter',
]

/** Section 6: from a patient's record, a reference to the program, or to what names it, is itself sensitive. */
export const namesProgram = (world: TwinWorld, citing: TwinRecord, target: string): boolean => {
  if (patientsOf(world, citing).length === 0) return false
  if (target.startsWith('Organization/')) return isProgram(world, target)
  const record = recordOf(world, target)
  if (record === undefined || !sensitiveWhenOfProgram.includes(record.resource.resourceType)) return false
  return sourceProgram(world, record) !== undefined
}
