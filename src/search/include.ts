import type { Resource } from 'fhir/r4'
import type { Grant } from '../authorize/grant.ts'
import type { Permit } from '../consent/permit.ts'
import { valuesAt } from '../fhir/path.ts'
import { localReference } from '../fhir/references.ts'
import { refuse } from '../problem.ts'
import type { Connection } from '../store/database.ts'
import { findByKeys, type FoundRow } from './find.ts'
import type { Served } from './parameters.ts'
import type { SearchQuery } from './query.ts'

interface Including {
  readonly grant: Grant
  readonly permit: Permit
  readonly base: string
  readonly parameters: ReadonlyMap<string, Served>
}

/**
 * What a page's matches cite through `_include` (FHIR R4 search 3.1.1.5.2): under the same permit as everything else,
 * and only types that the token may read.
 */
export const findIncluded = async (
  connection: Connection,
  query: SearchQuery,
  rows: readonly FoundRow[],
  { grant, permit, base, parameters }: Including,
): Promise<FoundRow[]> => {
  if (query.includes.length === 0) return []
  const wanted = query.includes.map(({ name, target }) => ({ parameter: parameters.get(name), target }))
  for (const { parameter, target } of wanted)
    requireScope(grant, target === undefined ? (parameter?.targets ?? []) : [target])
  const cited = rows.flatMap((row) => {
    const resource = JSON.parse(row.content) as Resource
    return wanted.flatMap(({ parameter, target }) =>
      referencesOf(resource, parameter, base).filter(
        (reference) => target === undefined || reference.startsWith(`${target}/`),
      ),
    )
  })
  const own = new Set(rows.map(({ type, id }) => `${type}/${id}`))
  const keys = [...new Set(cited)].filter(
    (reference) => !own.has(reference) && grant.allows(reference.split('/')[0] ?? '', 'r'),
  )
  return keys.length === 0 ? [] : findByKeys(connection, permit, keys)
}

/** An include needs a scope for some type that it can bring; what the token may not read stays out. */
const requireScope = (grant: Grant, targets: readonly string[]): void => {
  if (targets.length > 0 && !targets.some((type) => grant.allows(type, 'r')))
    refuse({
      kind: 'forbidden',
      text: `the token may not read ${targets.join(' or ')}, which \`_include\` asks for`,
    })
}

const referencesOf = (resource: Resource, parameter: Served | undefined, base: string): string[] =>
  (parameter?.paths ?? [])
    .flatMap((branch) => valuesAt(resource, branch))
    .flatMap((value) => localReference((value as { reference?: unknown }).reference, base) ?? [])
