import { sql } from 'drizzle-orm'
import type { FhirResource } from 'fhir/r4'
import { due } from '../consent/labels.ts'
import { pruned } from '../redact/pruned.ts'
import type { FoundRow } from '../search/find.ts'
import { fhirBase, type Services } from '../services.ts'
import type { Change, CurrentRow } from '../store/change.ts'
import type { Connection } from '../store/database.ts'
import type { Asking } from './address.ts'
import { mergeHidden } from './merge.ts'

/** A row as its reader gets it: without references to what is hidden. */
export const seenBy = ({ content, hidden }: FoundRow, services: Services): string =>
  hidden.length === 0
    ? content
    : JSON.stringify(pruned(JSON.parse(content) as FhirResource, hidden, fhirBase(services)))

/** What is stored of an update: what its sender wrote, and what is hidden from the sender as it was. */
export const merged = async (
  change: Change,
  seen: FoundRow,
  full: CurrentRow,
  { connection, services }: Asking,
): Promise<Change> => {
  const own: Change = { ...change, seen: { mask: BigInt(seen.mask), deleted: seen.deleted } }
  // By labels, not by version: cuts that parted without a change are of one version.
  const isWhole = (BigInt(seen.mask) & ~due) === full.mask && seen.hidden.length === 0
  if (full.deleted || isWhole) return own
  const shown = seen.deleted ? await lastSeen(connection, seen) : seenBy(seen, services)
  const { resource, instead } = mergeHidden(change.resource, shown, full.content)
  return { ...own, resource, instead: { values: instead, said: change.resource } }
}

/** What somebody saw of a resource before it was deleted for them, and for others was not. */
const lastSeen = async (connection: Connection, { type, id, mask }: FoundRow): Promise<string> => {
  const [row] = await connection.query<{ content: string }>(sql`SELECT content FROM history
    WHERE type = ${type} AND id = ${id} AND NOT deleted AND (mask & ~${String(mask)}::bigint) = 0 ORDER BY key DESC LIMIT 1`)
  return row?.content ?? '{}'
}
