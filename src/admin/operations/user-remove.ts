import { sql } from 'drizzle-orm'
import * as z from 'zod'
import { fail } from '../fault.ts'
import { operation } from '../operation.ts'
import { endAll } from './user-add.ts'

/** Removes a user, with sessions, tokens and all by which they signed in. Their records and the trail stay. */
export const removeUser = operation(z.object({ id: z.string() }), ({ services }, { id }) =>
  services.database.transaction(async (connection) => {
    const [before] = await connection.query<{
      id: string
      practitioner: string
      organization: string
      role: string
    }>(sql`DELETE FROM member WHERE id = ${id} RETURNING id, practitioner, organization, role`)
    if (before === undefined) return fail(`no user \`${id}\` is known`)
    await endAll(connection, before)
    return { removed: id }
  }),
)
