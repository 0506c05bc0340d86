import type { Submission } from '../accept.ts'
import type { Caller } from '../authenticate/caller.ts'
import { openTypes } from '../consent/label.ts'
import { invalid, type Issue, refuse } from '../problem.ts'
import type { Services } from '../services.ts'
import { askedOf, noDemands } from './demands.ts'

type Validating = Pick<Services, 'validate' | 'settings'>

/**
 * Checks every resource of a write against base R4, the profiles it declares, and those that the site or the partner's
 * policy demands of its type. All faults are told at once, each with its element; within a transaction, with its entry.
 * Faults against R4 itself are always refused. Those against a profile are refused, or go along with the submission as
 * warnings, as the partner's policy says.
 */
export const validateAll = (
  services: Validating,
  submissions: readonly Submission[],
  caller: Pick<Caller, 'demands'>,
): readonly Submission[] => {
  const judged = submissions.map((submission) => judge(services, submission, caller))
  const faults = judged.flatMap(({ refused }, place) => {
    const prefix = submissions.length === 1 ? '' : `Bundle.entry[${place}].resource: `
    return refused.map((issue): Issue => ({ ...issue, text: `${prefix}${issue.text}` }))
  })
  if (faults.length > 0) refuse({ kind: 'unprocessable', issues: faults.slice(0, mostIssues) })
  return judged.map(({ submission }) => submission)
}

const mostIssues = 100

interface Judged {
  readonly submission: Submission
  readonly refused: readonly Issue[]
}

const judge = (
  services: Validating,
  submission: Submission,
  { demands = noDemands }: Pick<Caller, 'demands'>,
): Judged => {
  const { method, type, id, where, resource } = submission
  if (method === 'delete' || method === 'patch') return { submission, refused: [] }
  if (resource === undefined) return invalid(`a ${method} needs a resource as its body`)
  if (resource.resourceType !== type)
    return invalid(`the body is not a ${type}, which the address asks for`, `${type}.resourceType`)
  if (method === 'update' && where === undefined && resource.id !== id)
    return invalid('the id of the body must be the one of the address', `${type}.id`, 'value')
  const asked = askedOf(type, [...(services.settings.profiles ?? []), ...demands.profiles])
  const faults = services.validate(resource, asked).filter(({ severity }) => severity !== 'warning')
  const ofR4 = faults.filter(({ profile }) => profile === undefined)
  // What everybody reads cannot be held from some (CONSENT rules, section 4.4).
  const isRefused = demands.onFault === 'reject' || (demands.onFault === 'hold' && openTypes.has(type))
  if (isRefused || faults.length === 0) return { submission, refused: faults }
  const warnings = faults
    .filter(({ profile }) => profile !== undefined)
    .map((issue) => ({ ...issue, severity: 'warning' as const }))
  const isHeld = demands.onFault === 'hold' && warnings.length > 0
  const told = isHeld ? [heldIssue, ...warnings] : warnings
  return { submission: { ...submission, warnings: told, ...(isHeld ? { isHeld } : {}) }, refused: ofR4 }
}

const heldIssue: Issue = {
  severity: 'warning',
  code: 'business-rule',
  text: 'it is held from everybody but the organization that holds it and the patient, until a version conforms or an officer accepts it',
}
