import type { Cut } from '../consent/cuts.ts'
import { bit } from '../consent/labels.ts'
import type { CurrentRow, Prepared } from './change.ts'
import { policyBearing } from './effects.ts'

/**
 * The rows that a write takes out: of a delete, the cut that its sender sees and all poorer ones. What is hidden from the
 * sender survives (CONSENT rules, section 8); a program's own moves on a Task go with the cut that they were made on, and
 * what decides over others goes whole.
 */
export const leaving = ({ change, type, prior }: Prepared): readonly CurrentRow[] => {
  const { action, seen } = change
  if (action !== 'delete' || seen === undefined || policyBearing.has(type)) return prior
  const covered = ~(seen.mask | bit('program-status'))
  return prior.filter(({ mask }) => (BigInt(mask) & covered) === 0n)
}

/**
 * Whether a cut that was deleted stays so while richer ones are written: that it came back would tell of them. It comes back
 * with an update by somebody for whom it is deleted.
 */
export const staysGone = (
  { change, prior }: Prepared,
  before: CurrentRow | undefined,
): before is CurrentRow => {
  if (before?.deleted !== true || prior.every(({ deleted }) => deleted)) return false
  const { action, seen } = change
  const returns = action === 'update' && seen?.deleted === true && (BigInt(before.mask) & ~seen.mask) === 0n
  return !returns
}

/**
 * A deleted cut keeps its labels, and all that provisions look at: who could see it learns that it is gone (410), anybody
 * else nothing (404).
 */
export const tombstone = (
  columns: Readonly<Record<string, unknown>>,
  row: CurrentRow,
  { mask, richer }: Pick<Cut, 'mask' | 'richer'>,
  { now, newVersion }: { readonly now: Date; readonly newVersion: () => string },
): Readonly<Record<string, unknown>> => ({
  ...columns,
  custodian: row.custodian,
  submitter: row.submitter,
  person: row.person,
  others: row.others,
  labels: row.labels,
  effective: row.effective,
  type: row.type,
  id: row.id,
  mask: String(mask),
  richer: richer.length === 0 ? null : richer.map(String),
  version: row.deleted ? row.version : newVersion(),
  updated: row.deleted ? row.updated.toISOString() : now.toISOString(),
  deleted: true,
  author: row.author,
  codes: row.codes,
  refs: row.refs,
  low: row.low,
  high: row.high,
  confidentiality: row.confidentiality,
  tokens: [],
  content: '',
})
