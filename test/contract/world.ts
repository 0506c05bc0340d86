import { sql } from 'drizzle-orm'
import type { FhirResource } from 'fhir/r4'
import type { Hono } from 'hono'
import { within } from '../../src/admin/administered.ts'
import { addCrosswalk, type CrosswalkInput } from '../../src/admin/crosswalk.ts'
import { faultText } from '../../src/admin/fault.ts'
import { jobOf } from '../../src/admin/relabelling.ts'
import { storeRecords } from '../../src/admin/store-records.ts'
import { createApp } from '../../src/app.ts'
import type { DefaultRow } from '../../src/consent/asked.ts'
import { createServices } from '../../src/create-services.ts'
import type { Ids, Services } from '../../src/services.ts'
import { findClient } from '../../src/smart/clients.ts'
import { issueToken } from '../../src/smart/issue.ts'
import type { Database } from '../../src/store/database.ts'
import { rebuildPermits } from '../../src/store/permits.ts'
import { settleHeld } from '../../src/store/relabelling.ts'
import { type Kind, openDatabase } from './databases.ts'
import { addClient, addOrganizations, addTable, countingIds, publicUrl, start } from './settle-town.ts'
import type { ClientSpec, OrganizationSpec } from './town.ts'

export { countingIds, publicUrl }
export const base = `${publicUrl}/fhir`

/** An access token, to ask with. */
export interface Bearer {
  readonly token: string
}

/** Whoever asks: a client by its id, a token, or nobody. */
export type Who = string | Bearer | undefined

/** What came back. `as` reads the body as JSON of a type. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  as<T>(): T
}

export interface TokenOptions {
  readonly user?: string
  readonly patient?: string
  /** The patient in context of a user's token. */
  readonly inContext?: string
  readonly purpose?: string
  readonly scope?: string
}

export interface Sending {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
}

export interface WorldOptions {
  readonly ids?: Ids
  /** Where it is reached, if not by name. */
  readonly publicUrl?: string
  /** Serves the app elsewhere, over the same database. */
  readonly serve?: (database: Database) => Promise<Pick<Hono, 'request'>>
  /** Replaces services before the app is made: a keeper that fails, say. */
  readonly change?: (services: Services) => Services
}

/** The gateway in memory with a town of organizations around it, and everything that a test does to it. */
export type World = Awaited<ReturnType<typeof openWorld>>

/** A gateway over a fresh database of this kind, with the organizations and clients of the town. */
export const openWorld = async (
  kind: Kind,
  {
    ids = countingIds(),
    publicUrl: reached = publicUrl,
    serve,
    change = (services) => services,
  }: WorldOptions = {},
) => {
  const database = await openDatabase(kind, 'town')
  const at = { now: start }
  const clock = { now: () => at.now, real: () => new Date() }
  const settings = { publicUrl: reached, production: false, log: false, clock: undefined, mllpPort: 0 }
  const services = change(createServices({ settings, database, clock, ids }))
  const own = createApp(() => services)
  const app = { fetch: own.fetch, request: (await serve?.(database))?.request ?? own.request }
  const issued = new Map<string, Bearer>()
  const token = tokens(database, services, issued)
  const send = sending(app, token)
  return {
    app,
    services,
    database,
    token,
    /** The next call of each client asks for a new token. */
    forgetTokens: () => issued.clear(),
    send,
    get: (who: Who, path: string, headers: Sending['headers'] = {}) => send(who, 'GET', path, { headers }),
    post: (who: Who, path: string, body: unknown, headers: Sending['headers'] = {}) =>
      send(who, 'POST', path, fhir(body, headers)),
    put: (who: Who, path: string, body: unknown, headers: Sending['headers'] = {}) =>
      send(who, 'PUT', path, fhir(body, headers)),
    del: (who: Who, path: string, headers: Sending['headers'] = {}) => send(who, 'DELETE', path, { headers }),
    /** Moves the clock by which data is dated and decided. */
    setClock: (instant: string) => {
      at.now = new Date(instant)
    },
    organization: (spec: OrganizationSpec) => addOrganizations(services, [spec]),
    client: (spec: ClientSpec) => addClient(database, spec),
    table: (rows: readonly DefaultRow[]) => addTable(database, rows),
    member: (id: string, practitioner: string, organization: string, role: string) =>
      database.query(
        sql`INSERT INTO member (id, practitioner, organization, role) VALUES (${id}, ${practitioner}, ${organization}, ${role})`,
      ),
    /** An import of what an organization holds, under the ids it has. */
    load: (custodian: string, resources: readonly FhirResource[], imports: 'trusted' | 'plain' = 'trusted') =>
      load(services, custodian, resources, imports),
    /** Makes a patient known to an organization, as `crosswalk add` does. */
    know: (organization: string, patient: string, identifier?: { system: string; value: string }) =>
      know(database, { organization: `Organization/${organization}`, patient, identifier }),
    rows: <Row extends object>(statement: ReturnType<typeof sql>) => database.query<Row>(statement),
    close: () => database.close(),
  }
}

const fhir = (body: unknown, headers: Sending['headers'] = {}): Sending => ({
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/fhir+json', ...headers },
})

const tokens =
  (database: Database, services: Services, issued: Map<string, Bearer>) =>
  async (id: string, options: TokenOptions = {}): Promise<Bearer> => {
    const name = JSON.stringify([id, options])
    const known = issued.get(name)
    if (known !== undefined) return known
    const client = await findClient(database, id)
    if (client === undefined) throw new Error(`no client ${id} in the town`)
    const request = { client, lifetime: 3600, ...options, purpose: options.purpose ?? client.purposes[0] }
    const made = await database.transaction((connection) => issueToken(connection, request, services))
    issued.set(name, made)
    return made
  }

const sending =
  (app: Pick<Hono, 'request'>, token: (id: string) => Promise<Bearer>) =>
  async (who: Who, method: string, path: string, { headers = {}, body }: Sending = {}): Promise<Reply> => {
    const bearer = typeof who === 'string' ? await token(who) : who
    const response = await app.request(path.startsWith('/') ? `${publicUrl}${path}` : `${base}/${path}`, {
      method,
      headers: { ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer.token}` }), ...headers },
      ...(body === undefined ? {} : { body }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, as: <T>() => JSON.parse(text) as T }
  }

const load = async (
  services: Services,
  custodian: string,
  resources: readonly FhirResource[],
  imports: 'trusted' | 'plain',
): Promise<void> => {
  try {
    await services.database.transaction((connection) =>
      storeRecords(within(services, connection), `Organization/${custodian}`, resources, imports),
    )
    await settleHeld(jobOf(services))
  } catch (fault) {
    throw new Error(faultText(fault), { cause: fault })
  }
}

const know = (database: Database, entry: CrosswalkInput): Promise<void> =>
  database.transaction(async (connection) => {
    const { person } = await addCrosswalk(connection, entry)
    await rebuildPermits(connection, [person])
  })
