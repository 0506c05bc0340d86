import { sql } from 'drizzle-orm'
import type { Services } from '../services.ts'
import { type Connection, json } from '../store/database.ts'

/** What a ticket is for. One of one kind is never good for another. */
export type TicketKind = 'enroll' | 'second-factor' | 'challenge' | 'external' | 'authenticator'

/** Something that is good once, and for a while. */
export interface Ticket<Content> {
  readonly member: string | null
  readonly content: Content
}

type Needed = Pick<Services, 'digest' | 'clock'>

const hashOf = (services: Needed, kind: TicketKind, secret: string): string | Promise<string> =>
  services.digest(`${kind} ${secret}`)

/** Keeps a ticket under its secret, which is stored hashed; one that was there under the same secret is replaced. */
export const keepTicket = async (
  connection: Connection,
  services: Needed,
  kind: TicketKind,
  secret: string,
  { member = null, content = {}, seconds }: { member?: string | null; content?: object; seconds: number },
): Promise<void> => {
  const expires = new Date(services.clock.real().getTime() + seconds * 1000).toISOString()
  await connection.query(sql`INSERT INTO ticket (hash, kind, member, content, expires)
    VALUES (${await hashOf(services, kind, secret)}, ${kind}, ${member}, ${json(content)}, ${expires}::text::timestamptz)
    ON CONFLICT (hash) DO UPDATE SET member = excluded.member, content = excluded.content, expires = excluded.expires`)
}

/** Reads a ticket without using it up. */
export const readTicket = async <Content>(
  connection: Connection,
  services: Needed,
  kind: TicketKind,
  secret: string,
): Promise<Ticket<Content> | undefined> => {
  const now = services.clock.real().toISOString()
  const [row] = await connection.query<Ticket<Content>>(sql`SELECT member, content FROM ticket
    WHERE hash = ${await hashOf(services, kind, secret)} AND kind = ${kind} AND expires > ${now}::text::timestamptz`)
  return row
}

/** Uses a ticket up: of several who try at the same moment, one gets it. */
export const takeTicket = async <Content>(
  connection: Connection,
  services: Needed,
  kind: TicketKind,
  secret: string,
): Promise<Ticket<Content> | undefined> => {
  const now = services.clock.real().toISOString()
  const [row] = await connection.query<Ticket<Content> & { good: boolean }>(sql`DELETE FROM ticket
    WHERE hash = ${await hashOf(services, kind, secret)} AND kind = ${kind}
    RETURNING member, content, expires > ${now}::text::timestamptz AS good`)
  return row?.good === true ? row : undefined
}
