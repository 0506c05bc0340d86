import { sql } from 'drizzle-orm'
import type { FhirResource } from 'fhir/r4'
import defaults from '../mappings/default-table.json' with { type: 'json' }
import { accept, type Submission } from '../src/accept.ts'
import type { Caller } from '../src/authenticate/caller.ts'
import type { Services } from '../src/services.ts'
import { findClient, upsertClient } from '../src/smart/clients.ts'
import { sha256 } from '../src/smart/secrets.ts'
import { issueToken } from '../src/smart/issue.ts'
import type { Database } from '../src/store/database.ts'
import { ensureAudience, rebuildPermits } from '../src/store/permits.ts'
import { multiply } from './multiply.ts'
import { chart, earlier, kinds, perPatient, prefix } from './records.ts'

export interface World {
  readonly patients: number
  /** A token of the clinic, which holds the records, of its desk for consents, and of the hospital, which asks for them,
   * and of somebody who knows nobody. */
  readonly tokens: Readonly<Record<'app' | 'clinic' | 'desk' | 'hospital' | 'stranger', string>>
}

/** A trusted import by the clinic. */
export const importer = async ({ database }: Services): Promise<Caller> => {
  const organization = 'Organization/clinic'
  const [row] = await database.query<{ key: number }>(sql`SELECT key FROM organization WHERE id = 'clinic'`)
  const asked = { organization, purpose: 'TREAT' }
  return {
    client: 'import',
    organization,
    organizationKey: row?.key ?? 0,
    homeKey: row?.key ?? 0,
    asked,
    audience: await database.transaction((connection) => ensureAudience(connection, asked)),
    scope: 'system/*.cruds',
    roles: [],
    prefix: undefined,
  }
}

export const put = (resource: FhirResource): Submission => ({
  method: 'update',
  type: resource.resourceType,
  id: resource.id ?? '',
  resource,
})

/** How large a world is. */
export interface Size {
  readonly patients: number
  readonly observations: number
}

/**
 * A clinic's records and a hospital that knows every patient. The first charts come in through the front door and are
 * then copied in SQL; every second patient has a consent to what is sensitive.
 */
export const buildWorld = async (
  services: Services,
  { patients, observations }: Size,
  say: (text: string) => void = () => undefined,
): Promise<World> => {
  const { database } = services
  await database.query(sql`INSERT INTO organization (id, name, class) VALUES ('clinic', 'Clinic', 'covered-entity'),
    ('hospital', 'Hospital', 'covered-entity'), ('stranger', 'Stranger', 'covered-entity')`)
  for (const row of defaults.rows)
    await database.query(sql`INSERT INTO default_row (label, class, purpose, state, effect, citation)
      VALUES (${row.label}, ${row.class}, ${row.purpose}, ${row.state}, ${row.effect}, ${row.citation})`)
  await addOthers(database)
  for (let patient = 0; patient < Math.min(patients, kinds); patient++)
    await importChart(services, patient, observations)
  say(`${Math.min(patients, kinds)} charts through the front door`)
  await multiply(database, patients, say)
  await database.query(sql`INSERT INTO crosswalk (organization, person, patient)
    SELECT o.key, r.person, 'Patient/' || r.id FROM organization o, resource r WHERE o.id NOT IN ('clinic', 'stranger') AND r.type = 'Patient'`)
  const tokens = {
    clinic: await tokenFor(services, 'clinic', 'clinic'),
    desk: await tokenFor(services, 'desk', 'clinic', ['policy']),
    hospital: await tokenFor(services, 'hospital', 'hospital'),
    stranger: await tokenFor(services, 'stranger', 'stranger'),
    app: await appToken(services),
  }
  await database.transaction((connection) => rebuildPermits(connection, 'all'))
  say('permits')
  await database.query({ text: 'VACUUM ANALYZE', params: [] })
  say(`${patients} patients with ${observations} Observations each`)
  return { patients, tokens }
}

/** Others who have asked before: each has permits of its own for everybody. */
const addOthers = (database: Database): Promise<void> =>
  database.transaction(async (connection) => {
    for (let other = 0; other < 10; other++) {
      const id = `practice-${other}`
      await connection.query(
        sql`INSERT INTO organization (id, name, class) VALUES (${id}, 'Practice', 'covered-entity')`,
      )
      await ensureAudience(connection, { organization: `Organization/${id}`, purpose: 'TREAT' })
    }
  })

/** A chart as the clinic stored it, version after version, through the front door. */
export const importChart = async (
  services: Services,
  patient: number,
  observations: number,
): Promise<void> => {
  const writer = {
    interaction: 'import',
    request: 'bench',
    caller: await importer(services),
    imports: 'trusted',
  } as const
  for (const version of [...earlier(patient, observations), chart(patient, observations)])
    await accept(services, writer, version.map(put))
}

/** The secret that the clients have, and its hash as they are registered with it. */
export const clientSecret = 'a secret of the bench, long enough to be one'

/** An app that an officer of the clinic launched with the first patient. */
const appToken = async (services: Services): Promise<string> => {
  const { database } = services
  await database.query(sql`INSERT INTO member (id, practitioner, organization, role)
    VALUES ('officer', 'Practitioner/officer', 'Organization/clinic', 'officer')`)
  await upsertClient(database, {
    id: 'app',
    organization: 'Organization/clinic',
    kind: 'public',
    scope: 'patient/*.rs',
    purposes: ['TREAT'],
    redirects: ['https://app.example/callback'],
    roles: [],
  })
  const client = await findClient(database, 'app')
  if (client === undefined) throw new Error('the app was not registered')
  const request = { client, user: 'officer', inContext: ids.patient(0), lifetime: 3600 }
  return (await database.transaction((connection) => issueToken(connection, request, services))).token
}

const tokenFor = async (
  services: Services,
  id: string,
  organization: string,
  roles: readonly 'policy'[] = [],
): Promise<string> => {
  const { database } = services
  await upsertClient(database, {
    id,
    organization: `Organization/${organization}`,
    kind: 'secret',
    secret: await sha256(clientSecret),
    scope: 'system/*.cruds',
    purposes: ['TREAT'],
    redirects: [],
    roles,
  })
  const client = await findClient(database, id)
  if (client === undefined) throw new Error(`client ${id} was not registered`)
  return (
    await database.transaction((connection) => issueToken(connection, { client, lifetime: 3600 }, services))
  ).token
}

/** Ids of one patient's records in the world. */
export const ids = {
  patient: (patient: number) => `${prefix(patient)}p`,
  observation: (patient: number, place: number) => `${prefix(patient)}o${place % perPatient}`,
}
