import { sql } from 'drizzle-orm'
import * as z from 'zod'
import { isRepresentative } from '../../consent/asked.ts'
import type { OpenIdProvider } from '../../settings.ts'
import { endSessions } from '../../sign-in/session.ts'
import type { Connection } from '../../store/database.ts'
import { fail } from '../fault.ts'
import { operation } from '../operation.ts'
import { demandOrganization } from '../organizations.ts'

const input = z.object({
  id: z.string().regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 printable characters without spaces'),
  practitioner: z.string(),
  organization: z.string(),
  role: z.string().min(1),
  external: z.string().min(1).max(500).optional(),
})

type User = Omit<z.output<typeof input>, 'external'>

/**
 * Adds a member of an organization, or changes it; a change ends the sessions and tokens of what it was before. `external`
 * is the value of the claim by which the OpenID provider names them.
 */
export const addUser = operation(input, ({ services: { database }, settings }, { external, ...user }) =>
  database.transaction(async (connection) => {
    await addMember(connection, user)
    if (external !== undefined) await bind(connection, settings.openId, user.id, external)
    const rows = await connection.query(
      sql`SELECT id FROM resource WHERE type = split_part(${user.practitioner}, '/', 1) AND id = split_part(${user.practitioner}, '/', 2)
        AND (type <> 'RelatedPerson' OR effective) AND NOT deleted LIMIT 1`,
    )
    return { ...user, ...(external === undefined ? {} : { external }), stored: rows.length > 0 }
  }),
)

/** Stores a member; what hung on what it was before ends. */
export const addMember = async (connection: Connection, user: User): Promise<void> => {
  await demandOrganization(connection, user.organization)
  demandRole(user)
  const [before] = await connection.query<User>(
    sql`SELECT id, practitioner, organization, role FROM member WHERE id = ${user.id} FOR UPDATE`,
  )
  await connection.query(sql`INSERT INTO member (id, practitioner, organization, role)
    VALUES (${user.id}, ${user.practitioner}, ${user.organization}, ${user.role}) ON CONFLICT (id) DO UPDATE
    SET practitioner = excluded.practitioner, organization = excluded.organization, role = excluded.role`)
  if (before !== undefined && JSON.stringify(before) !== JSON.stringify(pick(user)))
    await endAll(connection, before)
}

const demandRole = ({ practitioner, role }: User): void => {
  if (isRepresentative({ user: practitioner }) !== (role === 'representative'))
    fail('a RelatedPerson has the role `representative`, and nobody else has it')
  if (practitioner.startsWith('Patient/') !== (role === 'patient'))
    fail('a Patient has the role `patient`, and nobody else has it')
}

/** Ends sessions, grants and tokens of a member. */
export const endAll = async (connection: Connection, before: User): Promise<void> => {
  await endSessions(connection, before.id)
  await connection.query(sql`DELETE FROM smart_grant WHERE member = ${before.id}`)
  await connection.query(
    before.practitioner.startsWith('Patient/')
      ? sql`DELETE FROM access_token WHERE context->'asked'->>'patient' = ${before.practitioner}`
      : sql`DELETE FROM access_token WHERE context->'asked'->>'user' = ${before.practitioner}
          AND context->'asked'->>'organization' = ${before.organization} AND context->'asked'->>'role' = ${before.role}`,
  )
}

/** One value of the claim is one member, and a member has one with each provider. */
const bind = async (
  connection: Connection,
  provider: OpenIdProvider | undefined,
  member: string,
  value: string,
): Promise<void> => {
  if (provider === undefined)
    return fail('`--external` needs a provider: set `SLUICE_OIDC_ISSUER` and what belongs to it')
  const { issuer } = provider
  await connection.query(
    sql`DELETE FROM external_identity WHERE issuer = ${issuer} AND member = ${member} AND value <> ${value}`,
  )
  const [bound] = await connection.query<{ member: string }>(
    sql`INSERT INTO external_identity (issuer, value, member) VALUES (${issuer}, ${value}, ${member})
      ON CONFLICT (issuer, value) DO UPDATE SET value = excluded.value RETURNING member`,
  )
  if (bound?.member !== member) return fail('`--external` names another user already')
}

const pick = ({ id, practitioner, organization, role }: User): User => ({
  id,
  practitioner,
  organization,
  role,
})
