import { sql } from 'drizzle-orm'
import type { FhirResource } from 'fhir/r4'
import defaults from '../mappings/default-table.json' with { type: 'json' }
import { accept, type Submission } from '../src/accept.ts'
import type { Caller } from '../src/authenticate/caller.ts'
import type { Services } from '../src/services.ts'
import { findClient, upsertClient } from '../src/smart/clients.ts'
import { issueToken } from '../src/smart/issue.ts'
import { ensureAudience, rebuildPermits } from '../src/store/permits.ts'
import { chart, consented, perPatient } from './records.ts'

export interface World {
  readonly patients: number
  /** A token of the clinic, which holds the records, and one of the hospital, which asks for them. */
  readonly tokens: { readonly clinic: string; readonly hospital: string }
}

/** A trusted import by the clinic. */
const importer = async ({ database }: Services): Promise<Caller> => {
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

const put = (resource: FhirResource): Submission => ({
  method: 'update',
  type: resource.resourceType,
  id: resource.id ?? '',
  resource,
})

/**
 * A clinic's records and a hospital that knows every patient. One chart comes in through the front door and is then
 * multiplied in SQL; every second patient has a consent to what is sensitive.
 */
export const buildWorld = async (services: Services, patients: number): Promise<World> => {
  const { database } = services
  await database.query(sql`INSERT INTO organization (id, name, class) VALUES ('clinic', 'Clinic', 'covered-entity'),
    ('hospital', 'Hospital', 'covered-entity')`)
  for (const row of defaults.rows)
    await database.query(sql`INSERT INTO default_row (label, class, purpose, state, effect, citation)
      VALUES (${row.label}, ${row.class}, ${row.purpose}, ${row.state}, ${row.effect}, ${row.citation})`)
  const writer = {
    interaction: 'import',
    request: 'bench',
    caller: await importer(services),
    imports: 'trusted',
  } as const
  await accept(services, writer, [...chart(0), consented(0)].map(put))
  await multiply(services, patients)
  await database.query(sql`INSERT INTO crosswalk (organization, person, patient)
    SELECT o.key, r.person, 'Patient/' || r.id FROM organization o, resource r WHERE o.id = 'hospital' AND r.type = 'Patient'`)
  const tokens = {
    clinic: await tokenFor(services, 'clinic'),
    hospital: await tokenFor(services, 'hospital'),
  }
  await database.transaction((connection) => rebuildPermits(connection, 'all'))
  await database.query({ text: 'VACUUM ANALYZE', params: [] })
  return { patients, tokens }
}

const tokenFor = async (services: Services, id: 'clinic' | 'hospital'): Promise<string> => {
  const { database } = services
  await upsertClient(database, {
    id,
    organization: `Organization/${id}`,
    kind: 'secret',
    secret: '0'.repeat(64),
    scope: 'system/*.cruds',
    purposes: ['TREAT'],
    redirects: [],
    roles: [],
  })
  const client = await findClient(database, id)
  if (client === undefined) throw new Error(`client ${id} was not registered`)
  return (
    await database.transaction((connection) => issueToken(connection, { client, lifetime: 3600 }, services))
  ).token
}

/** Columns of a copied row: whatever names the first patient names the new one. */
const columnsOf = async ({ database }: Services): Promise<{ names: string; values: string }> => {
  const rows = await database.query<{
    name: string
    type: string
  }>(sql`SELECT attname AS name, format_type(atttypid, NULL) AS type
    FROM pg_attribute WHERE attrelid = 'resource'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'key' ORDER BY attnum`)
  const renamed = (name: string) => `replace(r.${name}::text, 'bench-0-', 'bench-' || n || '-')`
  const valueOf = ({ name, type }: { name: string; type: string }) => {
    if (name === 'person') return 'p.first + n'
    return ['text', 'text[]', 'jsonb'].includes(type) ? `${renamed(name)}::${type}` : `r.${name}`
  }
  return { names: rows.map(({ name }) => name).join(', '), values: rows.map(valueOf).join(', ') }
}

const multiply = async (services: Services, patients: number): Promise<void> => {
  const { names, values } = await columnsOf(services)
  const copies = sql.raw(`generate_series(1, ${patients - 1}) n`)
  const first = sql`(SELECT person AS first FROM resource WHERE type = 'Patient' AND id = 'bench-0-p') p`
  await services.database.transaction(async (connection) => {
    await connection.query(sql`INSERT INTO person SELECT p.first + n FROM ${copies}, ${first}`)
    await connection.query(
      sql`SELECT setval(pg_get_serial_sequence('person', 'key'), (SELECT max(key) FROM person))`,
    )
    await connection.query(sql`WITH template AS MATERIALIZED (SELECT * FROM resource r), made AS (
      INSERT INTO resource (${sql.raw(names)}) SELECT ${sql.raw(values)} FROM ${copies}, ${first}, template r
        WHERE r.type <> 'Consent' OR n % 2 = 0 RETURNING key, type, id),
      spelled AS (INSERT INTO words (resource, type, param, value) SELECT made.key, made.type, w.param, w.value
        FROM made JOIN template t ON t.type = made.type AND t.id = regexp_replace(made.id, '^bench-\\d+-', 'bench-0-') JOIN words w ON w.resource = t.key)
      INSERT INTO dates (resource, type, param, low, high) SELECT made.key, made.type, d.param, d.low, d.high
        FROM made JOIN template t ON t.type = made.type AND t.id = regexp_replace(made.id, '^bench-\\d+-', 'bench-0-') JOIN dates d ON d.resource = t.key`)
    await connection.query(
      sql`INSERT INTO chart (person, custodian) SELECT p.first + n, c.custodian FROM ${copies}, ${first}, chart c`,
    )
    await connection.query(sql`INSERT INTO directive (consent, person, effective, compiled)
      SELECT replace(d.consent, 'bench-0-', 'bench-' || n || '-'), p.first + n, d.effective, replace(d.compiled::text, 'bench-0-', 'bench-' || n || '-')::jsonb
      FROM ${copies}, ${first}, directive d WHERE n % 2 = 0`)
  })
}

/** Ids of one patient's records in the world. */
export const ids = {
  patient: (patient: number) => `bench-${patient}-p`,
  observation: (patient: number, place: number) => `bench-${patient}-o${place % perPatient}`,
}
