import type { Submission } from '../accept.ts'
import { invalid } from '../problem.ts'
import { readResource } from './body.ts'
import { applyPatch, readPatch } from './patch-body.ts'

/** Reads one write: its body, its conditions, and, where it names no id, the search that says which resource it is about. */
export const readSubmission = async (
  request: Request,
  method: Submission['method'],
  type: string,
  id: string | undefined,
): Promise<Submission> => {
  const [ifMatch, ifNoneExist] = [request.headers.get('if-match'), request.headers.get('if-none-exist')]
  const where = method === 'create' || id !== undefined ? undefined : readCondition(request, type)
  return {
    method,
    type,
    ...(id === undefined ? {} : { id }),
    ...(method === 'patch' ? { patch: await readPatcher(request) } : {}),
    ...(method === 'create' || method === 'update' ? { resource: await readResource(request) } : {}),
    ...(ifMatch === null ? {} : { ifMatch }),
    ...(ifNoneExist === null || method !== 'create' ? {} : { ifNoneExist: new URLSearchParams(ifNoneExist) }),
    ...(where === undefined ? {} : { where }),
  }
}

const readCondition = (request: Request, type: string): URLSearchParams =>
  conditionOf(new URL(request.url).searchParams, type)

/** The search that a conditional interaction is about; an empty one would be about everything (FHIR R4 http 3.1.0.8.1). */
export const conditionOf = (given: URLSearchParams, type: string): URLSearchParams => {
  for (const name of ['_format', '_pretty']) given.delete(name)
  return given.size === 0
    ? invalid(
        `name the resource: \`${type}/<id>\`, or a search that finds it: \`${type}?identifier=…\``,
        type,
        'required',
      )
    : given
}

const readPatcher = async (request: Request): Promise<NonNullable<Submission['patch']>> => {
  const patch = await readPatch(request)
  return (resource) => applyPatch(resource, patch)
}
