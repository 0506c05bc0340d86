import type { FhirResource } from 'fhir/r4'
import type { Submission, Writer } from '../accept.ts'
import { bitOf } from '../consent/labels.ts'
import { refuse } from '../problem.ts'
import type { Change, CurrentRow } from '../store/change.ts'
import { isStaff, requireOfficer } from './staff.ts'

/**
 * A change of profiles, tags and labels alone: everything else stays as it is stored, whatever its sender sees of it.
 * A label goes only at the word of an officer of the custodian (CONSENT rules, section 2).
 */
export const relabel = (
  { lowers }: NonNullable<Submission['inPlace']>,
  { meta }: FhirResource,
  full: CurrentRow | undefined,
  writer: Writer,
): Change => {
  if (full === undefined || !isStaff(full, writer))
    return refuse({
      kind: 'forbidden',
      text: 'only the organization that holds a record may change its labels',
    })
  requireOfficer(full, writer)
  if (lowers.length > 0 && !writer.caller.roles.includes('policy'))
    return refuse({
      kind: 'forbidden',
      text: 'only a client with the role `policy` may take labels off a record',
    })
  const { custodian, submitter, effective, content } = full
  const { meta: _meta, ...rest } = JSON.parse(content) as FhirResource
  return {
    action: 'relabel',
    resource: { ...rest, ...(meta === undefined ? {} : { meta }) },
    custodian,
    submitter,
    effective,
    keep: false,
    lowered: lowers.reduce((mask, label) => mask | bitOf(label), 0n),
  }
}
