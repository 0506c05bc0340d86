import { sql } from 'drizzle-orm'
import { type Connection, json } from '../store/database.ts'
import type { LaunchContext } from './grants/launch-context.ts'
import { randomSecret, sha256 } from './secrets.ts'
import type { Simulation } from './simulation.ts'

/** How long an app may take to come back with its launch, in seconds. */
const patience = 5 * 60

/** A launch that an EHR began: for which app, by whom, in which context. */
export interface Launch {
  readonly client: string
  /** Id of the user who began it; another one does not go on with it. */
  readonly member: string | null
  readonly context: LaunchContext
  readonly simulate?: Simulation | null
}

/** Begins a launch, and gives the value of `launch` that the app sends back (SMART App Launch 2.2, EHR launch). */
export const beginLaunch = async (
  connection: Connection,
  { client, member, context, simulate }: Launch,
  now: Date,
): Promise<string> => {
  const secret = randomSecret()
  const expires = new Date(now.getTime() + patience * 1000).toISOString()
  await connection.query(sql`INSERT INTO launch (hash, client, member, context, simulate, expires)
    VALUES (${await sha256(secret)}, ${client}, ${member}, ${json(context)}, ${simulate ?? null}, ${expires}::text::timestamptz)`)
  return secret
}

/** A launch of this client, once: undefined where it is unknown, over, used, or another's. */
export const takeLaunch = async (
  connection: Connection,
  launch: string,
  client: string,
  now: Date,
): Promise<Launch | undefined> => {
  const [row] =
    await connection.query<Launch>(sql`DELETE FROM launch WHERE hash = ${await sha256(launch)} AND client = ${client}
    AND expires > ${now.toISOString()}::text::timestamptz RETURNING client, member, context, simulate`)
  return row
}
