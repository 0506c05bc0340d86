/**
 * `ferpa` by the source (34 CFR 99.3): what a school keeps of a student is an education record.
 * Choices: the custodian's own class makes a school; directory and definitional rows are about no student.
 */
import { isDirectory } from './directory.ts'
import type { TwinRecord, TwinWorld } from './world.ts'
import { organizationOf } from './world.ts'

/** Why a record is an education record, if it is. */
export const sourceSchool = (world: TwinWorld, record: TwinRecord): string | undefined => {
  if (isDirectory(record.resource.resourceType)) return undefined
  return organizationOf(world, record.custodian)?.class === 'school' ? 'custodian is a school' : undefined
}
