import { sql } from 'drizzle-orm'
import { type Asked, isRepresentative, type RecipientClass } from '../consent/asked.ts'
import type { ClientRegistration } from '../smart/clients.ts'
import type { Connection } from '../store/database.ts'
import type { Caller } from './caller.ts'

interface Row {
  readonly organization_key: number
  readonly home_key: number
  readonly class: RecipientClass | null
}

/** Whom a user asks for through an app, and with which scopes. */
export interface SignedIn {
  readonly asked: Asked
  readonly audience: number
  readonly scope: string
  readonly member: string
}

/**
 * A user who is signed in, as a caller, before there is a token: for what the pages of authorization ask on the user's
 * behalf. Undefined where the organization is not known.
 */
export const signedInCaller = async (
  connection: Connection,
  client: Pick<ClientRegistration, 'id' | 'organization'>,
  { asked, ...own }: SignedIn,
): Promise<Caller | undefined> => {
  const [row] =
    await connection.query<Row>(sql`SELECT o.key AS organization_key, coalesce(h.key, o.key) AS home_key,
      coalesce(h.class, o.class) AS class
    FROM organization o LEFT JOIN organization h ON o.class = 'business-associate' AND h.id = substr(o.principal, 14)
    WHERE o.id = ${asked.organization.slice('Organization/'.length)}`)
  if (row === undefined) return undefined
  const personal = isRepresentative(asked)
    ? 'representative'
    : asked.patient === undefined
      ? undefined
      : 'patient'
  return {
    ...own,
    asked,
    client: client.id,
    organization: client.organization,
    organizationKey: row.organization_key,
    homeKey: row.home_key,
    recipientClass: personal ?? row.class ?? undefined,
    roles: [],
    prefix: undefined,
  }
}
