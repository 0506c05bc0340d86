import { sql } from 'drizzle-orm'
import type { Connection } from '../store/database.ts'

/** A raw message as it came in. */
export interface Arrival {
  readonly received: Date
  readonly partner: string | undefined
  readonly channel: string
  /** Partner, MSH-3, MSH-4 and MSH-10: what makes a message the same (PARTNERS, HL7 v2). */
  readonly identity: string | undefined
  /** SHA-256 of the bytes, in hexadecimal. */
  readonly hash: string
  readonly raw: Uint8Array
}

/** What the inbox already has under the same identity. */
export type Stored =
  | { readonly kind: 'new'; readonly key: bigint }
  | { readonly kind: 'replay'; readonly answer: string }
  | { readonly kind: 'unfinished'; readonly key: bigint }
  | { readonly kind: 'other-content' }

/** Keeps a raw message before anything is done with it. The same message again is told apart from another one under its name. */
export const keepArrival = async (connection: Connection, arrival: Arrival): Promise<Stored> => {
  const [fresh] = await connection.query<{ key: bigint }>(insert(arrival, arrival.identity, 'received'))
  if (fresh !== undefined) return { kind: 'new', key: fresh.key }
  const [known] = await connection.query<{ key: bigint; hash: string; state: string; answer: string | null }>(
    sql`SELECT key, hash, state, answer FROM inbox WHERE identity = ${arrival.identity ?? null}`,
  )
  if (known === undefined) return keepArrival(connection, arrival)
  if (known.hash !== arrival.hash) {
    await connection.query(insert(arrival, undefined, 'held'))
    return { kind: 'other-content' }
  }
  if (known.state === 'accepted' && known.answer !== null) return { kind: 'replay', answer: known.answer }
  return { kind: 'unfinished', key: known.key }
}

const insert = (
  { received, partner, channel, hash, raw }: Arrival,
  identity: string | undefined,
  state: string,
) =>
  sql`INSERT INTO inbox (received, partner, channel, identity, hash, raw, state) VALUES (${received.toISOString()}::timestamptz, ${partner ?? null}, ${channel},
    ${identity ?? null}, ${hash}, decode(${hex(raw)}, 'hex'), ${state}) ON CONFLICT (identity) DO NOTHING RETURNING key`

const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/**
 * Notes what became of a message, with the answer that was given. Returns false where another process was faster: an
 * accepted message is accepted once.
 */
export const settleArrival = async (
  connection: Connection,
  key: bigint,
  state: 'accepted' | 'refused' | 'held',
  answer: string,
  problem?: string,
): Promise<boolean> => {
  const rows =
    await connection.query(sql`UPDATE inbox SET state = ${state}, answer = ${answer}, problem = ${problem ?? null}
    WHERE key = ${String(key)}::text::bigint AND state <> 'accepted' RETURNING key`)
  return rows.length > 0
}
