import { sql } from 'drizzle-orm'
import type { Connection } from '../store/database.ts'
import { fail } from './fault.ts'
import { demandOrganization, demandPerson } from './organizations.ts'

/** An organization knows a patient, and perhaps under which identifier. */
export interface CrosswalkInput {
  readonly organization: string
  readonly patient: string
  readonly identifier?: { readonly system: string; readonly value: string } | undefined
}

/** Adds an entry of the crosswalk, once; permits are the caller's to rebuild. */
export const addCrosswalk = async (
  connection: Connection,
  { organization, patient, identifier }: CrosswalkInput,
): Promise<{ person: number; added: boolean }> => {
  const { key } = await demandOrganization(connection, organization)
  const person = await demandPerson(connection, patient)
  const [system, value] = [identifier?.system ?? null, identifier?.value ?? null]
  const rows = await connection.query<{
    person: number
    patient: string
    system: string | null
    value: string | null
  }>(
    sql`SELECT person, patient, system, value FROM crosswalk WHERE organization = ${key}
      AND (person = ${person} OR (system = ${system} AND value = ${value}))`,
  )
  const same = rows.filter((row) => row.system === system && row.value === value)
  if (same.some((row) => row.person === person && row.patient === patient)) return { person, added: false }
  if (identifier !== undefined && same.length > 0)
    return fail('this organization already knows another patient under this identifier')
  await connection.query(
    sql`INSERT INTO crosswalk (organization, person, patient, system, value) VALUES (${key}, ${person}, ${patient}, ${system}, ${value})`,
  )
  return { person, added: true }
}
