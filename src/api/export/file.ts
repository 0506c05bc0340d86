import type { Caller } from '../../authenticate/caller.ts'
import type { ExportFile, Job } from '../../bulk/job.ts'
import { openAsked } from '../../bulk/run.ts'
import { type Answer, type Ask, disclose } from '../../disclose.ts'
import { refuse } from '../../problem.ts'
import { issueOf } from '../../problem.ts'
import type { Released, ReleasedResource } from '../../redact/released.ts'
import type { Chunks } from '../../respond.ts'
import { countNamed, findNamed } from '../../search/named-versions.ts'
import type { Services } from '../../services.ts'
import { linesOf, readLines } from '../../store/exports.ts'
import { subset } from '../subset.ts'
import { demandJob, filesOf, notesFile } from './own-job.ts'

/** Lines that leave together, recorded together: so many at first and at the most, and about so many bytes. */
const chunk = { first: 50, most: 500, bytes: 1_000_000 }

const ndjson = 'application/fhir+ndjson'

/** Which file of which export is fetched, and by what request. */
export interface FileAsked {
  readonly request: string
  readonly job: string
  readonly name: string
}

/**
 * https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-output-file-request. A file is made while it is fetched, chunk
 * after chunk through the door: each line is the version that was found, as far as it may be seen now.
 */
export const exportFile = async (services: Services, caller: Caller, asked: FileAsked): Promise<Chunks> => {
  const state: State = { after: undefined, isOver: false, count: chunk.first }
  const first = await disclose(services, caller, chunkOf(services, asked, state))
  return { first, rest: following(services, caller, asked, state) }
}

/** How far a download came. */
interface State {
  after: string | undefined
  isOver: boolean
  count: number
}

async function* following(
  services: Services,
  caller: Caller,
  asked: FileAsked,
  state: State,
): AsyncGenerator<Released<Answer>> {
  while (!state.isOver) yield await disclose(services, caller, chunkOf(services, asked, state))
}

const chunkOf = (services: Services, { request, job: id, name }: FileAsked, state: State): Ask => ({
  interaction: 'export-file',
  request,
  needs: [],
  find: async (connection, grant, permit) => {
    const job = await demandJob(connection, services, id, grant.caller)
    if (name === notesFile && job.state === 'done' && job.notes.length > 0) {
      state.isOver = true
      return { rows: [], answer: () => answerWith(job.notes.map(noteLine)) }
    }
    const file = filesOf(job).find((own) => own.name === name)?.file ?? noFile()
    for (const access of ['r', 's'] as const)
      if (!grant.allows(file.type, access))
        refuse({ kind: 'forbidden', text: `the token lacks the scope \`system/${file.type}.rs\`` })
    if (state.after === undefined) await requireLines(connection, permit, job, file)
    const lines = await readLines(connection, job.key, file, state.after, state.count)
    state.after = lines.at(-1)?.id
    state.isOver = lines.length < state.count
    const rows = await findNamed(connection, permit, file.type, lines)
    const { elements } = await openAsked(services, job)
    return {
      rows: rows.filter(({ deleted }) => deleted === file.deleted),
      answer: (released) => {
        const answer = answerWith(released.map((own) => (file.deleted ? deletion(own) : line(own, elements))))
        state.count = nextCount(state.count, answer.body.length)
        return answer
      },
    }
  },
})

const noFile = (): never =>
  refuse({ kind: 'no-route', text: 'no such file; the manifest of the export names all' })

/** A file of which nothing may be seen any more is not there, as the manifest does not name it. */
const requireLines = async (
  connection: Parameters<typeof countNamed>[0],
  permit: Parameters<typeof countNamed>[1],
  { key }: Job,
  file: ExportFile,
): Promise<void> => {
  if ((await countNamed(connection, permit, file.type, linesOf(key, file), 1)) === 0) noFile()
}

const nextCount = (count: number, bytes: number): number =>
  Math.max(1, Math.min(chunk.most, Math.round((count * chunk.bytes) / Math.max(bytes, 1))))

const answerWith = (lines: readonly string[]): Answer => ({
  status: 200,
  headers: { 'content-type': ndjson },
  body: lines.map((one) => `${one}\n`).join(''),
})

const line = (own: ReleasedResource, elements: readonly string[]): string =>
  subset(own, { summary: 'false', elements })

const deletion = ({ type, id }: ReleasedResource): string =>
  JSON.stringify({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [{ request: { method: 'DELETE', url: `${type}/${id}` } }],
  })

const noteLine = (text: string): string =>
  JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: [issueOf({ severity: 'information', code: 'not-supported', text })],
  })
