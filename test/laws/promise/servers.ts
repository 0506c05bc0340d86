import { sql } from 'drizzle-orm'
import type { Asked } from '../../../src/consent/asked.ts'
import { openWorld, type Bearer, type World as Server } from '../../contract/world.ts'
import { organizations as town } from '../../contract/town.ts'
import type { Kind } from '../../contract/databases.ts'
import { askers } from '../arbitrary.ts'
import { organizations as drawn } from '../drawn/town.ts'
import type { Ids } from '../../../src/services.ts'
import type { TwinOrganization } from '../twin/twin.ts'
import { read, type Reading } from '../../search/reading.ts'
import { setMinorRows } from '../../../src/store/state-rows.ts'
import { loadHierarchy } from '../../contract/hierarchy.ts'
import { hierarchy } from '../hierarchy.ts'
import { minorRows, stateRows } from '../state-rows.ts'
import { openRole } from './open-permit.ts'

/** Organizations that the worlds of the law need beside those of the town. */
const more = drawn
  .filter(({ id }) => town.every((own) => own.id !== id))
  .map(({ id, class: of, part2, partOf, principal, state }) => ({
    id,
    name: id,
    class: of,
    part2,
    state,
    ...(partOf === null ? {} : { partOf }),
    ...(principal === null ? {} : { principal }),
  }))

/** All of them, as the twin knows them. */
export const known: readonly TwinOrganization[] = [...town, ...more].map(
  ({ id, class: of, part2, partOf, principal, state }) => ({
    id,
    class: of,
    ...(part2 === undefined ? {} : { part2 }),
    ...(partOf === undefined ? {} : { partOf }),
    ...(principal === undefined ? {} : { principal }),
    ...(state === undefined ? {} : { state }),
  }),
)

/** Ids that a client may choose itself start with it. */
export const prefixOf = (organization: string): string => `own-${organization}-`

/** Ids that no other server of the law gives: what one told of is nothing to another. */
const idsFrom = (first: number): Ids => {
  let count = first
  const next = (kind: string) => () => `${kind}-${String((count += 1)).padStart(6, '0')}`
  return { resource: next('made'), version: next('v'), request: next('request') }
}

const scope = 'system/*.cruds user/*.cruds patient/*.cruds'
const purposes = [...new Set(askers('').map(({ purpose }) => purpose))]

/** A gateway with the organizations of the law: with consent, or, as S, without. How it reads many patients is the law's to say. */
export const openServer = async (kind: Kind, isOpen: boolean, reading: () => Reading): Promise<Server> => {
  const server = await openWorld(kind, {
    ids: isOpen ? idsFrom(500_000) : idsFrom(0),
    change: (services) => ({ ...services, common: read(reading) }),
  })
  for (const spec of more) await server.organization(spec)
  await setMinorRows(server.database, minorRows)
  await loadHierarchy(server.database, hierarchy)
  await server.table(stateRows)
  for (const { id } of known)
    await server.client({
      id,
      organization: `Organization/${id}`,
      scope,
      purposes,
      roles: isOpen ? [openRole] : [],
      prefix: prefixOf(id),
    })
  await server.member('kim-psychiatry', 'Practitioner/kim', 'Organization/psychiatry', 'clinician')
  await server.member('kim-clinic', 'Practitioner/kim', 'Organization/clinic', 'clinician')
  for (const id of ['hospital', 'program'])
    await server.member(`kim-${id}`, 'Practitioner/kim', `Organization/${id}`, 'clinician')
  await server.member('lee-clinic', 'Practitioner/lee', 'Organization/clinic', 'officer')
  return server
}

const tables = [
  'resource', 'words', 'dates', 'amounts', 'history', 'directive', 'permit', 'rule', 'chart', 'chart_mask', 'crosswalk', 'holding',
  'person', 'audience', 'access_token', 'audit', 'accounting', 'identity_review', 'exception', 'named_code', 'code_kind',
  'export_job', 'export_line', 'export_patient',
] // prettier-ignore

/** Empties a gateway of everything but its organizations, clients and tables. */
export const wipe = async (server: Server): Promise<void> => {
  await server.rows(sql.raw(`TRUNCATE ${tables.map((name) => `"${name}"`).join(', ')}`))
  server.forgetTokens()
}

/** Does the same to every table, in one statement. */
const toEach = async (server: Server, make: (table: string) => string): Promise<void> => {
  await server.rows(sql.raw(`DO $$ BEGIN ${tables.map(make).join(' ')} END $$`))
}

/** Keeps what a gateway holds now, so that `putBack` brings it again: faster than to stand it up once more. */
export const keep = (server: Server, as = 'kept'): Promise<void> =>
  toEach(
    server,
    (
      table,
    ) => `IF to_regclass('${as}_${table}') IS NULL THEN CREATE UNLOGGED TABLE ${as}_${table} AS TABLE "${table}";
      ELSE DELETE FROM ${as}_${table}; INSERT INTO ${as}_${table} SELECT * FROM "${table}"; END IF;`,
  )

/** Brings back what was kept, whatever was written since. */
export const putBack = async (server: Server, as = 'kept'): Promise<void> => {
  await wipe(server)
  await toEach(
    server,
    (table) => `INSERT INTO "${table}" OVERRIDING SYSTEM VALUE SELECT * FROM ${as}_${table};`,
  )
}

/** A token of somebody who asks. */
export const tokenOf = async (
  server: Server,
  { organization, user, role, patient, purpose }: Asked,
  narrowed?: string,
): Promise<Bearer> => {
  const id = organization.slice('Organization/'.length)
  if (user !== undefined && role === 'representative')
    await server.rows(sql`INSERT INTO member (id, practitioner, organization, role)
      VALUES (${memberOf(user, id)}, ${user}, ${organization}, ${role}) ON CONFLICT DO NOTHING`)
  return server.token(id, {
    purpose,
    ...(narrowed === undefined ? {} : { scope: narrowed }),
    ...(user === undefined ? {} : { user: memberOf(user, id) }),
    ...(patient === undefined ? {} : { patient: patient.slice('Patient/'.length) }),
  })
}

const memberOf = (user: string, organization: string): string => `${user.split('/')[1] ?? ''}-${organization}`
