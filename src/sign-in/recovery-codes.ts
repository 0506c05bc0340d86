import { sql } from 'drizzle-orm'
import type { Services } from '../services.ts'
import { type Connection, list } from '../store/database.ts'

const count = 10

/** Letters and digits that nobody takes for one another; 32 of them, 5 bits each. */
const alphabet = '23456789abcdefghjkmnpqrstuvwxyz0'

/** 80 random bits, as four groups of four. */
const newCode = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => alphabet.charAt(byte & 31))
    .join('')
    .replaceAll(/(.{4})(?=.)/g, '$1-')

const bare = (code: string): string => code.toLowerCase().replaceAll(/[\s-]/g, '').replaceAll('o', '0')

/** Gives a member ten new codes in place of those before. They are shown once: only their hashes are kept. */
export const newRecoveryCodes = async (
  connection: Connection,
  { digest }: Pick<Services, 'digest'>,
  member: string,
): Promise<readonly string[]> => {
  const codes = Array.from({ length: count }, newCode)
  const hashes = await Promise.all(codes.map(async (code) => digest(bare(code))))
  await connection.query(sql`DELETE FROM recovery_code WHERE member = ${member}`)
  await connection.query(
    sql`INSERT INTO recovery_code (member, hash) SELECT ${member}, unnest(${list(hashes, 'text')})`,
  )
  return codes
}

/** Uses a code up; false where it is none of the member's, or was used. */
export const useRecoveryCode = async (services: Services, member: string, code: string): Promise<boolean> => {
  const used = await services.database.query(
    sql`DELETE FROM recovery_code WHERE member = ${member} AND hash = ${await services.digest(bare(code))} RETURNING hash`,
  )
  return used.length === 1
}

/** Whether a text has the form of a recovery code. */
export const looksLikeRecoveryCode = (text: string): boolean => /^[0-9a-z]{16}$/.test(bare(text))
