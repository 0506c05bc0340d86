import { sql } from 'drizzle-orm'
import type { Services } from '../services.ts'
import type { Connection } from '../store/database.ts'
import { ago, lasting, type Member } from './session.ts'

/** A member, with how they can sign in. */
export interface Account extends Member {
  readonly password: string | undefined
  readonly hasTotp: boolean
  readonly hasPasskey: boolean
}

/** The account of a user name, if there is one. */
export const findAccount = async (connection: Connection, id: string): Promise<Account | undefined> => {
  const [row] = await connection.query<Member & { password: string | null; totp: boolean; passkey: boolean }>(
    sql`SELECT m.id, m.practitioner AS reference, m.organization, m.role, p.hash AS password,
      EXISTS (SELECT FROM totp t WHERE t.member = m.id) AS totp,
      EXISTS (SELECT FROM passkey k WHERE k.member = m.id) AS passkey
    FROM member m LEFT JOIN password p ON p.member = m.id WHERE m.id = ${id}`,
  )
  if (row === undefined) return undefined
  const { password, totp, passkey, ...member } = row
  return { ...member, password: password ?? undefined, hasTotp: totp, hasPasskey: passkey }
}

/** Sets the password of a member, hashed. */
export const setPassword = async (
  connection: Connection,
  { clock }: Pick<Services, 'clock'>,
  member: string,
  hash: string,
): Promise<void> => {
  await connection.query(sql`INSERT INTO password (member, hash, changed)
    VALUES (${member}, ${hash}, ${clock.real().toISOString()}::text::timestamptz)
    ON CONFLICT (member) DO UPDATE SET hash = excluded.hash, changed = excluded.changed`)
}

/** Takes away all by which a member signs in here. */
export const clearCredentials = async (connection: Connection, member: string): Promise<void> => {
  await connection.query(sql`DELETE FROM password WHERE member = ${member}`)
  await connection.query(sql`DELETE FROM totp WHERE member = ${member}`)
  await connection.query(sql`DELETE FROM recovery_code WHERE member = ${member}`)
  await connection.query(sql`DELETE FROM passkey WHERE member = ${member}`)
}

/** What is set up for a member, as their own page tells it. */
export interface SetUp {
  /** The name of the organization that the member acts for. */
  readonly organization: string
  readonly password: Date | undefined
  readonly totp: Date | undefined
  readonly recoveryCodes: number
  readonly passkeys: readonly PasskeyRow[]
  readonly sessions: readonly SessionRow[]
}

export interface PasskeyRow {
  readonly id: string
  readonly name: string
  readonly added: Date
  readonly used: Date | null
}

export interface SessionRow {
  readonly id: string
  readonly hash: string
  readonly authenticated: Date
  readonly seen: Date
  readonly methods: readonly string[]
}

/** Reads what is set up for a member. */
export const readSetUp = async ({ database, clock }: Services, member: string): Promise<SetUp> => {
  const [row] = await database.query<{
    name: string | null
    password: Date | null
    totp: Date | null
    codes: number
  }>(
    sql`SELECT (SELECT changed FROM password WHERE member = ${member}) AS password,
      (SELECT added FROM totp WHERE member = ${member}) AS totp,
      (SELECT count(*)::int FROM recovery_code WHERE member = ${member}) AS codes,
      (SELECT o.name FROM organization o JOIN member m ON 'Organization/' || o.id = m.organization WHERE m.id = ${member}) AS name`,
  )
  const passkeys = await database.query<PasskeyRow>(
    sql`SELECT id, name, added, used FROM passkey WHERE member = ${member} ORDER BY added, id`,
  )
  const sessions = await database.query<SessionRow>(
    sql`SELECT s.id, s.hash, s.authenticated, s.seen, s.methods FROM session s
      WHERE s.member = ${member} AND ${lasting(clock.real())} ORDER BY s.authenticated DESC, s.id`,
  )
  return {
    organization: row?.name ?? '',
    password: row?.password ?? undefined,
    totp: row?.totp ?? undefined,
    recoveryCodes: row?.codes ?? 0,
    passkeys,
    sessions,
  }
}

/** Forgets sessions that have ended, and tickets that have expired. */
export const forgetEnded = async ({
  database,
  clock,
}: Pick<Services, 'database' | 'clock'>): Promise<void> => {
  const now = clock.real()
  await database.query(sql`DELETE FROM session s WHERE NOT (${lasting(now)})`)
  await database.query(sql`DELETE FROM ticket WHERE expires < ${ago(now, 0)}::text::timestamptz`)
}
