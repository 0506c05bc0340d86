import { sql } from 'drizzle-orm'
import type { FhirResource } from 'fhir/r4'
import defaults from '../../../mappings/default-table.json' with { type: 'json' }
import type { Asked } from '../../../src/consent/asked.ts'
import { rebuildPermits } from '../../../src/store/permits.ts'
import type { World as Server } from '../../contract/world.ts'
import type { World } from '../arbitrary.ts'
import { moment } from '../drawn/town.ts'
import { hierarchy } from '../hierarchy.ts'
import { minorRows, stateRows } from '../state-rows.ts'
import { rho, type TwinRecord, type TwinWorld } from '../twin/twin.ts'
import { twinAsker } from './asking.ts'
import { except, openable } from './except.ts'
import { known, wipe } from './servers.ts'

const practitioners: readonly FhirResource[] = ['kim', 'lee'].map((id) => ({
  resourceType: 'Practitioner',
  id,
  name: [{ family: id }],
}))

/** Everything in the order in which it is stored, with its custodian. */
const recordsOf = ({ records, consents }: World): readonly TwinRecord[] => [
  ...practitioners.map((resource) => ({ resource, custodian: 'clinic', effective: true })),
  ...Object.entries(records).flatMap(([custodian, own]) =>
    own.map((resource) => ({ resource, custodian, effective: true })),
  ),
  ...consents.map((resource) => ({ resource, custodian: 'clinic', effective: true })),
]

const store = async (server: Server, records: readonly TwinRecord[]): Promise<void> => {
  await wipe(server)
  for (const [custodian, own] of Map.groupBy(records, (one) => one.custodian))
    await server.load(
      custodian,
      own.map(({ resource }) => resource),
    )
}

/**
 * Which Patients are one human being is for the import to find (CONSENT rules, section 1): without a birth date they do not
 * agree on one.
 */
const personsOf = (server: Server) =>
  server.rows<{ person: number; ids: string[] }>(
    sql`SELECT person, array_agg(DISTINCT id) AS ids FROM resource WHERE type = 'Patient' GROUP BY person`,
  )

/** D stood up on a gateway, and as the twin sees it. */
export const standUp = async (server: Server, drawn: World): Promise<TwinWorld> => {
  const records = recordsOf(drawn)
  await store(server, records)
  const [first] = drawn.records['clinic'] ?? []
  const patient = `Patient/${first?.id ?? ''}`
  const persons = await personsOf(server)
  const exceptions = openable(drawn.exceptions, patient)
  await except(server, exceptions, persons.find(({ ids }) => ids.includes(first?.id ?? ''))?.person ?? 0)
  for (const id of drawn.knownTo) await server.know(id, patient)
  await server.database.transaction((connection) => rebuildPermits(connection, 'all'))
  const knowing = await server.rows<{ id: string; patient: string }>(
    sql`SELECT DISTINCT o.id, c.patient FROM crosswalk c JOIN organization o ON o.key = c.organization`,
  )
  return {
    organizations: known,
    table: [...defaults.rows, ...stateRows],
    minors: minorRows,
    records,
    persons: persons.map(({ ids }) => ids),
    crosswalk: knowing.map(({ id, patient }) => ({
      organization: id,
      patient: patient.replace('Patient/', ''),
    })),
    exceptions,
    hierarchy,
  }
}

/** What one asker's server would hold, by the twin. */
export const heldFor = (world: TwinWorld, asked: Asked, at = moment): readonly TwinRecord[] =>
  rho(world, twinAsker(asked, at))

/** S stood up on what is left for one asker. */
export const standFor = (server: Server, held: readonly TwinRecord[]): Promise<void> => store(server, held)

/**
 * The same, and whether it could be: where of a record that is shown something that must be there is hidden (its subject),
 * what is left is no FHIR, and no server stores it.
 */
export const canStandFor = async (server: Server, held: readonly TwinRecord[]): Promise<boolean> => {
  try {
    await store(server, held)
    return true
  } catch (fault) {
    if (fault instanceof Error && fault.message.includes(' is required; add it')) return false
    throw fault
  }
}

/** What of a world is hidden from an asker: records that are gone, or of which something is. */
export const hiddenFrom = ({ records }: TwinWorld, held: readonly TwinRecord[]): readonly TwinRecord[] => {
  const left = new Map(held.map(({ resource }) => [keyOf(resource), plainText(resource)]))
  return records.filter(({ resource }) => left.get(keyOf(resource)) !== plainText(resource))
}

export const keyOf = ({ resourceType, id }: FhirResource): string => `${resourceType}/${id ?? ''}`

export const plainText = ({ meta: _meta, ...resource }: FhirResource): string => JSON.stringify(resource)
