import defaultTable from '../../mappings/default-table.json' with { type: 'json' }
import { within } from '../../src/admin/administered.ts'
import { insertRows } from '../../src/admin/default-table.ts'
import { addPartners, partnerSchema } from '../../src/admin/partners.ts'
import { jobOf } from '../../src/admin/relabelling.ts'
import type { DefaultRow } from '../../src/consent/asked.ts'
import { createServices } from '../../src/create-services.ts'
import type { Ids, Services } from '../../src/services.ts'
import { upsertClient } from '../../src/smart/clients.ts'
import type { Database } from '../../src/store/database.ts'
import { rebuildPermits } from '../../src/store/permits.ts'
import { settleHeld } from '../../src/store/relabelling.ts'
import { type ClientSpec, clients, type OrganizationSpec, organizations } from './town.ts'

export const publicUrl = 'https://gateway.example'

/** When every world begins. */
export const start = new Date('2026-06-15T12:00:00Z')

/** Ids that are the same in every run. */
export const countingIds = (): Ids => counting('made', 'v', 'request')

const counting = (resource: string, version: string, request: string): Ids => {
  let count = 0
  const next = (kind: string) => () => `${kind}-${String((count += 1)).padStart(6, '0')}`
  return { resource: next(resource), version: next(version), request: next(request) }
}

export const addTable = (database: Database, rows: readonly DefaultRow[]): Promise<void> =>
  database.transaction(async (connection) => {
    await insertRows(connection, rows)
    await rebuildPermits(connection, 'all')
  })

export const addOrganizations = async (
  services: Services,
  specs: readonly OrganizationSpec[],
): Promise<void> => {
  await services.database.transaction((connection) =>
    addPartners(
      within(services, connection),
      specs.map((spec) => partnerSchema.parse(spec)),
    ),
  )
  await settleHeld(jobOf(services))
}

export const addClient = (database: Database, spec: ClientSpec) =>
  upsertClient(database, {
    kind: 'secret',
    secret: 'a'.repeat(64),
    redirects: [],
    roles: [],
    ...spec,
  })

/** The organizations and clients of the town, and the tables that ship, in a migrated database. */
export const settleTown = async (database: Database): Promise<void> => {
  const clock = { now: () => start, real: () => new Date() }
  const settings = { publicUrl, production: false, log: false, clock: undefined, mllpPort: 0 }
  const services = createServices({ settings, database, clock, ids: counting('town', 'settled', 'settling') })
  await addTable(database, defaultTable.rows)
  await addOrganizations(services, organizations)
  for (const client of clients) await addClient(database, client)
}
