import { invariantTable } from '../fhir/definitions/invariants.ts'
import { resourceTypes, structure } from '../fhir/definitions/structures.ts'
import { compileConstraint } from './constraints.ts'
import type { Invariant } from './invariants/invariant.ts'
import { written } from './invariants/written.ts'
import { isObject } from './json.ts'

const none: readonly Invariant[] = []

/** What should be there so that people can read the record without a machine (`dom-6`). */
const narrated: Invariant = {
  on: 'DomainResource',
  key: 'dom-6',
  severity: 'warning',
  text: 'a resource should have a narrative, so that people can read it by itself',
  holds: (value, resource) => value !== resource || (isObject(value.text) && value.text.div !== undefined),
}

/**
 * The constraints on a type or backbone element, by its name: those that are written by hand, and the published ones.
 * https://hl7.org/fhir/R4/validation.html#invariants
 */
const byType: ReadonlyMap<string, readonly Invariant[]> = Map.groupBy(
  [
    ...written,
    ...Object.entries(invariantTable).flatMap(([on, rows]) => rows.map((row) => published(on, row))),
  ],
  (row) => row.on,
)

function published(
  on: string,
  [key, severity, human, expression]: (typeof invariantTable)[string][number],
): Invariant {
  const { holds } = compileConstraint(on, { key, severity: 'error', human, expression })
  return {
    on,
    key,
    severity: severity === 'warning' ? 'warning' : 'error',
    text: sentence(human),
    holds,
  }
}

/** The published words, as the other messages are written. */
function sentence(human: string): string {
  const trimmed = human.trim().replace(/\.$/, '')
  return /^[A-Z][a-z]/.test(trimmed) ? trimmed.charAt(0).toLowerCase() + trimmed.slice(1) : trimmed
}

const narratedTypes: ReadonlyMap<string, readonly Invariant[]> = new Map(
  resourceTypes
    .filter((type) => structure(type)?.base === 'DomainResource')
    .map((type) => [type, [...(byType.get(type) ?? none), narrated]]),
)

/** The constraints on a type or backbone element. */
export function invariantsOf(type: string): readonly Invariant[] {
  return narratedTypes.get(type) ?? byType.get(type) ?? none
}
