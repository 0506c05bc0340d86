import { narrow } from '../smart/scopes.ts'
import type { Connection } from '../store/database.ts'
import { type CallerRow, callerOf } from './bearer.ts'
import type { Caller } from './caller.ts'
import { homeJoin, registryColumns } from './registry-row.ts'

/** What a client began under a token that may be over by now. */
export interface Begun {
  readonly client: string
  readonly audience: number
  readonly scope: string
}

const text = `SELECT c.id AS client, a.key AS audience, json_build_object('asked', a.asked, 'scope', c.scope) AS context,
    ${registryColumns}, now() AS expires, NULL AS epoch
  FROM client c
  JOIN audience a ON a.key = $2::int AND (a.asked->>'purpose') = ANY(c.purposes) AND a.asked->>'organization' = c.organization
  JOIN organization o ON o.id = substr(c.organization, 14)
  ${homeJoin}
  WHERE c.id = $1`

/**
 * A client as the caller that it would be now, with no scope that it had not when it began; undefined where it is registered
 * no more, for another organization, or not for the purpose. Throws a TokenRefusal where no scope is left.
 */
export const standingCaller = async (
  connection: Connection,
  { client, audience, scope }: Begun,
): Promise<Caller | undefined> => {
  const [row] = await connection.query<CallerRow>({ text, params: [client, audience] })
  if (row === undefined) return undefined
  const asked = { ...row.context, scope: narrow(scope, row.context.scope, ['system']) }
  return callerOf({ ...row, context: asked })
}
