import { sql } from 'drizzle-orm'
import type { Caller } from '../authenticate/caller.ts'
import type { ReferralPartner } from '../mapping/referral.ts'
import type { Header } from '../mapping/hl7v2/parse.ts'
import type { Connection } from '../store/database.ts'
import { ensureAudience } from '../store/permits.ts'

interface Channel {
  readonly kind?: string
  readonly facility?: string
  readonly timeZone?: string
  readonly systems?: Readonly<Record<string, string>>
  readonly referrals?: string
}

interface Row {
  readonly key: number
  readonly id: string
  readonly channels: readonly Channel[]
}

/** Who sent a message, as the registry knows it, and whom it is for. */
export interface Hl7v2Partner {
  readonly key: number
  readonly organization: string
  readonly mapping: ReferralPartner | undefined
}

/**
 * The partner behind MSH-4, the sending facility; over HTTPS it must also be the caller's own organization. The
 * receiver is found by MSH-6 in the same way. Undefined for a sender that is not registered for HL7 v2.
 */
export const partnerFor = async (
  connection: Connection,
  header: Header,
  caller: Caller | undefined,
): Promise<Hl7v2Partner | undefined> => {
  const rows = await connection.query<Row>(sql`SELECT key, id, channels FROM organization`)
  const channelOf = (row: Row, facility: string) =>
    row.channels.find(
      (channel) => channel.facility === facility && (channel.kind === 'mllp' || channel.kind === 'https'),
    )
  const sender = rows.find((row) => channelOf(row, header.sendingFacility) !== undefined)
  if (sender === undefined || (caller !== undefined && caller.organizationKey !== sender.key))
    return undefined
  const receiver =
    rows.find((row) => row.channels.some(({ facility }) => facility === header.receivingFacility)) ??
    rows.find(({ id }) => id === header.receivingFacility.toLowerCase())
  const channel = channelOf(sender, header.sendingFacility)
  const mapping =
    receiver === undefined
      ? undefined
      : {
          id: sender.id,
          organization: `Organization/${sender.id}`,
          receiver: `Organization/${receiver.id}`,
          timeZone: channel?.timeZone ?? 'UTC',
          systems: channel?.systems ?? {},
          ...(channel?.referrals === undefined ? {} : { referrals: channel.referrals }),
        }
  return { key: sender.key, organization: `Organization/${sender.id}`, mapping }
}

/** A partner that speaks over its own line, without a token: it writes what a referral needs and reads nothing. */
export const lineCaller = async (
  connection: Connection,
  { key, organization }: Hl7v2Partner,
): Promise<Caller> => {
  const asked = { organization, purpose: 'TREAT' }
  return {
    client: `hl7v2:${organization}`,
    organization,
    organizationKey: key,
    homeKey: key,
    asked,
    audience: await ensureAudience(connection, asked),
    scope: 'system/Patient.cs system/Condition.c system/ServiceRequest.c system/Task.c',
    roles: [],
    prefix: undefined,
  }
}
