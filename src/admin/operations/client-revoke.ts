import { sql } from 'drizzle-orm'
import * as z from 'zod'
import { findClient } from '../../smart/clients.ts'
import { fail } from '../fault.ts'
import { operation } from '../operation.ts'

const input = z.object({ id: z.string(), user: z.string().optional() })

/** Ends what users granted an app, and all tokens of it: of one user, or of all and its own. */
export const revokeClient = operation(input, async ({ services: { database } }, { id, user }) => {
  if ((await findClient(database, id)) === undefined) return fail(`no client \`${id}\` is registered`)
  return database.transaction(async (connection) => {
    const whose = user === undefined ? sql`` : sql` AND member = ${user}`
    const grants = await connection.query(
      sql`DELETE FROM smart_grant WHERE client = ${id}${whose} RETURNING key`,
    )
    const tokens =
      user === undefined
        ? await connection.query(sql`DELETE FROM access_token WHERE client = ${id} RETURNING hash`)
        : []
    return { client: id, grants: grants.length, tokens: tokens.length }
  })
})
