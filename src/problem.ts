import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4'

/** One finding about what was sent: what is wrong, where, and how to mend it. Never a value of a record. */
export interface Issue {
  readonly severity?: 'error' | 'warning' | 'information'
  readonly code: OperationOutcomeIssue['code']
  readonly text: string
  readonly expression?: string
  /** The key of the constraint that does not hold, and the profile that asks for it where it is not R4 itself. */
  readonly key?: string
  readonly profile?: string
}

/** Every way in which a request can fail. The status and the OperationOutcome follow from it alone. */
export type Problem =
  | { readonly kind: 'malformed'; readonly issues: readonly Issue[] }
  | { readonly kind: 'invalid'; readonly issues: readonly Issue[] }
  | { readonly kind: 'unprocessable'; readonly issues: readonly Issue[] }
  /** `isToken`: a token was sent, and is good for nothing. */
  | { readonly kind: 'unauthorized'; readonly text: string; readonly isToken?: true }
  /** `scope`: with it the request would have been allowed. */
  | { readonly kind: 'forbidden'; readonly text: string; readonly scope?: string }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'unknown'; readonly text: string; readonly expression: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'no-route'; readonly text: string }
  | { readonly kind: 'method-not-allowed'; readonly text: string; readonly allow: readonly string[] }
  | { readonly kind: 'not-acceptable'; readonly text: string }
  | { readonly kind: 'conflict'; readonly text: string }
  | { readonly kind: 'precondition'; readonly text: string }
  | { readonly kind: 'too-large'; readonly text: string }
  | { readonly kind: 'unsupported-media'; readonly text: string }
  | { readonly kind: 'throttled'; readonly text: string; readonly seconds: number }
  | { readonly kind: 'unrecorded' }
  | { readonly kind: 'unexpected' }

/** A request that ends here, with the problem it ends with. */
export class Refusal extends Error {
  readonly problem: Problem
  /** Whether the trail has it already. */
  recorded = false
  constructor(problem: Problem) {
    super(problem.kind)
    this.problem = problem
  }
}

/** Ends the request. */
export const refuse = (problem: Problem): never => {
  throw new Refusal(problem)
}

/** Ends the request for one finding about what was sent. */
export const invalid = (text: string, expression?: string, code: Issue['code'] = 'invalid'): never =>
  refuse({ kind: 'invalid', issues: [{ code, text, ...(expression === undefined ? {} : { expression }) }] })

/** HTTP status of each problem (FHIR R4 http 3.1.0.4). */
export const statusOf = (problem: Problem): number => statuses[problem.kind]

const statuses = {
  malformed: 400,
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  unknown: 404,
  'no-route': 404,
  'method-not-allowed': 405,
  'not-acceptable': 406,
  conflict: 409,
  gone: 410,
  precondition: 412,
  'too-large': 413,
  'unsupported-media': 415,
  unprocessable: 422,
  throttled: 429,
  unrecorded: 500,
  unexpected: 500,
} as const satisfies Record<Problem['kind'], number>

/** The OperationOutcome of a problem. What is hidden and what does not exist read alike. */
export const outcomeOf = (problem: Problem): OperationOutcome => ({
  resourceType: 'OperationOutcome',
  issue: issuesOf(problem).map(issueOf),
})

/** One finding as an OperationOutcome has it. */
export const issueOf = ({ severity, code, text, expression, key, profile }: Issue): OperationOutcomeIssue => {
  const rule = [
    ...(key === undefined ? [] : [`constraint ${key}`]),
    ...(profile === undefined ? [] : [`profile ${profile}`]),
  ]
  return {
    severity: severity ?? 'error',
    code,
    details: { text },
    ...(rule.length === 0 ? {} : { diagnostics: rule.join(', ') }),
    ...(expression === undefined ? {} : { expression: [expression] }),
  }
}

const issuesOf = (problem: Problem): readonly Issue[] => {
  switch (problem.kind) {
    case 'malformed':
    case 'invalid':
    case 'unprocessable':
      return problem.issues
    case 'unauthorized':
      return [{ code: 'login', text: problem.text }]
    case 'forbidden':
      return [{ code: 'forbidden', text: problem.text }]
    case 'not-found':
      return [{ code: 'not-found', text: 'no such resource: check the type and the id' }]
    case 'unknown':
      return [{ code: 'not-found', text: problem.text, expression: problem.expression }]
    case 'gone':
      return [{ code: 'deleted', text: 'this resource was deleted; its earlier versions are in `_history`' }]
    case 'no-route':
      return [{ code: 'not-found', text: problem.text }]
    case 'method-not-allowed':
    case 'not-acceptable':
    case 'unsupported-media':
      return [{ code: 'not-supported', text: problem.text }]
    case 'conflict':
    case 'precondition':
      return [{ code: 'conflict', text: problem.text }]
    case 'too-large':
      return [{ code: 'too-long', text: problem.text }]
    case 'throttled':
      return [{ code: 'throttled', text: problem.text }]
    case 'unrecorded':
      return [
        {
          code: 'exception',
          text: 'the disclosure could not be recorded, so nothing was disclosed; try again',
        },
      ]
    case 'unexpected':
      return [
        { code: 'exception', text: 'something went wrong on this side; nothing was changed. try again' },
      ]
  }
}
