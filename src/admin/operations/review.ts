import { sql } from 'drizzle-orm'
import type { FhirResource } from 'fhir/r4'
import * as z from 'zod'
import { listExceptions } from '../../store/exception-review.ts'
import { type Connection, list } from '../../store/database.ts'
import { listReports } from '../../store/reports.ts'
import { listWaiting, type Waiting } from '../../store/review-queue.ts'
import { fail } from '../fault.ts'
import { operation } from '../operation.ts'
import { demandOrganization } from '../organizations.ts'
import { settleItem } from '../settle-item.ts'
import { trailView } from '../trail.ts'

/** All that waits for an officer; of one custodian what waits for its own, and what concerns every custodian. */
export const readQueue = operation(
  z.object({ custodian: z.string().optional() }),
  async ({ services: { database } }, { custodian }): Promise<readonly Waiting[]> => {
    if (custodian !== undefined) await demandOrganization(database, custodian)
    const rows = await listWaiting(database)
    return rows.filter(
      (row) => custodian === undefined || row.custodian === custodian || row.custodian === null,
    )
  },
)

/** One item that waits, with what there is to look at: what was stated, the two Patients, the resource itself. */
export const readItem = operation(z.object({ item: z.string() }), async ({ services }, { item }) => {
  const { database, clock } = services
  const row = (await listWaiting(database)).find((own) => own.item === item)
  if (row === undefined) return fail(`\`${item}\` does not wait: \`review list\` shows what does`)
  const shown = shownOf(row)
  if (row.queue === 'exception' || row.queue === 'report') {
    const [report] = row.queue === 'report' ? await listReports(database, item.split('/')[1]) : []
    await trailView(services, 'review-show', report === undefined ? shown : [report.document])
    const all = await listExceptions(database, clock.now(), true)
    return { ...row, exception: all.find(({ id }) => id === item.split('/')[1]), resources: [] }
  }
  await trailView(services, 'review-show', shown)
  return { ...row, exception: undefined, resources: await readResources(database, shown) }
})

const shownOf = ({ queue, item, patients }: Waiting): readonly string[] => {
  if (queue === 'policy') return [item]
  return queue === 'validation' ? [item.slice('validation/'.length)] : patients
}

const readResources = async (connection: Connection, keys: readonly string[]): Promise<FhirResource[]> => {
  const rows = await connection.query<{ content: string }>(
    sql`SELECT content FROM unnest(${list(keys, 'text')}) WITH ORDINALITY AS k(key, place)
      JOIN resource r ON r.type = split_part(k.key, '/', 1) AND r.id = split_part(k.key, '/', 2)
      WHERE NOT r.deleted AND r.richer IS NULL ORDER BY k.place`,
  )
  return rows.map(({ content }) => JSON.parse(content) as FhirResource)
}

const word = z.object({
  item: z.string(),
  outcome: z.enum(['accepted', 'refused']),
  by: z.string().trim().min(1, 'is empty: say who decides'),
  note: z.string().trim().min(1, 'is empty: say what was found'),
})

/** Accepts or refuses an item, once; the same word again changes nothing. */
export const settle = operation(word, ({ services }, given) =>
  services.database.transaction((connection) => settleItem(connection, services, given)),
)
