import { sql } from 'drizzle-orm'
import type { FhirResource } from 'fhir/r4'
import * as z from 'zod'
import { openTypes } from '../../consent/label.ts'
import { Refusal } from '../../problem.ts'
import type { Services } from '../../services.ts'
import { type Connection, list } from '../../store/database.ts'
import { upsertOrganization } from '../../store/effects.ts'
import { settleHeld } from '../../store/relabelling.ts'
import { within } from '../administered.ts'
import { problemTexts } from '../fault.ts'
import { operation } from '../operation.ts'
import { demandOrganization, findOrganization } from '../organizations.ts'
import { jobOf } from '../relabelling.ts'
import { labelsOf, storeRecords, type Stored } from '../store-records.ts'

/** Resources of which type and id are known. */
export const withIds = z.array(z.looseObject({ resourceType: z.string(), id: z.string() }))

const input = z.object({
  custodian: z.string(),
  trusted: z.boolean(),
  resources: withIds,
})

interface Answer {
  readonly resources: readonly Stored[]
  /** Why nothing of these resources was stored. */
  readonly problems: readonly string[]
}

/** Stores resources as records of a custodian, all of them or none. */
export const importRecords = operation(
  input,
  ({ services }, { custodian, trusted, resources }): Promise<Answer> =>
    storeAll(services, { custodian, trusted, resources }),
)

/** What is stored as whose, and what must be committed with it. */
export interface Importing {
  readonly custodian: string
  readonly trusted: boolean
  readonly resources: z.infer<typeof withIds>
  readonly alongside?: (connection: Connection) => Promise<void>
}

/** The same, with what must be committed together with the resources. */
export const storeAll = async (
  services: Services,
  { custodian, trusted, resources: given, alongside }: Importing,
): Promise<Answer> => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- validated on the way in
  const resources = given as readonly FhirResource[]
  const references = given.map(({ resourceType, id }) => `${resourceType}/${id}`)
  try {
    await services.database.transaction(async (connection) => {
      await alongside?.(connection)
      const inner = within(services, connection)
      if (trusted) await introduceCustodian(inner, custodian, resources)
      await demandOrganization(connection, custodian)
      for (const [holder, own] of await holdersOf(inner, custodian, resources, trusted))
        await storeRecords(inner, holder, own, trusted ? 'trusted' : 'plain')
    })
    await settleHeld(jobOf(services))
    return { resources: await labelsOf(services.database, references), problems: [] }
  } catch (fault) {
    if (!(fault instanceof Refusal)) throw fault
    return { resources: [], problems: problemTexts(fault) }
  }
}

/** A trusted import may bring the Organization that it is for. */
const introduceCustodian = async (
  { database }: Services,
  custodian: string,
  resources: readonly FhirResource[],
): Promise<void> => {
  if ((await findOrganization(database, custodian)) !== undefined) return
  const own = resources.find(({ resourceType, id }) => `${resourceType}/${id ?? ''}` === custodian)
  if (own !== undefined) await upsertOrganization(database, own)
}

/** A trusted import may renew directory entries of others: whoever holds them keeps them. */
const holdersOf = async (
  { database }: Services,
  custodian: string,
  resources: readonly FhirResource[],
  trusted: boolean,
): Promise<Map<string, FhirResource[]>> => {
  const keys = trusted
    ? resources.filter(({ resourceType }) => openTypes.has(resourceType)).map(referenceOf)
    : []
  const rows =
    keys.length === 0
      ? []
      : await database.query<{ reference: string; holder: string }>(
          sql`SELECT DISTINCT r.type || '/' || r.id AS reference, 'Organization/' || o.id AS holder FROM resource r
            JOIN organization o ON o.key = r.custodian WHERE (r.type, r.id) IN (SELECT split_part(k, '/', 1), split_part(k, '/', 2) FROM unnest(${list(keys, 'text')}) k)`,
        )
  const holders = new Map(rows.map(({ reference, holder }) => [reference, holder]))
  return Map.groupBy(resources, (one) => holders.get(referenceOf(one)) ?? custodian)
}

const referenceOf = ({ resourceType, id }: FhirResource): string => `${resourceType}/${id ?? ''}`
