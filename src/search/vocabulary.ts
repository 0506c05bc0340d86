import { sql } from 'drizzle-orm'
import type { CodeSystem, ValueSet } from 'fhir/r4'
import type { Permit } from '../consent/permit.ts'
import { localReference } from '../fhir/references.ts'
import { invalid } from '../problem.ts'
import { type Connection, list } from '../store/database.ts'
import { type Codes, codesOf, isA } from '../terminology/code-system.ts'
import { expand, type Loaded } from '../terminology/expand.ts'
import { isBound } from './conditions/token.ts'
import type { Criterion, Valued } from './criterion.ts'
import type { Served } from './parameters.ts'
import type { ToBase } from './units.ts'
import { split, unescaped } from './values.ts'

/** What codes and units mean, as far as one search asks for it. */
export interface Vocabulary {
  readonly toBase: ToBase
  /** Index entries of the codes in the value sets of an `:in` or `:not-in`. */
  members(criterion: Valued): string[]
  /** Index entries of what a code subsumes, itself first. */
  below(criterion: Valued): string[]
  /** Index entries of what subsumes a code, itself first. */
  above(criterion: Valued): string[]
}

/** What is known without the database. */
export interface Known {
  readonly terminology: Loaded
  readonly toBase: ToBase
  /** The base of this server's own addresses. */
  readonly base: string
}

/** The vocabulary of a search: what the gateway brings, and the value sets and code systems that the site stored. */
export const readVocabulary = async (
  connection: Connection,
  permit: Permit,
  { terminology, toBase, base }: Known,
  criteria: readonly Criterion[],
): Promise<Vocabulary> => {
  const asked = criteria.flatMap(valued)
  const sets = asked.filter(({ modifier }) => modifier === 'in' || modifier === 'not-in')
  const codes = asked.filter(
    ({ modifier, parameter }) => (modifier === 'above' || modifier === 'below') && parameter.kind === 'token',
  )
  const stored =
    sets.length + codes.length === 0
      ? terminology
      : await readStored(
          connection,
          permit,
          terminology,
          sets.flatMap(({ values }) => values.map((value) => canonicalOf(value, base))),
          codes.flatMap(systemsOf),
        )
  return {
    toBase,
    members: ({ parameter, values }) =>
      values.flatMap((value) => membersOf(stored, parameter, canonicalOf(value, base))),
    below: (criterion) => related(stored, criterion, (system, code, other) => isA(system, other, code)),
    above: (criterion) => related(stored, criterion, (system, code, other) => isA(system, code, other)),
  }
}

const valued = (criterion: Criterion): Valued[] => {
  switch (criterion.kind) {
    case 'value':
      return [criterion]
    case 'chain':
      return criterion.targets.flatMap(({ next }) => valued(next))
    case 'has':
      return valued(criterion.next)
    default:
      return []
  }
}

/** A value set by its canonical URL, or by where it is stored: `ValueSet/<id>` (FHIR R4 search 3.1.1.4.4, `:in`). */
const canonicalOf = (value: string, base: string): string =>
  localReference(unescaped(value), base) ?? unescaped(value).split('|')[0] ?? ''

const systemsOf = ({ values }: Valued): string[] => values.map((value) => partsOf(value)[0])

const partsOf = (value: string): [string, string] => {
  const [system = '', code = ''] = split(value, '|').map(unescaped)
  return [system, code]
}

const membersOf = (loaded: Loaded, parameter: Served, url: string): string[] => {
  const concepts = expand(loaded, url)
  if (concepts === undefined)
    return invalid(
      'the value set is not known here, or its codes cannot be listed; store it as a ValueSet first',
      `${parameter.name}:in`,
      'not-found',
    )
  return concepts.map(({ system, code }) =>
    isBound(parameter) ? `${parameter.name}=${code}` : `${parameter.name}=${system}|${code}`,
  )
}

const related = (
  loaded: Loaded,
  { parameter, values }: Valued,
  holds: (system: Codes, code: string, other: string) => boolean,
): string[] =>
  values.flatMap((value) => {
    const [system, code] = partsOf(value)
    const codes = loaded.systems.get(system)
    if (system === '' || code === '' || codes === undefined)
      return invalid(
        'name a code as `system|code`, of a code system that is stored here',
        parameter.name,
        'not-supported',
      )
    const others = [...codes.concepts.keys()].filter((other) => other !== code && holds(codes, code, other))
    return [code, ...others].map((one) => `${parameter.name}=${system}|${one}`)
  })

/** Value sets and code systems that are stored, with what they draw on; what is open is under the permit like anything else. */
const readStored = async (
  connection: Connection,
  permit: Permit,
  { systems, sets }: Loaded,
  wantedSets: readonly string[],
  wantedSystems: readonly string[],
): Promise<Loaded> => {
  const found = { systems: new Map(systems), sets: new Map(sets) }
  let wanted = [...wantedSets, ...wantedSystems]
  for (let round = 0; round < mostRounds && wanted.length > 0; round++) {
    const resources = await readByUrl(connection, permit, wanted)
    const known = new Set([...found.sets.keys(), ...found.systems.keys(), ...wanted])
    wanted = []
    for (const resource of resources) {
      if (resource.resourceType === 'CodeSystem') found.systems.set(resource.url ?? '', codesOf(resource))
      else {
        found.sets.set(resource.url ?? '', resource)
        found.sets.set(`ValueSet/${resource.id ?? ''}`, resource)
        wanted.push(...drawnOn(resource).filter((url) => !known.has(url)))
      }
    }
  }
  return found
}

/** Value sets may draw on others so far. */
const mostRounds = 5

const drawnOn = ({ compose }: ValueSet): string[] =>
  [...(compose?.include ?? []), ...(compose?.exclude ?? [])].flatMap(({ system, concept, valueSet = [] }) => [
    ...(system === undefined || concept !== undefined ? [] : [system]),
    ...valueSet.map((url) => url.split('|')[0] ?? ''),
  ])

const readByUrl = async (
  connection: Connection,
  permit: Permit,
  urls: readonly string[],
): Promise<(ValueSet | CodeSystem)[]> => {
  const stored = urls.flatMap((url) => (url.startsWith('ValueSet/') ? [url.slice('ValueSet/'.length)] : []))
  const rows = await connection.query<{ content: string }>(sql`SELECT r.content FROM resource r
    WHERE r.type IN ('ValueSet', 'CodeSystem') AND NOT r.deleted AND (r.tokens && ${list(
      urls.map((url) => `url=${url}`),
      'text',
    )} OR r.type = 'ValueSet' AND r.id = ANY(${list(stored, 'text')}))
      AND ${permit.visible('r', 'ValueSet')} ORDER BY r.updated, r.id`)
  return rows.map(({ content }) => JSON.parse(content) as ValueSet | CodeSystem)
}
