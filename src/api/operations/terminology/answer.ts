import type { ParametersParameter } from 'fhir/r4'
import type { Answer } from '../../../disclose.ts'
import { fhirJson } from '../../resource-answer.ts'

/** An answer that is one resource. */
export const resourceOf = (content: object): Answer => ({
  status: 200,
  headers: { 'content-type': fhirJson },
  body: JSON.stringify(content),
})

/** An answer of parameters. */
export const parametersOf = (parameter: readonly ParametersParameter[]): Answer =>
  resourceOf({ resourceType: 'Parameters', parameter })

/** Whether something is valid, why not, and what it is called. */
export interface Verdict {
  readonly result: boolean
  readonly message?: string | undefined
  readonly display?: string | undefined
}

/** The answer of `$validate-code`. */
export const verdictOf = ({ result, message, display }: Verdict): Answer =>
  parametersOf([
    { name: 'result', valueBoolean: result },
    ...(message === undefined ? [] : [{ name: 'message', valueString: message }]),
    ...(display === undefined ? [] : [{ name: 'display', valueString: display }]),
  ])
