import { sql } from 'drizzle-orm'
import type { Connection } from './database.ts'
import { rebuildPermits } from './permits.ts'

/**
 * Makes one person of two, where an officer found that they are: everything of the one is the other's from now on, the
 * trail and the accounting too, and permits are built from the consents of both (CONSENT rules, section 1).
 */
export const joinPersons = async (connection: Connection, from: number, to: number): Promise<void> => {
  if (from === to) return
  await connection.query(sql`LOCK TABLE resource IN SHARE ROW EXCLUSIVE MODE`)
  for (const table of ['resource', 'history'])
    await connection.query(sql`UPDATE ${sql.raw(table)} SET person = CASE person WHEN ${from}::int THEN ${to}::int ELSE person END,
      others = nullif(ARRAY(SELECT DISTINCT o FROM unnest(array_replace(others, ${from}::int, ${to}::int)) o
        WHERE o <> CASE person WHEN ${from}::int THEN ${to}::int ELSE person END), '{}')
      WHERE person = ${from} OR others @> ARRAY[${from}::int]`)
  for (const table of ['directive', 'crosswalk', 'exception', 'accounting'])
    await connection.query(sql`UPDATE ${sql.raw(table)} SET person = ${to} WHERE person = ${from}`)
  await connection.query(
    sql`INSERT INTO chart (person, custodian) SELECT ${to}::int, custodian FROM chart WHERE person = ${from} ON CONFLICT DO NOTHING`,
  )
  await connection.query(
    sql`INSERT INTO chart_mask (person, custodian, mask) SELECT ${to}::int, custodian, mask FROM chart_mask WHERE person = ${from} ON CONFLICT DO NOTHING`,
  )
  await connection.query(sql`UPDATE audit SET persons = array_replace(persons, ${from}::int, ${to}::int), detail = CASE WHEN detail ? 'resources'
      THEN jsonb_set(detail, '{resources}', (SELECT coalesce(jsonb_agg(CASE WHEN x->>3 = ${String(from)} THEN jsonb_set(x, '{3}', to_jsonb(${to}::int)) ELSE x END ORDER BY place), '[]')
        FROM jsonb_array_elements(detail->'resources') WITH ORDINALITY AS given(x, place))) ELSE detail END
    WHERE persons @> ARRAY[${from}::int]`)
  for (const table of ['chart', 'chart_mask', 'permit', 'rule'])
    await connection.query(sql`DELETE FROM ${sql.raw(table)} WHERE person = ${from}`)
  await rebuildPermits(connection, [to])
}
