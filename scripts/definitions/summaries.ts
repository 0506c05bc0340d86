import type { ElementDefinition, StructureDefinition } from './official.ts'

type Flagged = ElementDefinition & { isSummary?: boolean }

/** For each resource type, the elements of the resource itself that are in its summary. */
export function summaries(definitions: StructureDefinition[]): Record<string, string[]> {
  const resources = definitions.filter(
    ({ kind, abstract, derivation }) => kind === 'resource' && !abstract && derivation !== 'constraint',
  )
  return Object.fromEntries(
    resources.map(({ type, snapshot }) => [
      type,
      (snapshot.element as Flagged[])
        .filter(({ path, isSummary }) => isSummary === true && path.split('.').length === 2)
        .map(({ path }) => path.slice(path.indexOf('.') + 1).replace('[x]', '')),
    ]),
  )
}
