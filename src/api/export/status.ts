import type { Grant } from '../../authorize/grant.ts'
import { openAsked } from '../../bulk/run.ts'
import type { Job } from '../../bulk/job.ts'
import type { Permit } from '../../consent/permit.ts'
import type { Answer, Ask } from '../../disclose.ts'
import { refuse } from '../../problem.ts'
import { countNamed } from '../../search/named-versions.ts'
import type { Services } from '../../services.ts'
import type { Connection } from '../../store/database.ts'
import { dropJob, linesOf, takePoll } from '../../store/exports.ts'
import { demandJob, filesOf, fileUrl, notesFile } from './own-job.ts'

/** How often the status of one export may be asked for. */
const rate = { most: 120, seconds: 60 }

/** In seconds: after so long the status may have changed. */
const patience = 2

/** INVARIANT: how far it came is not said: that would tell of types of which all is hidden. */
const progress = 'in progress'

/** https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-status-request */
export const exportStatus = (services: Services, request: string, id: string): Ask => ({
  interaction: 'export-status',
  request,
  needs: [],
  find: async (connection, grant, permit) => {
    const job = await demandJob(connection, services, id, grant.caller)
    if (!(await takePoll(connection, job.key, services.clock.real(), rate)))
      refuse({
        kind: 'throttled',
        text: `the status is asked for too often: at most ${rate.most} times in ${rate.seconds} seconds`,
        seconds: rate.seconds,
      })
    const answer = await answerOf({ services, connection, grant, permit, job })
    return { rows: [], answer: () => answer }
  },
})

interface Telling {
  readonly services: Services
  readonly connection: Connection
  readonly grant: Grant
  readonly permit: Permit
  readonly job: Job
}

const answerOf = async (telling: Telling): Promise<Answer> => {
  const { services, job } = telling
  if (job.state === 'failed') return refuse({ kind: 'unexpected' })
  if (job.state === 'running')
    return {
      status: 202,
      headers: { 'x-progress': progress, 'retry-after': String(patience) },
      body: '',
    }
  return {
    status: 200,
    headers: { 'content-type': 'application/json', expires: job.expires.toUTCString() },
    body: JSON.stringify(await manifestOf(telling, (await openAsked(services, job)).request)),
  }
}

/** A number is told up to here; it is what the caller may see now, and nothing that it might have seen before. */
const mostCounted = 1000

/**
 * The manifest. INVARIANT: it says what may be downloaded now: a file of which no line is left is not in it, and neither are
 * types that the token does not reach.
 */
const manifestOf = async (telling: Telling, request: string): Promise<object> => {
  const { services, job } = telling
  const [output, deleted] = [[], []] as [object[], object[]]
  for (const { name, file } of filesOf(job)) {
    const count = await countOf(telling, file)
    if (count === 0) continue
    const url = fileUrl(services, job, name)
    const counted = count > mostCounted ? {} : { count }
    if (file.deleted) deleted.push({ type: 'Bundle', url, ...counted })
    else output.push({ type: file.type, url, ...counted })
  }
  return {
    transactionTime: job.moment.toISOString(),
    request,
    requiresAccessToken: true,
    output,
    deleted,
    error:
      job.notes.length === 0
        ? []
        : [{ type: 'OperationOutcome', url: fileUrl(services, job, notesFile), count: job.notes.length }],
  }
}

const countOf = async (
  { connection, grant, permit, job }: Telling,
  file: ReturnType<typeof filesOf>[number]['file'],
): Promise<number> =>
  grant.allows(file.type, 'r') && grant.allows(file.type, 's')
    ? countNamed(connection, permit, file.type, linesOf(job.key, file), mostCounted + 1)
    : 0

/** https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-delete-request */
export const exportCancel = (services: Services, request: string, id: string): Ask => ({
  interaction: 'export-cancel',
  request,
  needs: [],
  find: async (connection, grant) => {
    const job = await demandJob(connection, services, id, grant.caller)
    await dropJob(connection, job.key)
    return { rows: [], answer: () => ({ status: 202, headers: {}, body: '' }) }
  },
})
