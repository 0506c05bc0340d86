import { sql } from 'drizzle-orm'
import * as z from 'zod'
import { insertRecord } from '../../record/group-commit.ts'
import { signInEntry } from '../../record/sign-in.ts'
import { enrollAddress } from '../../sign-in/addresses.ts'
import { keepTicket } from '../../sign-in/ticket.ts'
import { newTotpSecret } from '../../sign-in/totp.ts'
import { randomSecret } from '../../smart/secrets.ts'
import { fail } from '../fault.ts'
import { operation } from '../operation.ts'

/** In seconds. */
const patience = 24 * 60 * 60

/** Makes a link, good once and for a day, by which a user sets up how to sign in; earlier links are good no longer. */
export const enrollUser = operation(z.object({ id: z.string() }), ({ services, settings }, { id }) =>
  services.database.transaction(async (connection) => {
    const [member] = await connection.query<{ reference: string; organization: string }>(
      sql`SELECT practitioner AS reference, organization FROM member WHERE id = ${id} FOR UPDATE`,
    )
    if (member === undefined) return fail(`no user \`${id}\` is known: see \`user add\``)
    await connection.query(sql`DELETE FROM ticket WHERE kind = 'enroll' AND member = ${id}`)
    const ticket = randomSecret()
    const content = { secret: newTotpSecret() }
    await keepTicket(connection, services, 'enroll', ticket, { member: id, content, seconds: patience })
    const event = {
      request: services.ids.request(),
      interaction: 'sign-in-change',
      outcome: 'done',
      member,
      detail: 'made an enrollment link',
    } as const
    await insertRecord(connection, [await signInEntry(services, connection, event)], [])
    const expires = new Date(services.clock.real().getTime() + patience * 1000).toISOString()
    return { id, link: enrollAddress(settings.publicUrl, ticket), expires }
  }),
)
