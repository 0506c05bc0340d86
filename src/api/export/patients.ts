import type { Group, ParametersParameter, Reference } from 'fhir/r4'
import type { ExportAsked } from '../../bulk/job.ts'
import type { Permit } from '../../consent/permit.ts'
import { span } from '../../fhir/dates.ts'
import { localReference } from '../../fhir/references.ts'
import { invalid, refuse } from '../../problem.ts'
import { findByKeys, findOne } from '../../search/find.ts'
import type { Connection } from '../../store/database.ts'
import type { PassOver } from './read-asked.ts'

/** Whose records are exported, as far as that is settled when the export begins. */
export interface Whose {
  readonly level: ExportAsked['level']
  /** Of a Group. */
  readonly id: string | undefined
  readonly patients: readonly ParametersParameter[]
}

/**
 * Ids of the patients whom an export is about: the members of a Group, those that are named, or, undefined, all. INVARIANT:
 * a Group that the caller may not see is one that does not exist, and a member or patient that it may not see is none.
 */
export const readPatients = async (
  connection: Connection,
  permit: Permit,
  { level, id, patients }: Whose,
  base: string,
  passOver: PassOver,
): Promise<readonly string[] | undefined> => {
  if (level === 'system') return undefined
  const members = id === undefined ? undefined : await membersOf(connection, permit, id, base)
  const named = patients.map((one) => referenceOf(one, base))
  if (named.length === 0) return members
  const there = new Set(members ?? (await shownOf(connection, permit, named)))
  const own = named.filter((one) => there.has(one))
  if (own.length < named.length)
    passOver(
      level === 'Group'
        ? 'not all of `patient` are members of the Group'
        : 'not all of `patient` are patients that are here',
      'patient',
    )
  return own
}

const referenceOf = ({ valueReference }: ParametersParameter, base: string): string => {
  const reference = localReference(valueReference?.reference, base)
  return reference?.startsWith('Patient/') === true
    ? reference.slice('Patient/'.length)
    : invalid('`patient` is a reference, as `Patient/<id>`', 'patient', 'value')
}

const membersOf = async (
  connection: Connection,
  permit: Permit,
  id: string,
  base: string,
): Promise<string[]> => {
  const row = await findOne(connection, permit, 'Group', id)
  if (row === undefined) return refuse({ kind: 'not-found' })
  if (row.deleted) return refuse({ kind: 'gone' })
  const hidden = new Set(row.hidden)
  const { member = [] } = JSON.parse(row.content) as Group
  const ids = member.flatMap((own) => {
    const reference = patientOf(own.entity, base)
    return reference === undefined || hidden.has(reference) || !isMember(own, permit.moment)
      ? []
      : [reference.slice('Patient/'.length)]
  })
  return shownOf(connection, permit, [...new Set(ids)])
}

const patientOf = ({ reference }: Reference, base: string): string | undefined => {
  const local = localReference(reference, base)
  return local?.startsWith('Patient/') === true ? local : undefined
}

/** Whether somebody is a member now. A period that cannot be read is over. */
const isMember = ({ inactive, period }: NonNullable<Group['member']>[number], moment: Date): boolean => {
  const start = period?.start === undefined ? -Infinity : span(period.start)[0]
  const end = period?.end === undefined ? Infinity : span(period.end)[1]
  return inactive !== true && start <= moment.getTime() && moment.getTime() < end
}

const shownOf = async (connection: Connection, permit: Permit, ids: readonly string[]): Promise<string[]> => {
  const rows = await findByKeys(
    connection,
    permit,
    ids.map((id) => `Patient/${id}`),
  )
  return rows.map(({ id }) => id)
}
