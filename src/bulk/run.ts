import { standingCaller } from '../authenticate/standing.ts'
import { authorize } from '../authorize/authorize.ts'
import { permitFor } from '../consent/permit.ts'
import { Refusal } from '../problem.ts'
import type { Services } from '../services.ts'
import { TokenRefusal } from '../smart/refusal.ts'
import { claimJob, noteFault, releaseJob, saveStep, sweepExports } from '../store/exports.ts'
import { findLines } from './found.ts'
import { boundTo, type ExportAsked, type Job } from './job.ts'

/** A process has an export for so long, in milliseconds; each step renews it. */
const lease = 60_000

/** After a fault it rests for so long, in milliseconds. */
const rest = 5000

/** Lines of one file, where the settings do not say. */
const usualLines = 100_000

/**
 * Works on one export that nobody else works on, for so many steps at the most; whether there was one. What is found is
 * decided by the permit of the moment; what a step found is stored with how far it came, so nothing is lost or done twice.
 */
export const runExport = async (
  services: Services,
  steps: number,
  signal?: AbortSignal,
): Promise<boolean> => {
  let job = await claimJob(services.database, services.clock.real(), lease)
  if (job === undefined) return false
  for (let left = steps; left > 0 && job?.state === 'running' && signal?.aborted !== true; left--)
    job = await takeStep(services, job)
  if (job?.state === 'running') await releaseJob(services.database, job, services.clock.real())
  return true
}

/** One step; undefined where the export is in other hands, over, or has failed for now. */
const takeStep = async (services: Services, job: Job): Promise<Job | undefined> => {
  try {
    return await nextStep(services, job)
  } catch (fault) {
    const again = new Date(services.clock.real().getTime() + rest)
    services.log({
      level: 'error',
      event: 'export step failed',
      client: job.client,
      detail: fault instanceof Error ? fault.name : typeof fault,
    })
    await noteFault(services.database, job, isFinal(fault) ? 'never' : again)
    return undefined
  }
}

/** What is refused once is refused again. */
const isFinal = (fault: unknown): boolean => fault instanceof Refusal || fault instanceof TokenRefusal

const nextStep = async (services: Services, job: Job): Promise<Job | undefined> => {
  const { database, clock, settings } = services
  const caller = await standingCaller(database, job)
  if (caller === undefined) {
    await noteFault(database, job, 'never')
    return undefined
  }
  const asked = await openAsked(services, job)
  const grant = authorize(caller, [])
  const types = asked.types.filter((type) => grant.allows(type, 's') && grant.allows(type, 'r'))
  const permit = permitFor(grant, clock.now())
  const allowed = (type: string): boolean => types.includes(type)
  const found = await findLines({ services, grant, permit, job, asked }, job.position)
  return saveStep(database, job, {
    lines: found.lines.filter(({ type }) => allowed(type) || type === 'Provenance'),
    position: found.position,
    lease: new Date(clock.real().getTime() + lease),
    mostLines: settings.exportLines ?? usualLines,
  })
}

/** What an export was asked for. */
export const openAsked = async (
  { cursors }: Pick<Services, 'cursors'>,
  { id, asked }: Pick<Job, 'id' | 'asked'>,
): Promise<ExportAsked> => {
  const [text] = await cursors.open(asked, boundTo(id))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- sealed by `begin`, and by nobody else
  return JSON.parse(String(text)) as ExportAsked
}

/** What exports leave to be done now and then: those that are over are taken out. */
export const tidyExports = async (services: Pick<Services, 'database' | 'clock'>): Promise<void> => {
  while (await sweepExports(services.database, services.clock.real())) continue
}
