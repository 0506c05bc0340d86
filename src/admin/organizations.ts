import { sql } from 'drizzle-orm'
import type { Connection } from '../store/database.ts'
import { fail } from './fault.ts'

/** Row of an organization, by `Organization/<id>`. */
export interface OrganizationRow {
  readonly key: number
  readonly id: string
  readonly part2: boolean
  readonly class: string | null
}

/** The row of an organization, if it is known. */
export const findOrganization = async (
  connection: Connection,
  reference: string,
): Promise<OrganizationRow | undefined> => {
  const id = reference.slice('Organization/'.length)
  const [row] = await connection.query<OrganizationRow>(
    sql`SELECT key, id, part2, class FROM organization WHERE id = ${id}`,
  )
  return row
}

/** The row of an organization that must be known. */
export const demandOrganization = async (
  connection: Connection,
  reference: string,
): Promise<OrganizationRow> =>
  (await findOrganization(connection, reference)) ??
  fail(`no organization \`${reference}\` is known: add it with \`partner add\``)

/** The person that a stored Patient is. */
export const demandPerson = async (connection: Connection, reference: string): Promise<number> => {
  const id = reference.slice('Patient/'.length)
  const [row] = await connection.query<{ person: number | null }>(
    sql`SELECT person FROM resource WHERE type = 'Patient' AND id = ${id} AND NOT deleted AND richer IS NULL`,
  )
  return row?.person ?? fail(`no \`${reference}\` is stored`)
}
