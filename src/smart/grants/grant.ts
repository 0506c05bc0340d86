import { sql } from 'drizzle-orm'
import type { Asked } from '../../consent/asked.ts'
import { type Connection, json } from '../../store/database.ts'
import type { Simulation } from '../simulation.ts'
import type { LaunchContext } from './launch-context.ts'

/** What a user granted an app. */
export interface SmartGrant {
  readonly key: number
  readonly client: string
  /** Id of the user. */
  readonly member: string
  readonly asked: Asked
  readonly audience: number
  readonly scope: string
  readonly context: LaunchContext
  /** Hash of the session, where the grant lasts no longer than that. */
  readonly session: string | null
  /** What goes wrong on purpose (`simulationOf`). */
  readonly simulate: Simulation | null
  readonly authenticated: Date
  readonly expires: Date
}

/** Keeps a grant; answers with its key. */
export const createGrant = async (
  connection: Connection,
  {
    client,
    member,
    asked,
    audience,
    scope,
    context,
    session,
    simulate,
    authenticated,
    expires,
  }: Omit<SmartGrant, 'key'>,
  now: Date,
): Promise<number> => {
  const [row] = await connection.query<{ key: number }>(sql`INSERT INTO smart_grant
    (client, member, asked, audience, scope, context, session, simulate, authenticated, created, expires)
    VALUES (${client}, ${member}, ${json(asked)}, ${audience}, ${scope}, ${json(context)}, ${session}, ${simulate},
      ${authenticated.toISOString()}::text::timestamptz, ${now.toISOString()}::text::timestamptz, ${expires.toISOString()}::text::timestamptz)
    RETURNING key`)
  return row?.key ?? 0
}

const columns = sql.raw(
  'g.key, g.client, g.member, g.asked, g.audience, g.scope, g.context, g.session, g.simulate, g.authenticated, g.expires',
)

/** A grant by its key; undefined once it is revoked. */
export const findGrant = async (connection: Connection, key: number): Promise<SmartGrant | undefined> => {
  const [row] = await connection.query<SmartGrant>(
    sql`SELECT ${columns} FROM smart_grant g WHERE g.key = ${key} FOR KEY SHARE`,
  )
  return row
}

/** A user's grants that stand, the newest first, for the user to see and to end. */
export const findGrantsOf = (
  connection: Connection,
  member: string,
  now: Date,
): Promise<(SmartGrant & { readonly created: Date; readonly name: string | null })[]> =>
  connection.query(sql`SELECT ${columns}, g.created, c.name FROM smart_grant g JOIN client c ON c.id = g.client
    WHERE g.member = ${member} AND g.expires > ${now.toISOString()}::text::timestamptz ORDER BY g.created DESC, g.key DESC`)

/**
 * Ends a grant, and with it every code and token that was issued under it: no process remembers one of them any longer
 * (`Permit.guard`). `member` limits it to that user's own.
 */
export const revokeGrant = async (connection: Connection, key: number, member?: string): Promise<boolean> => {
  const own = member === undefined ? sql`` : sql` AND member = ${member}`
  const gone = await connection.query(sql`DELETE FROM smart_grant WHERE key = ${key}${own} RETURNING key`)
  return gone.length > 0
}
