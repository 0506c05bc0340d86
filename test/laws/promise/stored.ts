import { sql } from 'drizzle-orm'
import type { FhirResource } from 'fhir/r4'
import type { World as Server } from '../../contract/world.ts'
import type { TwinRecord, TwinWorld } from '../twin/twin.ts'

/** A row of a record as a server stores it: one of its cuts. */
export interface StoredCut {
  readonly key: string
  readonly custodian: string
  readonly deleted: boolean
  readonly richest: boolean
  readonly content: string
  /** All of the row as one text. */
  readonly bytes: string
}

/** Everything that a server stores, by record; the poorest cuts first. */
export const storedIn = async (server: Server): Promise<ReadonlyMap<string, readonly StoredCut[]>> => {
  const rows =
    await server.rows<StoredCut>(sql`SELECT r.type || '/' || r.id AS key, o.id AS custodian, r.deleted, r.richer IS NULL AS richest, r.content,
      (to_jsonb(r) - 'key')::text AS bytes
    FROM resource r JOIN organization o ON o.key = r.custodian ORDER BY r.type, r.id, cardinality(coalesce(r.richer, '{}')) DESC, r.mask`)
  return Map.groupBy(rows, ({ key }) => key)
}

/** Keys of records of which a row is another now, or is new. */
export const changedBetween = (
  before: ReadonlyMap<string, readonly StoredCut[]>,
  after: ReadonlyMap<string, readonly StoredCut[]>,
): readonly string[] => {
  const bytes = (rows: readonly StoredCut[] = []) => rows.map((row) => row.bytes).join('\n')
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (key) => bytes(before.get(key)) !== bytes(after.get(key)),
  )
}

/** The world of the twin after writes: what was not written is as it was drawn, and no labels but those that were drawn. */
export const worldAfter = (
  twin: TwinWorld,
  changed: readonly string[],
  stored: ReadonlyMap<string, readonly StoredCut[]>,
): TwinWorld => {
  const fresh = changed.flatMap((key): TwinRecord[] => {
    const full = stored.get(key)?.findLast(({ deleted }) => !deleted)
    if (full === undefined) return []
    const drawn = twin.records.find(({ resource: { resourceType, id } }) => `${resourceType}/${id ?? ''}` === key)
    const { content, custodian } = full
    const { meta: _tagged, ...rest } = JSON.parse(content) as FhirResource
    const meta = drawn?.resource.meta
    const resource = { ...rest, ...(meta === undefined ? {} : { meta }) } as FhirResource
    return [{ resource, custodian, effective: drawn?.effective ?? false }]
  })
  const untouched = twin.records.filter(({ resource: { resourceType, id } }) => !changed.includes(`${resourceType}/${id ?? ''}`))
  return { ...twin, records: [...untouched, ...fresh] }
} // prettier-ignore

/** The references of a resource, and its narrative: what is masked in a cut of it is one of these. */
export const tellingIn = (resource: FhirResource): readonly string[] => {
  const found: string[] = []
  const walk = (value: unknown, name: string): void => {
    if (typeof value === 'string' && (name === 'reference' || name === 'div')) found.push(value)
    if (typeof value !== 'object' || value === null) return
    for (const [own, child] of Object.entries(value)) walk(child, Array.isArray(value) ? name : own)
  }
  walk(resource, '')
  return found
}

/** What one has more than the other, as often as it has it more. */
export const moreThan = (one: readonly string[], other: readonly string[]): readonly string[] => {
  const left = [...other]
  return one.filter((item) => {
    const place = left.indexOf(item)
    if (place >= 0) left.splice(place, 1)
    return place < 0
  })
}
