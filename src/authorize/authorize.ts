import type { Caller } from '../authenticate/caller.ts'
import { refuse } from '../problem.ts'
import { levelsOf, readScope, type Scope } from '../smart/scopes.ts'
import type { Access, Grant } from './grant.ts'
import { reachOf } from './reach.ts'

/** One kind of access to one resource type; the type `*` stands for all of them at once. */
export interface Need {
  readonly type: string
  readonly access: Access
}

/** `fhirUser` is permission to read who the user is: that one record (SMART App Launch 2.2, scopes for requesting identity data). */
const ownRecord = ({ scope, asked, member }: Caller): readonly Scope[] => {
  const [type, id] = (asked.patient ?? asked.user ?? '').split('/')
  const names = scope.split(' ')
  if (member === undefined || type === undefined || id === undefined || !names.includes('fhirUser')) return []
  return [{ level: 'user', type, access: ['r'], first: false, query: '', conditions: [], id }]
}

/**
 * Whether the token allows what a request needs (SMART App Launch 2.2, scopes for requesting FHIR resources). Refuses
 * with the scopes that are missing.
 *
 * INVARIANT: the only place that makes a Grant. Only scopes of the token's own levels count.
 */
export const authorize = (caller: Caller, needs: readonly Need[]): Grant => {
  const levels = levelsOf(caller)
  const held = caller.scope.split(' ').flatMap((text) => readScope(text) ?? [])
  const own = [...held.filter(({ level }) => levels.includes(level)), ...ownRecord(caller)]
  const allows = (type: string, access: Access): boolean =>
    own.some((scope) => (scope.type === type || scope.type === '*') && scope.access.includes(access))
  const missing = needs.filter(({ type, access }) => !allows(type, access))
  if (missing.length > 0) {
    const named = missing.map(({ type, access }) => levels.map((level) => `${level}/${type}.${access}`))
    const text = named.map((each) => each.map((one) => `\`${one}\``).join(' or ')).join(', ')
    const scope = named.map(([one = '']) => one).join(' ')
    refuse({ kind: 'forbidden', text: `the token lacks the scope ${text}`, scope })
  }
  const reach = reachOf(own, caller.patient ?? caller.asked.patient)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the brand exists for the compiler alone
  return { caller, allows, reach } as Grant
}
