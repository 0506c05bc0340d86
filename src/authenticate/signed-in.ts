import type { Asked } from '../consent/asked.ts'
import type { Connection } from '../store/database.ts'
import { type CallerRow, callerOf } from './bearer.ts'
import type { Caller } from './caller.ts'
import { homeJoin, registryColumns } from './registry-row.ts'

/** Whom a user asks for through an app, and with which scopes. */
export interface SignedIn {
  readonly client: string
  readonly asked: Asked
  readonly audience: number
  readonly scope: string
  readonly member: string
}

const text = `SELECT c.id AS client, ${registryColumns}, now() AS expires, NULL AS epoch
  FROM client c JOIN organization o ON o.id = $2 ${homeJoin} WHERE c.id = $1`

/**
 * A user who is signed in, as a caller, before there is a token: for what the pages of authorization ask on the user's
 * behalf. Undefined where the organization is not known.
 */
export const signedInCaller = async (
  connection: Connection,
  { client, asked, audience, scope, member }: SignedIn,
): Promise<Caller | undefined> => {
  const params = [client, asked.organization.slice('Organization/'.length)]
  const [row] = await connection.query<Omit<CallerRow, 'audience' | 'context'>>({ text, params })
  return row && callerOf({ ...row, audience, context: { asked, scope, member } })
}
