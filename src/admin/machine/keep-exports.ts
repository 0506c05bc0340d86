import { setTimeout as pause } from 'node:timers/promises'
import { runExport, tidyExports } from '../../bulk/run.ts'
import type { Services } from '../../services.ts'

/** Steps that are made before another export has its turn. */
const steps = 20

/** In milliseconds: where nothing was to do, and between two looks for what is over. */
const pauses = { idle: 500, tidy: 60_000 }

/**
 * Finds what exports are to have, in the background of a process that serves, one after the other. Several processes share
 * them; what one that is closed was at goes on with the next.
 */
export const keepExports = (services: Services): (() => Promise<void>) => {
  const stopping = new AbortController()
  const running = run(services, stopping.signal)
  return async () => {
    stopping.abort()
    await running
  }
}

const run = async (services: Services, signal: AbortSignal): Promise<void> => {
  let tidied = 0
  while (!signal.aborted) {
    try {
      if (Date.now() - tidied > pauses.tidy) {
        await tidyExports(services)
        tidied = Date.now()
      }
      if (await runExport(services, steps, signal)) continue
    } catch (fault) {
      const detail = fault instanceof Error ? fault.name : typeof fault
      services.log({ level: 'error', event: 'exports not looked at', detail })
    }
    await pause(pauses.idle, undefined, { signal, ref: false }).catch(() => undefined)
  }
}
