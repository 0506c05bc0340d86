import type { InvariantTable } from '../../src/fhir/definitions/invariants.ts'
import type { Structure } from '../../src/fhir/definitions/structures.ts'
import { written } from '../../src/validate/invariants/written.ts'
import type { StructureDefinition } from './official.ts'

/**
 * Checked elsewhere: what every element must be, and its narrative, by the walk over the elements; what is contained by
 * `contained.ts`; that there is a narrative at all by one rule for every type.
 */
const elsewhere = new Set(['ele-1', 'dom-2', 'dom-3', 'dom-4', 'dom-5', 'dom-6', 'txt-1', 'txt-2', 'ref-1'])

/**
 * Left out: `ctm-1` asks for what a reference points to, `ig-1` and `ig-2` mean another context than they have, and
 * `dom-r4b` is of another release.
 */
const unusable = new Set(['ctm-1', 'ig-1', 'ig-2', 'dom-r4b'])

/** R4's own constraints that are not written by hand, under the type or backbone element that they stand on. */
export function invariants(
  definitions: readonly StructureDefinition[],
  table: Readonly<Record<string, Structure>>,
): InvariantTable {
  const known = new Set([...elsewhere, ...unusable, ...written.map(({ key }) => key)])
  const found: Record<string, Map<string, InvariantTable[string][number]>> = {}
  for (const definition of definitions) {
    if (definition.derivation === 'constraint' || table[definition.name] === undefined) continue
    for (const { path, constraint = [] } of definition.snapshot.element) {
      for (const { key, severity, human, expression } of constraint) {
        if (known.has(key) || expression === undefined) continue
        const quiet = expression.replace(/\.trace\('[^']*'\)/g, '')
        const [on, test] = table[path] === undefined ? onParent(path, quiet) : [path, quiet]
        const rows = (found[on] ??= new Map())
        rows.set(key, [key, severity, human, test])
      }
    }
  }
  return Object.fromEntries(Object.entries(found).map(([on, rows]) => [on, [...rows.values()]]))
}

/** A constraint on an element of a datatype is one on what holds it, for each of its values. */
function onParent(path: string, expression: string): [string, string] {
  const cut = path.lastIndexOf('.')
  return [path.slice(0, cut), `${path.slice(cut + 1).replace('[x]', '')}.all(${expression})`]
}
