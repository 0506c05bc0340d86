import type { Answer } from './disclose.ts'
import { outcomeOf, type Problem, statusOf } from './problem.ts'
import type { Released } from './redact/released.ts'

/** The only way from records to a response: it takes what was released, and nothing else. */
export const respond = ({ value }: Released<Answer>): Response => {
  const empty = value.status === 204 || value.status === 304 || value.body === ''
  return new Response(empty ? null : value.body, {
    status: value.status,
    headers: { ...common, ...value.headers },
  })
}

/** A refusal: an OperationOutcome that says what is wrong and how to mend it, and never what is hidden. */
export const respondProblem = (problem: Problem): Response => {
  const headers: Record<string, string> = {
    ...common,
    'content-type': 'application/fhir+json; charset=utf-8',
  }
  if (problem.kind === 'unauthorized') headers['www-authenticate'] = 'Bearer'
  if (problem.kind === 'method-not-allowed') headers.allow = problem.allow.join(', ')
  if (problem.kind === 'unrecorded') return new Response(null, { status: 500, headers: common })
  return new Response(JSON.stringify(outcomeOf(problem)), { status: statusOf(problem), headers })
}

const common = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
