import { sql } from 'drizzle-orm'
import { Secret, TOTP } from 'otpauth'
import type { Services } from '../services.ts'
import type { Connection } from '../store/database.ts'

const period = 30

/** A new secret of 160 bits (RFC 4226 section 4, R6), as base32. */
export const newTotpSecret = (): string => new Secret({ size: 20 }).base32

const totpOf = (secret: string, member = ''): TOTP =>
  new TOTP({ issuer: 'Sluice', label: member, secret, algorithm: 'SHA1', digits: 6, period })

/** What a QR code tells an authenticator app. */
export const totpUri = (secret: string, member: string): string => totpOf(secret, member).toString()

/** The step of a code that is right now, or was or will be one step away; undefined where it is wrong (RFC 6238 section 5.2). */
export const totpStep = (secret: string, code: string, now: Date): number | undefined => {
  const token = code.replaceAll(/\s/g, '')
  if (!/^\d{6}$/.test(token)) return undefined
  const delta = totpOf(secret).validate({ token, timestamp: now.getTime(), window: 1 })
  return delta === null ? undefined : Math.floor(now.getTime() / 1000 / period) + delta
}

/** Sets a member's secret; the code that proved it is used up. */
export const setTotp = async (
  connection: Connection,
  { clock }: Pick<Services, 'clock'>,
  member: string,
  secret: string,
  step: number,
): Promise<void> => {
  await connection.query(sql`INSERT INTO totp (member, secret, counter, added)
    VALUES (${member}, ${secret}, ${String(step)}::text::bigint, ${clock.real().toISOString()}::text::timestamptz)
    ON CONFLICT (member) DO UPDATE SET secret = excluded.secret, counter = excluded.counter, added = excluded.added`)
}

/** Whether a code is right and was not used: of several who send it at the same moment, one is let in. */
export const useTotp = async (services: Services, member: string, code: string): Promise<boolean> => {
  const [row] = await services.database.query<{ secret: string }>(
    sql`SELECT secret FROM totp WHERE member = ${member}`,
  )
  const step = row === undefined ? undefined : totpStep(row.secret, code, services.clock.real())
  if (row === undefined || step === undefined) return false
  const used = await services.database.query(sql`UPDATE totp SET counter = ${String(step)}::text::bigint
    WHERE member = ${member} AND secret = ${row.secret} AND counter < ${String(step)}::text::bigint RETURNING member`)
  return used.length === 1
}
