import { sql } from 'drizzle-orm'
import type { FhirResource } from 'fhir/r4'
import { type Change, type Prepared, type Written } from './change.ts'
import { type Connection, list } from './database.ts'
import { applyEffects, upsertOrganization } from './effects.ts'
import { type CommonFacts, readCommonFacts } from './facts.ts'
import { isProgress, type Labelling, prepare, readCurrent } from './prepare.ts'
import { type Writing, write } from './write.ts'

/** What the store needs of the gateway to apply changes. */
export type Applying = Labelling & Writing

/**
 * Applies changes in the transaction they are given: labels, cuts, rows, history, directives, permits. Whatever cites
 * a record whose labels rose is labelled again before the transaction ends, so nothing shows in between.
 */
export const apply = async (
  connection: Connection,
  changes: readonly Change[],
  applying: Applying,
): Promise<Written[]> => {
  const organizations = changes.filter(
    ({ resource, effective, keep, action }) =>
      resource.resourceType === 'Organization' && effective && keep && action !== 'delete',
  )
  for (const { resource } of organizations) await upsertOrganization(connection, resource)
  const common = await readCommonFacts(connection)
  const prepared = await prepare(connection, changes, common, applying)
  const written = await write(connection, prepared, applying)
  await relabelCiting(connection, prepared, common, applying, chainLimit)
  await applyEffects(connection, prepared, common)
  return written
}

/** How far a raised label is followed from record to record in one transaction. */
const chainLimit = 20

/** Labels again the records that cite what rose, appeared, or moved between custodians. */
const relabelCiting = async (
  connection: Connection,
  prepared: readonly Prepared[],
  common: CommonFacts,
  applying: Applying,
  left: number,
): Promise<void> => {
  const risen = prepared.filter(rose).map(({ type, id }) => `@${type}/${id}`)
  if (risen.length === 0 || left === 0) return
  const own = prepared.map(({ type, id }) => `${type}/${id}`)
  const rows = await connection.query<{ key: string }>(
    sql`SELECT DISTINCT type || '/' || id AS key FROM resource WHERE tokens && ${list(risen, 'text')} AND NOT deleted
      AND NOT (type || '/' || id) = ANY(${list(own, 'text')})`,
  )
  await relabel(
    connection,
    rows.map(({ key }) => key),
    common,
    applying,
    left - 1,
  )
}

/** Whether others may have to be labelled again: ids that the server made just now are cited by nobody yet. */
const rose = ({ prior, mask, type, change }: Prepared): boolean => {
  if (change.action === 'delete') return false
  if (prior.length === 0) return change.keep || change.action === 'update' || type === 'Patient'
  return (mask & ~BigInt(prior[0]?.mask ?? 0n)) !== 0n
}

const relabel = async (
  connection: Connection,
  keys: readonly string[],
  common: CommonFacts,
  applying: Applying,
  left: number,
): Promise<void> => {
  if (keys.length === 0) return
  const current = await readCurrent(connection, keys)
  const changes = [...current.values()].flatMap((rows): Change[] => {
    const full = rows.findLast((row) => !isProgress(row) && !row.deleted)
    if (full === undefined) return []
    const { content, custodian, submitter, effective } = full
    return [
      {
        action: 'relabel',
        resource: JSON.parse(content) as FhirResource,
        custodian,
        submitter,
        effective,
        keep: false,
      },
    ]
  })
  const prepared = await prepare(connection, changes, common, applying)
  const moved = prepared.filter(isMoved)
  if (moved.length === 0) return
  await write(connection, moved, applying)
  await applyEffects(connection, moved, common)
  await relabelCiting(connection, moved, common, applying, left)
}

/** Whether a record's cuts, patients or neighbors are other than what is stored. */
const isMoved = ({ cuts, prior, person, crossing }: Prepared): boolean =>
  cuts.length !== prior.length ||
  cuts.some((cut) => prior.every((row) => BigInt(row.mask) !== cut.mask)) ||
  prior.some((row) => row.person !== (person ?? null) || row.crossing !== crossing)

/** Labels again everything that an organization holds or that names it: its program status changed. */
export const relabelOrganization = async (
  connection: Connection,
  id: string,
  applying: Applying,
): Promise<number> => {
  const common = await readCommonFacts(connection)
  const key = common.organizations.get(`Organization/${id}`)?.key ?? -1
  const rows = await connection.query<{
    key: string
  }>(sql`SELECT DISTINCT type || '/' || id AS key FROM resource
    WHERE (custodian = ${key} OR tokens @> ${list([`@Organization/${id}`], 'text')} OR type = 'Organization' AND id = ${id}) AND NOT deleted`)
  await relabel(
    connection,
    rows.map((row) => row.key),
    common,
    applying,
    chainLimit,
  )
  return rows.length
}
