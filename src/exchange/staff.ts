import type { Writer } from '../accept.ts'
import { bit } from '../consent/labels.ts'
import { actsFor } from '../consent/match.ts'
import { refuse } from '../problem.ts'
import type { CurrentRow } from '../store/change.ts'
import { policyBearing } from '../store/effects.ts'

/** Only the custodian's staff change what it holds; a patient's or representative's token and a business associate are nobody's staff. */
export const isStaff = ({ custodian }: CurrentRow, { caller }: Writer): boolean =>
  custodian === caller.organizationKey && actsFor(caller.asked)

/** What is in effect changes decisions: only an officer of the custodian changes or ends it (CONSENT rules, section 2). */
export const requireOfficer = ({ type, effective, mask }: CurrentRow, { caller }: Writer): void => {
  if ((BigInt(mask) & bit('mandated-report')) !== 0n)
    refuse({
      kind: 'forbidden',
      text: 'a mandated report stays as it was written; say what is to be corrected in another report',
    })
  if (effective && policyBearing.has(type) && !caller.roles.includes('policy'))
    refuse({
      kind: 'forbidden',
      text: `this ${type} is in effect; only a client with the role \`policy\` may change it`,
    })
}
