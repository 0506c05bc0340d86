import { authorize } from '../../authorize/authorize.ts'
import type { Grant } from '../../authorize/grant.ts'
import type { Caller } from '../../authenticate/caller.ts'
import { type Asked, home } from '../../consent/asked.ts'
import { classOf } from '../../consent/match.ts'
import { type Permit, permitFor } from '../../consent/permit.ts'
import type { Connection } from '../../store/database.ts'
import type { CommonFacts } from '../../store/facts.ts'
import { rehearseAudience } from '../../store/permits.ts'

/** A recipient that is asked about and does not ask: what it would be decided by, if it did. */
export interface StandIn {
  readonly caller: Caller
  readonly grant: Grant
  readonly permit: Permit
}

/**
 * Stands in for a recipient, in a transaction that is undone. Undefined for an organization that is not known. Scopes play
 * no part: what is told is what consent and law allow.
 */
export const standIn = async (
  connection: Connection,
  asked: Asked,
  persons: readonly number[],
  moment: Date,
  common: CommonFacts,
): Promise<StandIn | undefined> => {
  const own = common.organizations.get(asked.organization)
  if (own === undefined) return undefined
  const caller: Caller = {
    client: 'preview',
    organization: asked.organization,
    organizationKey: own.key,
    homeKey: common.organizations.get(home(asked.organization, common.organizations))?.key ?? own.key,
    recipientClass: classOf(asked, common),
    asked,
    audience: await rehearseAudience(connection, asked, persons),
    scope: '',
    roles: [],
    prefix: undefined,
  }
  const grant = authorize(caller, [])
  return { caller, grant, permit: permitFor(grant, moment) }
}
