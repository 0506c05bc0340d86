import type { InvariantTable } from '../../src/fhir/definitions/invariants.ts'
import type { Structure } from '../../src/fhir/definitions/structures.ts'
import { written } from '../../src/validate/invariants/written.ts'
import type { ElementDefinition, StructureDefinition } from './official.ts'

/**
 * Checked elsewhere: what every element must be, and its narrative, by the walk over the elements; what is contained by
 * `contained.ts`; that there is a narrative at all by one rule for every type.
 */
const elsewhere = new Set(['ele-1', 'dom-2', 'dom-3', 'dom-4', 'dom-5', 'dom-6', 'txt-1', 'txt-2', 'ref-1'])

/** Left out: `ig-2` means another context than it has, and `dom-r4b` is of another release. */
const unusable = new Set(['ig-2', 'dom-r4b'])

/** R4's own constraints that are not written by hand, under the type or backbone element that they stand on. */
export function invariants(
  definitions: readonly StructureDefinition[],
  table: Readonly<Record<string, Structure>>,
): InvariantTable {
  const known = new Set([...elsewhere, ...unusable])
  const found: Record<string, Map<string, InvariantTable[string][number]>> = {}
  for (const definition of definitions) {
    if (definition.derivation === 'constraint' || table[definition.name] === undefined) continue
    for (const element of definition.snapshot.element) {
      for (const { key, severity, human, expression } of constraintsOn(element)) {
        if (known.has(key) || expression === undefined) continue
        const quiet = expression.replace(/\.trace\('[^']*'\)/g, '')
        const { path } = element
        const [on, test] = table[path] === undefined ? onParent(path, quiet) : [path, quiet]
        if (isWritten(key, on, element)) continue
        const rows = (found[on] ??= new Map())
        const row = rows.get(key)
        rows.set(key, [key, severity, human, key === simple && row ? `${row[3]} and ${test}` : test])
      }
    }
  }
  return Object.fromEntries(Object.entries(found).map(([on, rows]) => [on, [...rows.values()]]))
}

/** Keys are unique only where they stand: Task, Parameters and TestReport each have an `inv-1`. */
function isWritten(key: string, on: string, { type = [] }: ElementDefinition): boolean {
  return written.some((row) => row.key === key && (row.on === on || type.some(({ code }) => code === row.on)))
}

const simple = 'sqty-1'

/** The constraints of an element, and that of SimpleQuantity where a Quantity has to be one. */
function constraintsOn({ constraint = [], type = [] }: ElementDefinition) {
  if (!type.some(({ profile }) => profile?.some((url) => url.endsWith('/SimpleQuantity')))) return constraint
  const human = 'The comparator is not used on a SimpleQuantity'
  return [...constraint, { key: simple, severity: 'error', human, expression: 'comparator.empty()' }]
}

/** A constraint on an element of a datatype is one on what holds it, for each of its values. */
function onParent(path: string, expression: string): [string, string] {
  const cut = path.lastIndexOf('.')
  return [path.slice(0, cut), `${path.slice(cut + 1).replace('[x]', '')}.all(${expression})`]
}
