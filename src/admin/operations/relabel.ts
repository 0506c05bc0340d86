import * as z from 'zod'
import { noticeLabelling, type Pass, type Progress, readProgress, step } from '../../store/relabelling.ts'
import { operation } from '../operation.ts'
import { jobOf } from '../relabelling.ts'

const input = z.object({
  /** Batches that are done now; none only tells how it stands. */
  batches: z.number().int().min(0).max(1000),
  /** Labels everything again, whether that is due or not. */
  again: z.boolean().default(false),
})

interface Answer extends Progress {
  /** Whether there is more to do for this release. */
  readonly more: boolean
}

/** Labels stored records again, some batches at a time, and tells how it stands. */
export const relabelRecords = operation(input, async ({ services }, { batches, again }): Promise<Answer> => {
  const job = jobOf(services)
  await noticeLabelling(job, again)
  let pass: Pass | undefined
  let more = true
  for (let done = 0; done < batches && more; done++) {
    const next = await step(job, pass)
    more = next.worked
    pass = next.pass
  }
  const progress = await readProgress(job)
  return { ...progress, more: more && progress.due && progress.own }
})
