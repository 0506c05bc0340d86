import { sql } from 'drizzle-orm'
import type { Connection } from './database.ts'

/** So many turns in so many seconds. */
export interface Rate {
  readonly most: number
  readonly seconds: number
}

/**
 * Takes a turn at something that is done only so often; false where there is none left. Counted in the database, in one
 * statement, so that neither several processes nor requests at the same moment get more.
 */
export const takeTurn = async (
  connection: Connection,
  name: string,
  now: Date,
  { most, seconds }: Rate,
): Promise<boolean> => {
  const at = now.getTime()
  const [row] = await connection.query<{
    count: number
  }>(sql`INSERT INTO fact AS held (name, value) VALUES (${`rate ${name}`}, ${`${at} 1`})
    ON CONFLICT (name) DO UPDATE SET value = CASE WHEN split_part(held.value, ' ', 1)::bigint > ${String(at - seconds * 1000)}::text::bigint
      THEN split_part(held.value, ' ', 1) || ' ' || (split_part(held.value, ' ', 2)::int + 1) ELSE excluded.value END
    RETURNING split_part(value, ' ', 2)::int AS count`)
  return row !== undefined && row.count <= most
}

/** Gives back a turn that was taken for nothing, or all of them. */
export const returnTurn = async (connection: Connection, name: string, turns: 1 | 'all'): Promise<void> => {
  const key = `rate ${name}`
  await connection.query(
    turns === 'all'
      ? sql`DELETE FROM fact WHERE name = ${key}`
      : sql`UPDATE fact SET value = split_part(value, ' ', 1) || ' ' || greatest(split_part(value, ' ', 2)::int - 1, 0) WHERE name = ${key}`,
  )
}
