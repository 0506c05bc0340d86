import type { ElementDefinitionConstraint } from 'fhir/r4'
import { compile } from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'

/** A profile's own invariant, as a test of the element that it stands on. */
export type Constraint = {
  key: string
  severity: 'error' | 'warning'
  text: string
  /** The element may be a primitive. */
  holds: (element: unknown, resource: object) => boolean
}

/**
 * Compiles an invariant when it is first needed. One that cannot be evaluated does not hold.
 * https://hl7.org/fhir/R4/conformance-rules.html#constraints
 */
export function compileConstraint(base: string, constraint: ElementDefinitionConstraint): Constraint {
  const { key, severity, human, expression = 'true' } = constraint
  let run: ((element: unknown, variables: object) => unknown) | undefined
  const holds = (element: unknown, resource: object): boolean => {
    try {
      run ??= compile({ base, expression }, r4)
      const result = run(structuredClone(element), { resource })
      return Array.isArray(result) && result[0] === true
    } catch {
      return false
    }
  }
  return { key, severity, text: human, holds }
}
