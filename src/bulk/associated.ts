import type { Provenance } from 'fhir/r4'
import { referencesIn } from '../fhir/references.ts'
import { findByKeys } from '../search/find.ts'
import { type FoundKey, searchKeys } from '../search/keys.ts'
import type { Served } from '../search/parameters.ts'
import { pruned } from '../redact/pruned.ts'
import { fhirBase } from '../services.ts'
import { linesAfter } from '../store/exports.ts'
import { type FoundLines, type Finding, pinned, searchingOf } from './found.ts'
import type { Position } from './job.ts'

/** Resources whose Provenances are looked for at once. */
const most = 100

/**
 * Provenances of what is exported (Bulk Data 2.0, `includeAssociatedData`): all, or of each resource the one that was
 * recorded last.
 */
export const associatedWith = async (finding: Finding, position: Position): Promise<FoundLines> => {
  const { services, job, asked } = finding
  const [type, id] = position.after ?? []
  const after = type === undefined ? undefined : ([String(type), String(id)] as const)
  const lines = await linesAfter(services.database, job.key, after, most)
  const target = services.parameters('Provenance').get('target')
  const targets = lines.map((line) => `${line.type}/${line.id}`)
  const found = target === undefined || targets.length === 0 ? [] : await citing(finding, target, targets)
  const wanted = asked.associated === 'all' ? found : await newest(finding, found, targets)
  const last = lines.length < most ? undefined : lines.at(-1)
  return {
    lines: await pinned(finding, wanted, {}),
    position: last && { part: position.part, after: [last.type, last.id] },
  }
}

const citing = async (
  finding: Finding,
  parameter: Served,
  targets: readonly string[],
): Promise<readonly FoundKey[]> => {
  const criteria = [{ kind: 'value', parameter, modifier: undefined, values: targets }] as const
  const found: FoundKey[] = []
  for (let after: readonly (string | number | boolean | null)[] | undefined; ;) {
    const page = await searchKeys(
      finding.services.database,
      [{ type: 'Provenance', criteria }],
      after,
      1000,
      searchingOf(finding),
    )
    found.push(...page.keys)
    if (page.next === undefined) return found
    after = page.next
  }
}

/** Of each target the Provenance that was recorded last, as the caller sees them. */
const newest = async (
  { services, permit }: Finding,
  found: readonly FoundKey[],
  targets: readonly string[],
): Promise<readonly FoundKey[]> => {
  const base = fhirBase(services)
  const rows = await findByKeys(
    services.database,
    permit,
    found.map(({ type, id }) => `${type}/${id}`),
  )
  const read = rows.map(({ id, content, hidden }) => {
    const own = pruned(JSON.parse(content) as Provenance, hidden, base)
    return {
      id,
      recorded: Date.parse(own.recorded),
      cited: new Set(referencesIn(own.target, base).map(({ reference }) => reference)),
    }
  })
  const kept = new Set(
    targets.flatMap(
      (target) =>
        read
          .filter(({ cited }) => cited.has(target))
          .toSorted((one, other) => other.recorded - one.recorded || (one.id < other.id ? -1 : 1))[0]?.id ??
        [],
    ),
  )
  return found.filter(({ id }) => kept.has(id))
}
