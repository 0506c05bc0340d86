import type { FhirResource, Task } from 'fhir/r4'
import type { Cut } from '../consent/cuts.ts'
import { bit, type Mask } from '../consent/labels.ts'
import type { Change, CurrentRow } from './change.ts'
import { isProgress } from './current.ts'

/**
 * Adds the cut in which a program keeps its own moves on a Task, or carries it over to a new version: the moves stay,
 * whatever the sender changes around them. It carries what the resource does, as far as that is still there.
 */
export const withProgress = (
  cuts: readonly Cut[],
  whole: Mask,
  richest: Mask,
  { progress, action, resource }: Change,
  prior: readonly CurrentRow[],
): readonly Cut[] => {
  const kept = prior.find(isProgress)
  const own =
    progress ??
    (kept === undefined || action === 'delete' || kept.deleted
      ? undefined
      : {
          mask: (kept.mask & richest) | whole,
          resource: { ...resource, ...moves(JSON.parse(kept.content) as Task) } as FhirResource,
        })
  if (own === undefined) return cuts
  const mask = own.mask | bit('program-status')
  return [
    ...cuts.map((cut) => ((cut.mask & ~mask) === 0n ? { ...cut, richer: [...cut.richer, mask] } : cut)),
    { mask, richer: [], resource: own.resource },
  ]
}

/** What the owner of a Task moves. */
const moves = ({ status, statusReason, businessStatus, executionPeriod, lastModified, note, output }: Task): Partial<Task> => ({
  status, statusReason, businessStatus, executionPeriod, lastModified, note, output,
}) // prettier-ignore
