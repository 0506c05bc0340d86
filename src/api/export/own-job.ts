import { type ExportFile, type Job, type Owner } from '../../bulk/job.ts'
import { refuse } from '../../problem.ts'
import { fhirBase, type Services } from '../../services.ts'
import type { Connection } from '../../store/database.ts'
import { findJob } from '../../store/exports.ts'

/**
 * The export of who asks: the client that began it, for the same organization and purpose. Anybody else's is not there, like
 * one that is over, was cancelled, or never was.
 */
export const demandJob = async (
  connection: Connection,
  { clock }: Pick<Services, 'clock'>,
  id: string,
  owner: Owner,
): Promise<Job> =>
  (await findJob(connection, id, owner, clock.real())) ??
  refuse({
    kind: 'no-route',
    text: 'no such export: it was never begun by this client, was cancelled, or is over',
  })

/** A file with the name by which it is fetched. */
export interface NamedFile {
  readonly name: string
  readonly file: ExportFile
}

/** The files of an export, numbered within each type. */
export const filesOf = ({ files }: Pick<Job, 'files'>): NamedFile[] =>
  [...Map.groupBy(files ?? [], ({ deleted, type }) => `${deleted ? 'deleted.' : ''}${type}`)].flatMap(
    ([name, own]) => own.map((file, place) => ({ name: `${name}.${place + 1}.ndjson`, file })),
  )

/** The name of the file that says what was passed over. */
export const notesFile = 'OperationOutcome.1.ndjson'

/** The address of a file. */
export const fileUrl = (services: Services, { id }: Pick<Job, 'id'>, name: string): string =>
  `${fhirBase(services)}/$export/${id}/${name}`
