import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { isRepresentative } from '../../consent/asked.ts'
import { fail } from '../fault.ts'
import { operation } from '../operation.ts'
import { demandOrganization } from '../organizations.ts'

const input = z.object({
  id: z.string().regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 printable characters without spaces'),
  practitioner: z.string(),
  organization: z.string(),
  role: z.string().min(1),
})

type User = z.output<typeof input>

/** Adds a member of an organization, or changes it; a change ends the tokens of what it was before. */
export const addUser = operation(input, ({ services: { database } }, user) =>
  database.transaction(async (connection) => {
    await demandOrganization(connection, user.organization)
    if (isRepresentative({ user: user.practitioner }) !== (user.role === 'representative'))
      return fail('a RelatedPerson has the role `representative`, and nobody else has it')
    const [before] = await connection.query<User>(
      sql`SELECT id, practitioner, organization, role FROM member WHERE id = ${user.id} FOR UPDATE`,
    )
    await connection.query(sql`INSERT INTO member (id, practitioner, organization, role)
        VALUES (${user.id}, ${user.practitioner}, ${user.organization}, ${user.role}) ON CONFLICT (id) DO UPDATE
        SET practitioner = excluded.practitioner, organization = excluded.organization, role = excluded.role`)
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(pick(user)))
      await connection.query(sql`DELETE FROM access_token WHERE context->'asked'->>'user' = ${before.practitioner}
          AND context->'asked'->>'organization' = ${before.organization} AND context->'asked'->>'role' = ${before.role}`)
    const rows = await connection.query(
      sql`SELECT id FROM resource WHERE type = split_part(${user.practitioner}, '/', 1) AND id = split_part(${user.practitioner}, '/', 2)
        AND (type <> 'RelatedPerson' OR effective) AND NOT deleted LIMIT 1`,
    )
    return { ...user, stored: rows.length > 0 }
  }),
)

const pick = ({ id, practitioner, organization, role }: User): User => ({
  id,
  practitioner,
  organization,
  role,
})
