import { bundles } from './invariants/bundles.ts'
import { clinical } from './invariants/clinical.ts'
import { datatypes } from './invariants/datatypes.ts'
import type { Invariant } from './invariants/invariant.ts'
import { questionnaires } from './invariants/questionnaires.ts'

const none: readonly Invariant[] = []
const byType = Map.groupBy([...datatypes, ...clinical, ...bundles, ...questionnaires], (row) => row.on)

/** The constraints on a type or backbone element. https://hl7.org/fhir/R4/validation.html#invariants */
export function invariantsOf(type: string): readonly Invariant[] {
  return byType.get(type) ?? none
}
