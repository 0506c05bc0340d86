import type { ValueSet, ValueSetExpansionParameter } from 'fhir/r4'
import type { Ask, Found } from '../../../disclose.ts'
import { invalid } from '../../../problem.ts'
import type { ReleasedResource } from '../../../redact/released.ts'
import { readDetails, readExpansion } from '../../../search/terminology/expansion.ts'
import { copyrightOf } from '../../../search/terminology/imported.ts'
import type { Services } from '../../../services.ts'
import { conceptOf, type Loaded } from '../../../terminology/compose.ts'
import { activeOf, type Concept } from '../../../terminology/selection.ts'
import type { Asked } from '../operation.ts'
import { resourceOf } from './answer.ts'
import { flag, type ParameterNames, requireParameters, text, whole } from './given.ts'
import { type AskedSet, readAskedSet } from './known.ts'

const names: ParameterNames = {
  simple: [
    'url', 'valueSetVersion', 'filter', 'offset', 'count', 'includeDesignations', 'includeDefinition', 'activeOnly', 'excludeNested',
    'excludeNotForUI', 'excludePostCoordinated', 'displayLanguage',
  ],
  complex: ['valueSet'],
  unsupported: [
    'context', 'contextDirection', 'date', 'designation', 'exclude-system', 'system-version', 'check-system-version', 'force-system-version',
  ],
} // prettier-ignore

/** Codes in one answer, at the most. */
const most = 1000

interface Wish {
  readonly filter: string | undefined
  readonly offset: number | undefined
  readonly count: number | undefined
  readonly activeOnly: boolean
  readonly displayLanguage: string | undefined
}

/** https://hl7.org/fhir/R4/valueset-operation-expand.html: the codes of a value set, flat, in pages where there are many. */
export const expand = (services: Services, request: string, asked: Asked): Ask => ({
  interaction: 'expand',
  request,
  needs: [{ type: 'ValueSet', access: 'r' }],
  find: async (connection, grant, permit): Promise<Found> => {
    const wish = readWish(asked)
    const set = await readAskedSet({ services, connection, grant, permit }, asked)
    const { imported } = set.loaded
    const selection = wish.activeOnly ? activeOf(set.selection, imported) : set.selection
    const { offset = 0, count = most } = wish
    const page = await readExpansion(connection, selection, { ...wish, offset, count: Math.min(count, most) })
    if (wish.count === undefined && page.total - offset > most)
      invalid(
        `the value set has more than ${most} codes: ask for a part with \`count\` and \`offset\`, or narrow it with \`filter\``,
        'count',
        'too-costly',
      )
    const concepts = await readDetails(connection, page.concepts.map(flagged(set.loaded)), imported)
    return {
      rows: set.rows,
      answer: (released) => resourceOf(expanded(services, set, released, wish, { ...page, concepts })),
    }
  },
})

/** Whether a code is in use, and only groups others, as its system says. */
const flagged =
  ({ systems, imported }: Loaded) =>
  (concept: Concept): Concept => ({
    ...(imported.has(concept.system)
      ? {}
      : conceptOf(systems.get(concept.system), concept.system, concept.code)),
    ...concept,
  })

const readWish = (asked: Asked): Wish => {
  const { given } = asked
  requireParameters(asked, names)
  for (const name of ['includeDesignations', 'includeDefinition'])
    if (flag(given, name) === true)
      invalid(`\`${name}\` is not supported here; leave it out, or say \`false\``, name, 'not-supported')
  for (const name of ['excludeNested', 'excludeNotForUI', 'excludePostCoordinated']) flag(given, name)
  return {
    filter: text(given, 'filter'),
    offset: whole(given, 'offset'),
    count: whole(given, 'count'),
    activeOnly: flag(given, 'activeOnly') ?? false,
    displayLanguage: text(given, 'displayLanguage'),
  }
}

const expanded = (
  services: Services,
  { set, url, loaded }: AskedSet,
  released: readonly ReleasedResource[],
  wish: Wish,
  { total, concepts }: { readonly total: number; readonly concepts: readonly Concept[] },
): ValueSet => {
  const { version, name, title, status = 'active', experimental } = asReleased(set, released)
  const systems = new Set(concepts.map(({ system }) => system))
  const copyright = copyrightOf(systems)
  const used = [...systems].flatMap(
    (system) => loaded.imported.get(system) ?? loaded.systems.get(system) ?? [],
  )
  const versions = used.map((own) => ('key' in own ? [own.system, own.version] : [own.url, own.version]))
  const contains = concepts.map(({ system, code, display, inactive, abstract }) => ({
    system,
    ...(abstract === true && { abstract }),
    ...(inactive === true && { inactive }),
    code,
    ...(display !== undefined && { display }),
  }))
  return {
    resourceType: 'ValueSet',
    ...(url !== undefined && { url }),
    ...(version !== undefined && { version }),
    ...(name !== undefined && { name }),
    ...(title !== undefined && { title }),
    status,
    ...(experimental !== undefined && { experimental }),
    ...(copyright !== undefined && { copyright }),
    expansion: {
      identifier: `urn:uuid:${services.ids.resource()}`,
      timestamp: services.clock.now().toISOString(),
      total,
      ...((wish.offset !== undefined || wish.count !== undefined) && { offset: wish.offset ?? 0 }),
      ...parametersOf(wish, versions),
      ...(contains.length > 0 && { contains }),
    },
  }
}

/** A stored value set is told of as it was released. */
const asReleased = (set: ValueSet | undefined, released: readonly ReleasedResource[]): Partial<ValueSet> => {
  const own = released.find(({ type, id }) => type === 'ValueSet' && id === set?.id)
  return own === undefined ? (set ?? {}) : (JSON.parse(own.text) as ValueSet)
}

/** All that affected the codes, as it was used. */
const parametersOf = (
  { filter, offset, count, activeOnly, displayLanguage }: Wish,
  versions: readonly (readonly (string | undefined)[])[],
): { parameter?: ValueSetExpansionParameter[] } => {
  const parameter: ValueSetExpansionParameter[] = [
    ...(filter === undefined ? [] : [{ name: 'filter', valueString: filter }]),
    ...(offset === undefined ? [] : [{ name: 'offset', valueInteger: offset }]),
    ...(count === undefined ? [] : [{ name: 'count', valueInteger: Math.min(count, most) }]),
    ...(activeOnly ? [{ name: 'activeOnly', valueBoolean: true }] : []),
    ...versions.flatMap(([system = '', version]) =>
      version === undefined ? [] : [{ name: 'version', valueUri: `${system}|${version}` }],
    ),
    ...(displayLanguage === undefined ? [] : [{ name: 'warning', valueString: ignored }]),
  ]
  return parameter.length === 0 ? {} : { parameter }
}

const ignored = '`displayLanguage` was ignored: displays are those that the code system or the value set has'
