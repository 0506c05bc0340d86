import type { ElementDefinitionConstraint } from 'fhir/r4'
import { compile } from 'fhirpath'
import { formula, shortcut } from './invariants/formula.ts'
import { isObject } from './json.ts'
import r4 from 'fhirpath/fhir-context/r4'

/** A profile's own invariant, as a test of the element that it stands on. */
export type Constraint = {
  key: string
  severity: 'error' | 'warning'
  text: string
  /** The element may be a primitive. */
  holds: (element: unknown, resource: object) => boolean
}

type Test = (element: unknown, resource: object) => boolean

/**
 * Compiles an invariant when it is first needed. One that cannot be evaluated does not hold.
 * https://hl7.org/fhir/R4/conformance-rules.html#constraints
 */
export function compileConstraint(base: string, constraint: ElementDefinitionConstraint): Constraint {
  const { key, severity, human, expression = 'true' } = constraint
  let test: Test | undefined
  const holds: Test = (element, resource) => {
    test ??= testOf(base, expression)
    return test(element, resource)
  }
  return { key, severity, text: human, holds }
}

/** FHIRPath is asked only where nothing simpler decides. */
function testOf(base: string, expression: string): Test {
  const simple = formula(base, expression)
  const surely = shortcut(base, expression)
  let run: ((element: unknown, variables: object) => unknown) | undefined
  return (element, resource) => {
    if (isObject(element)) {
      if (simple !== undefined) return simple(element)
      if (surely?.(element) === true) return true
    }
    try {
      run ??= compile({ base, expression }, r4)
      const result = run(structuredClone(element), { resource })
      return Array.isArray(result) && result[0] === true
    } catch {
      return false
    }
  }
}
