import type { FhirResource } from 'fhir/r4'
import { within } from '../../../src/admin/administered.ts'
import { ensureDefaultTable } from '../../../src/admin/default-table.ts'
import { problemTexts } from '../../../src/admin/fault.ts'
import { addPartners, partnerSchema } from '../../../src/admin/partners.ts'
import { storeRecords } from '../../../src/admin/store-records.ts'
import { createApp } from '../../../src/app.ts'
import { createServices } from '../../../src/create-services.ts'
import { Refusal } from '../../../src/problem.ts'
import type { Services } from '../../../src/services.ts'
import { upsertClient } from '../../../src/smart/clients.ts'
import { issueToken } from '../../../src/smart/issue.ts'
import { migrate } from '../../../src/store/migrate.ts'
import { openPglite } from '../../../src/store/pglite.ts'
import { openPostgres } from '../../../src/store/postgres.ts'

const publicUrl = 'https://gateway.example'
const custodian = 'Organization/round-trip-custodian'

/** What came back, as text. */
export interface Reply {
  readonly status: number
  readonly text: string
}

/** A gateway in this process, and the site that brings its records to it. */
export type Gateway = Awaited<ReturnType<typeof openGateway>>

/**
 * Opens a gateway over PGlite in memory, or over an empty PostgreSQL, with one custodian. A client may choose ids
 * under its registered prefix, so the site has one client for each character that an id begins with.
 */
export const openGateway = async (url: string | undefined) => {
  const database = url === undefined ? await openPglite() : openPostgres(url, 8)
  await migrate(database, new URL('../../../migrations/', import.meta.url))
  const settings = { publicUrl, production: false, log: false, clock: undefined, mllpPort: 0 }
  const services = createServices({ settings, database })
  await ensureDefaultTable(database)
  await addCustodian(services)
  const app = createApp(() => services)
  const tokens = new Map<string, string>()
  const tokenFor = async (id: string): Promise<string> => {
    const prefix = id.charAt(0)
    const token = tokens.get(prefix) ?? (await issue(services, prefix))
    tokens.set(prefix, token)
    return token
  }
  const send = async (id: string, path: string, init: RequestInit = {}): Promise<Reply> => {
    const headers = { authorization: `Bearer ${await tokenFor(id)}`, 'content-type': 'application/fhir+json' }
    const response = await app.request(`${publicUrl}/fhir/${path}`, { ...init, headers })
    return { status: response.status, text: await response.text() }
  }
  return {
    kind: database.kind,
    get: (id: string, path: string) => send(id, path),
    put: (id: string, path: string, body: string) => send(id, path, { method: 'PUT', body }),
    /** The import of a migrating site; what is wrong with the resource, where it is refused. */
    load: (resource: object) => load(services, resource as FhirResource),
    close: () => database.close(),
  }
}

const addCustodian = (services: Services): Promise<void> =>
  services.database.transaction((connection) =>
    addPartners(within(services, connection), [
      partnerSchema.parse({ id: custodian, name: 'Round Trip', class: 'covered-entity', state: 'OR' }),
    ]),
  )

const issue = async (services: Services, prefix: string): Promise<string> => {
  const { database } = services
  const client = await upsertClient(database, {
    id: `round-trip-${prefix.codePointAt(0)}`,
    kind: 'secret',
    secret: 'a'.repeat(64),
    organization: custodian,
    scope: 'system/*.cruds',
    purposes: ['TREAT'],
    redirects: [],
    roles: [],
    prefix,
  })
  const request = { client, lifetime: 3600 }
  return (await database.transaction((connection) => issueToken(connection, request, services))).token
}

const load = async (services: Services, resource: FhirResource): Promise<string[]> => {
  try {
    await services.database.transaction((connection) =>
      storeRecords(within(services, connection), custodian, [resource], 'plain'),
    )
    return []
  } catch (fault) {
    if (fault instanceof Refusal) return problemTexts(fault)
    throw fault
  }
}
