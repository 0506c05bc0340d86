import { sql } from 'drizzle-orm'
import type { FhirResource } from 'fhir/r4'
import { accept, type Submission, type Writer } from '../accept.ts'
import type { Caller } from '../authenticate/caller.ts'
import { bits, named } from '../consent/labels.ts'
import { isResourceType } from '../fhir/definitions/structures.ts'
import { Refusal } from '../problem.ts'
import type { Services } from '../services.ts'
import { type Connection, list } from '../store/database.ts'
import { ensureAudience } from '../store/permits.ts'
import { fail } from './fault.ts'
import { demandOrganization } from './organizations.ts'

/** A resource that was stored, and the labels that decide over it. */
export interface Stored {
  readonly reference: string
  readonly labels: readonly string[]
}

/**
 * Stores resources under the ids they have, as records of one custodian, by the way in that all writes take. The
 * services belong to an open transaction (`within`).
 */
export const storeRecords = async (
  services: Services,
  custodian: string,
  resources: readonly FhirResource[],
  imports: 'plain' | 'trusted',
  { interaction = 'import', ...more }: Partial<Pick<Writer, 'interaction' | 'marks'>> = {},
): Promise<void> => {
  if (resources.length === 0) return
  const caller = await importCaller(services.database, custodian)
  const writer = { interaction, request: services.ids.request(), caller, imports, ...more }
  try {
    await accept(services, writer, resources.map(submissionOf))
  } catch (fault) {
    throw fault instanceof Refusal ? namingEntries(fault, resources) : fault
  }
}

/** Findings name the resource by its reference: a place within a chunk says nothing to an operator. */
const namingEntries = ({ problem }: Refusal, resources: readonly FhirResource[]): Refusal => {
  if (!('issues' in problem)) return new Refusal(problem)
  const issues = problem.issues.map((issue) => {
    const [prefix = '', place = '0'] = /^Bundle\.entry\[(\d+)\]\.resource: /.exec(issue.text) ?? []
    const resource = resources[Number(place)]
    const known = prefix !== '' || resources.length === 1
    const name = known && resource !== undefined ? `\`${resource.resourceType}/${resource.id ?? ''}\`: ` : ''
    return { ...issue, text: `${name}${issue.text.slice(prefix.length)}` }
  })
  return new Refusal({ ...problem, issues })
}

const submissionOf = (resource: FhirResource): Submission => {
  const { resourceType: type, id } = resource
  if (!isResourceType(type)) return fail(`\`${String(type)}\` is not an R4 resource type`)
  return { method: 'update', type, id: id ?? '', resource }
}

/** An import writes as the custodian itself. */
const importCaller = async (connection: Connection, custodian: string): Promise<Caller> => {
  const { key } = await demandOrganization(connection, custodian)
  const asked = { organization: custodian, purpose: 'TREAT' }
  return {
    client: 'import',
    organization: custodian,
    organizationKey: key,
    homeKey: key,
    asked,
    audience: await ensureAudience(connection, asked),
    scope: 'system/*.cruds',
    roles: [],
    prefix: undefined,
  }
}

/** Bits that say how a record is kept, and no label that anybody put on it. */
const unspoken = bits('ordinary', 'stored-consent', 'program-status', 'due', 'not-conforming')

/** The labels of stored resources, of the cut that holds all of each. */
export const labelsOf = async (
  connection: Connection,
  references: readonly string[],
): Promise<readonly Stored[]> => {
  const rows = await connection.query<{ reference: string; mask: bigint }>(
    sql`SELECT type || '/' || id AS reference, mask FROM resource WHERE richer IS NULL AND NOT deleted
      AND (type, id) IN (SELECT split_part(k, '/', 1), split_part(k, '/', 2) FROM unnest(${list(references, 'text')}) k)`,
  )
  const masks = new Map(rows.map(({ reference, mask }) => [reference, BigInt(mask)]))
  return references.map((reference) => ({
    reference,
    labels: named((masks.get(reference) ?? 0n) & ~unspoken),
  }))
}
