import { sql } from 'drizzle-orm'
import type { FhirResource } from 'fhir/r4'
import { type Basis, namesOf } from '../consent/label.ts'
import type { Change, CurrentRow, PastRow, Prepared } from './change.ts'
import { bodyOf, contentOf } from './content.ts'
import { isProgress, lockResources, readCurrent, readPast } from './current.ts'
import { type Connection, list } from './database.ts'
import { applyEffects } from './effects.ts'
import { hold } from './hold.ts'
import { isGone, renewPast } from './past.ts'
import { type Labelling, prepare } from './prepare.ts'
import { write, type Writing } from './write.ts'

/** What labelling again needs of the gateway: the same as a write, since it goes the same way. */
export type Relabelling = Labelling & Writing

/** How far a label is followed from record to record in one transaction, and to how many at each step; beyond, they are held. */
const longestChain = 20
const mostCiting = 500

/**
 * Works the labels of stored records out anew, over all their versions, and stores what follows: cuts, index rows, history.
 * What somebody stated stays; what a code, a program or a citation said goes where it says so no more. It makes no
 * version, no date and no notification (CONSENT rules, section 8). Returns how many records changed.
 */
export const relabel = async (
  connection: Connection,
  keys: readonly string[],
  relabelling: Relabelling,
  left: number = longestChain,
): Promise<number> => {
  if (keys.length === 0) return 0
  const all = await withSupport(connection, keys)
  await lockResources(connection, all)
  const current = await readCurrent(connection, all)
  const past = await readPast(connection, all)
  const changes = [...current].map(([key, rows]) => changeOf(rows, past.get(key) ?? []))
  const { prepared, common } = await prepare(connection, changes, relabelling)
  const moved = prepared.filter(isMoved)
  if (moved.length > 0) await write(connection, moved, relabelling)
  const renewed = await renewPast(connection, prepared, relabelling)
  if (moved.length > 0) await applyEffects(connection, moved, common)
  await followCitations(connection, prepared, relabelling, left)
  return Math.max(moved.length, renewed)
}

/** Labels again the records that cite what appeared, or whose labels changed; in any version. */
export const followCitations = async (
  connection: Connection,
  prepared: readonly Prepared[],
  relabelling: Relabelling,
  left: number = longestChain,
): Promise<void> => {
  const cited = prepared.filter(isCitedAnew).map(({ type, id }) => `${type}/${id}`)
  if (cited.length === 0) return
  const own = prepared.map(({ type, id }) => `${type}/${id}`)
  const rows = await connection.query<{ key: string }>(
    sql`SELECT key FROM (SELECT type || '/' || id AS key FROM resource WHERE tokens && ${list(
      cited.map((key) => `@${key}`),
      'text',
    )} AND NOT deleted
      UNION SELECT type || '/' || id FROM history WHERE refs && ${list(cited, 'text')}) citing
      WHERE NOT key = ANY(${list(own, 'text')}) ORDER BY key`,
  )
  const citing = rows.map(({ key }) => key)
  if (left > 0 && citing.length <= mostCiting) await relabel(connection, citing, relabelling, left - 1)
  else await hold(connection, citing)
}

/** Whether others may have to be labelled again: ids that the server made just now are cited by nobody yet. */
const isCitedAnew = ({ prior, mask, type, change }: Prepared): boolean => {
  if (change.action === 'delete') return false
  if (prior.length === 0) return change.keep || change.action === 'update' || type === 'Patient'
  return mask !== prior[0]?.mask
}

/** A record as it is stored, to be labelled again; of a deleted one nothing is left but its past. */
const changeOf = (rows: readonly CurrentRow[], past: readonly PastRow[]): Change => {
  const [first] = rows
  const full = rows.findLast((row) => !isProgress(row) && !row.deleted) ?? first
  if (full === undefined) throw new Error('a record that is read has a row')
  const { type, id, content, custodian, submitter, effective, deleted } = full
  const resource = (deleted ? { resourceType: type, id } : JSON.parse(content)) as FhirResource
  return { action: 'relabel', resource, custodian, submitter, effective, keep: false, past }
}

/** Whether what is stored of a record is other than what its labels ask for now; a deleted one is its past. */
const isMoved = (own: Prepared): boolean => {
  const { cuts, prior, person, others, crossing, bases } = own
  if (isGone(own)) return false
  if (cuts.length !== prior.length) return true
  if (namesOf(bases) !== namesOf(prior[0]?.labels ?? [])) return true
  return prior.some((row) => {
    const cut = cuts.find(({ mask }) => mask === row.mask)
    return (
      cut === undefined ||
      row.due ||
      contentOf(cut.resource) !== bodyOf(row.content) ||
      sorted(cut.richer) !== sorted(row.richer ?? []) ||
      row.person !== (person ?? null) ||
      sorted(others) !== sorted(row.others ?? []) ||
      row.crossing !== crossing
    )
  })
}

const sorted = (masks: readonly (bigint | number)[]): string => masks.map(String).toSorted().join(' ')

/** Records that are taken in to be labelled together; a longer ring of citations keeps what it says to itself. */
const mostTogether = 1000

/**
 * Records with those whose own labels come from citations alone: each of a ring of them has a label because the other
 * has it, so it goes only where all are labelled together.
 */
const withSupport = async (connection: Connection, keys: readonly string[]): Promise<string[]> => {
  const all = new Set(keys)
  let fresh = await readBases(connection, keys)
  while (all.size < mostTogether) {
    const sources = new Set(
      fresh.flatMap(({ labels }) =>
        labels.flatMap(({ basis, from }) => (basis === 'propagated' && from !== undefined ? [from] : [])),
      ),
    )
    fresh = await readBases(
      connection,
      [...sources].filter((key) => !all.has(key)),
    )
    fresh = fresh.filter(({ labels }) => labels.some(({ label }) => isSecondHand(label, labels)))
    if (fresh.length === 0) break
    for (const { key } of fresh) all.add(key)
  }
  return [...all]
}

const isSecondHand = (label: string, bases: readonly Basis[]): boolean =>
  bases.every((own) => own.label !== label || own.basis === 'propagated')

const readBases = async (
  connection: Connection,
  keys: readonly string[],
): Promise<{ key: string; labels: readonly Basis[] }[]> =>
  keys.length === 0
    ? []
    : connection.query(sql`SELECT DISTINCT ON (type, id) type || '/' || id AS key, labels FROM resource
        WHERE (type, id) IN (SELECT split_part(k, '/', 1), split_part(k, '/', 2) FROM unnest(${list(keys, 'text')}) k)`)
