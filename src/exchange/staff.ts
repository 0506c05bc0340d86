import type { Writer } from '../accept.ts'
import { refuse } from '../problem.ts'
import type { CurrentRow } from '../store/change.ts'
import { policyBearing } from '../store/effects.ts'

/** Only the custodian's staff change what it holds; a patient's token and a business associate are nobody's staff. */
export const isStaff = ({ custodian }: CurrentRow, { caller }: Writer): boolean =>
  custodian === caller.organizationKey && caller.asked.patient === undefined

/** What is in effect changes decisions: only an officer of the custodian changes or ends it (CONSENT rules, section 2). */
export const requireOfficer = ({ type, effective }: CurrentRow, { caller }: Writer): void => {
  if (effective && policyBearing.has(type) && !caller.roles.includes('policy'))
    refuse({
      kind: 'forbidden',
      text: `this ${type} is in effect; only a client with the role \`policy\` may change it`,
    })
}
