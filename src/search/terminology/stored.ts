import { sql } from 'drizzle-orm'
import type { CodeSystem, ConceptMap, ValueSet } from 'fhir/r4'
import type { Permit } from '../../consent/permit.ts'
import { type Connection, list } from '../../store/database.ts'
import { codesOf } from '../../terminology/code-system.ts'
import { canonicalParts, type Loaded } from '../../terminology/compose.ts'
import { foundColumns, type FoundRow, type Stored, withHidden } from '../find.ts'
import { readImported } from './imported.ts'

/** What is looked for: canonical URLs, and where something is stored, as `ValueSet/<id>`. */
export interface Wanted {
  readonly urls: readonly string[]
  readonly types: readonly TerminologyType[]
}

export type TerminologyType = 'ValueSet' | 'CodeSystem' | 'ConceptMap'
type Terminological = ValueSet | CodeSystem | ConceptMap

/** What is known, with what the site stored and imported; and the stored rows that were read for it. */
export interface WithStored {
  readonly loaded: Loaded
  readonly rows: readonly FoundRow[]
}

/** Value sets may draw on others so far. */
const mostRounds = 5

/** Value sets and code systems that are stored or imported, with what they draw on; what is open is under the permit like anything else. */
export const readStored = async (
  connection: Connection,
  permit: Permit,
  { systems, sets }: Loaded,
  { urls, types }: Wanted,
): Promise<WithStored> => {
  const found = { systems: new Map(systems), sets: new Map(sets) }
  const rows: FoundRow[] = []
  const asked = new Set<string>()
  let wanted = [...new Set(urls)]
  for (let round = 0; round < mostRounds && wanted.length > 0; round++) {
    for (const url of wanted) asked.add(url)
    const own = await readByUrl(connection, permit, wanted, types)
    rows.push(...own)
    const drawn = own.flatMap((row) => {
      const resource = JSON.parse(row.content) as Terminological
      if (resource.resourceType === 'CodeSystem') found.systems.set(resource.url ?? '', codesOf(resource))
      if (resource.resourceType === 'ValueSet') keepSet(found.sets, resource)
      return resource.resourceType === 'ValueSet' ? drawnOn(resource) : []
    })
    wanted = [
      ...new Set([...drawn, ...(round === 0 ? wanted.flatMap((url) => drawnOnBy(found.sets, url)) : [])]),
    ].filter((url) => !asked.has(url))
  }
  return { loaded: { ...found, imported: await readImported(connection, [...asked]) }, rows }
}

const keepSet = (sets: Map<string, ValueSet>, set: ValueSet): void => {
  sets.set(set.url ?? '', set)
  if (set.version !== undefined) sets.set(`${set.url ?? ''}|${set.version}`, set)
  sets.set(`ValueSet/${set.id ?? ''}`, set)
}

/** What a value set draws on that was not stored but is shipped. */
const drawnOnBy = (sets: ReadonlyMap<string, ValueSet>, url: string): string[] => {
  const set = sets.get(url)
  return set === undefined ? [] : drawnOn(set)
}

/** The code systems and value sets that a value set draws on. */
export const drawnOn = ({ compose }: Pick<ValueSet, 'compose'>): string[] =>
  [...(compose?.include ?? []), ...(compose?.exclude ?? [])].flatMap(({ system, valueSet = [] }) => [
    ...(system === undefined ? [] : [system]),
    ...valueSet.map((url) => canonicalParts(url)[0]),
  ])

const localId = /^[A-Za-z]+\/([A-Za-z0-9.-]{1,64})$/

/** Stored terminology by canonical URL or by where it is, the newest last. */
export const readByUrl = async (
  connection: Connection,
  permit: Permit,
  urls: readonly string[],
  types: readonly TerminologyType[],
): Promise<FoundRow[]> => {
  const ids = urls.flatMap((url) => localId.exec(url)?.[1] ?? [])
  const rows = await connection.query<Stored>(sql`SELECT ${foundColumns('r', permit)} FROM resource r
    WHERE r.type = ANY(${list(types, 'text')}) AND NOT r.deleted AND (r.tokens && ${list(
      urls.map((url) => `url=${url}`),
      'text',
    )} OR r.type = ANY(${list(types, 'text')}) AND r.id = ANY(${list(ids, 'text')}) AND r.type || '/' || r.id = ANY(${list(urls, 'text')}))
      AND ${permit.decision.visible('r', 'ValueSet')} ORDER BY r.updated, r.id`)
  return withHidden(connection, permit, rows)
}
