import { setTimeout as pause } from 'node:timers/promises'
import type { Services } from '../../services.ts'
import { type Pass, readProgress, step } from '../../store/relabelling.ts'
import { jobOf } from '../relabelling.ts'

/** In milliseconds: between two batches, so that requests come first; where nothing was to do; and after a fault. */
const pauses = { between: 25, idle: 2000, faulty: 60_000 }

/**
 * Labels again what is due, in the background of a process that serves: small batches, one after the other. What is closed
 * ends after the batch that is under way; whoever comes next goes on.
 */
export const keepLabels = (services: Services): (() => Promise<void>) => {
  const stopping = new AbortController()
  const running = run(services, stopping.signal)
  return async () => {
    stopping.abort()
    await running
  }
}

/** How long a start waits for what it looks for, in milliseconds. */
const mostLooking = 10_000

/**
 * Holds what the tables of this release would raise before anybody is answered by them: where much is stored, as much of it
 * as can be looked at in a few seconds, and the rest in the background.
 */
export const holdRising = async (services: Services): Promise<void> => {
  const job = jobOf(services)
  const until = Date.now() + mostLooking
  for (;;) {
    const { stage, own } = await readProgress(job)
    if (!own || stage === undefined || stage === 'cut' || Date.now() > until) return
    await step(job)
  }
}

const run = async (services: Services, signal: AbortSignal): Promise<void> => {
  const job = jobOf(services)
  let pass: Pass | undefined
  while (!signal.aborted) {
    const next = await step(job, pass).catch((fault: unknown) => {
      const detail = fault instanceof Error ? fault.name : typeof fault
      services.log({ level: 'error', event: 'relabelling failed', detail })
      return undefined
    })
    pass = next?.pass
    const wait = next === undefined ? pauses.faulty : next.worked ? pauses.between : pauses.idle
    await pause(wait, undefined, { signal, ref: false }).catch(() => undefined)
  }
}
