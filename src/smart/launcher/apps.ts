import { sql } from 'drizzle-orm'
import type { Member } from '../../sign-in/session.ts'
import type { Connection } from '../../store/database.ts'
import { type ClientRegistration, findClient } from '../clients.ts'

/** An app that can be launched. */
export type LaunchableApp = ClientRegistration & { readonly launchUrl: string }

/** The purpose of use of somebody who asks for the own records (v3-ActReason). */
const own = 'PATRQT'

/** The apps that a user can launch: a patient those for patients, everybody else the others. */
export const launchableApps = async (
  connection: Connection,
  { reference }: Pick<Member, 'reference'>,
): Promise<readonly LaunchableApp[]> => {
  const rows = await connection.query<{ id: string }>(
    sql`SELECT id FROM client WHERE launch_url IS NOT NULL ORDER BY name, id`,
  )
  const found = await Promise.all(rows.map(({ id }) => findClient(connection, id)))
  return found.filter((one): one is LaunchableApp => canBeLaunched(one, reference.startsWith('Patient/')))
}

const canBeLaunched = (client: ClientRegistration | undefined, byPatient: boolean): boolean =>
  client?.launchUrl !== undefined &&
  client.purposes.length === 1 &&
  client.purposes.includes(own) === byPatient
