import type { Submission } from '../accept.ts'
import { invalid, type Issue, refuse } from '../problem.ts'
import type { Services } from '../services.ts'

/**
 * Checks every resource of a write against base R4 and the profiles it declares. All faults are told at once, each
 * with its element; within a transaction, with its entry.
 */
export const validateAll = (
  services: Pick<Services, 'validate'>,
  submissions: readonly Submission[],
): readonly Submission[] => {
  const faults = submissions.flatMap((submission, place) => {
    const prefix = submissions.length === 1 ? '' : `Bundle.entry[${place}].resource: `
    return faultsOf(services, submission).map((issue): Issue => ({
      ...issue,
      text: `${prefix}${issue.text}`,
    }))
  })
  if (faults.length > 0) refuse({ kind: 'unprocessable', issues: faults.slice(0, mostIssues) })
  return submissions
}

const mostIssues = 100

const faultsOf = (
  services: Pick<Services, 'validate'>,
  { method, type, id, where, resource }: Submission,
): readonly Issue[] => {
  if (method === 'delete' || method === 'patch') return []
  if (resource === undefined) return invalid(`a ${method} needs a resource as its body`)
  if (resource.resourceType !== type)
    return invalid(`the body is not a ${type}, which the address asks for`, `${type}.resourceType`)
  if (method === 'update' && where === undefined && resource.id !== id)
    return invalid('the id of the body must be the one of the address', `${type}.id`, 'value')
  return services.validate(resource).filter(({ severity }) => severity !== 'warning')
}
