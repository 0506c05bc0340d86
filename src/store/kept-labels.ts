import type { Resource } from 'fhir/r4'
import { withKeptLabels } from '../consent/inline-kept.ts'
import { bit } from '../consent/labels.ts'
import type { Change, CurrentRow } from './change.ts'

/** A change with the inline labels of the version before, of which it holds the richest cut; a program's own moves have none. */
export const keepingLabels = (change: Change, prior: readonly CurrentRow[]): Change => {
  const before = prior.findLast((row) => (BigInt(row.mask) & bit('program-status')) === 0n && !row.deleted)
  if (before === undefined || !before.content.includes('inline-sec-label')) return change
  const stored = JSON.parse(before.content) as Resource
  return { ...change, resource: withKeptLabels(change.resource, stored, change.lowered ?? 0n) }
}
