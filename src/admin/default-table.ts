import { sql } from 'drizzle-orm'
import shipped from '../../mappings/default-table.json' with { type: 'json' }
import type { DefaultRow } from '../consent/asked.ts'
import type { Connection, Database } from '../store/database.ts'

/** Puts the shipped default table into a database that has none, so that no decision is made without one. */
export const ensureDefaultTable = (database: Database): Promise<void> =>
  database.transaction(async (connection) => {
    await connection.query(sql`LOCK TABLE default_row IN SHARE ROW EXCLUSIVE MODE`)
    const rows = await connection.query(sql`SELECT key FROM default_row LIMIT 1`)
    if (rows.length === 0) await insertRows(connection, shipped.rows)
  })

/** Adds rows to the default and state tables. */
export const insertRows = (connection: Connection, rows: readonly DefaultRow[]): Promise<object[]> =>
  connection.query(sql`INSERT INTO default_row (label, class, purpose, state, effect, citation)
    SELECT label, class, purpose, state, effect, citation FROM json_to_recordset(${JSON.stringify(rows)}::text::json)
    AS given(label text, class text, purpose text, state text, effect text, citation text)`)

/** Takes out the rows that speak of the same. */
export const removeRows = (connection: Connection, rows: readonly DefaultRow[]): Promise<object[]> =>
  connection.query(sql`DELETE FROM default_row d USING json_to_recordset(${JSON.stringify(rows)}::text::json)
    AS given(label text, class text, purpose text, state text)
    WHERE d.label IS NOT DISTINCT FROM given.label AND d.class IS NOT DISTINCT FROM given.class
      AND d.purpose IS NOT DISTINCT FROM given.purpose AND d.state IS NOT DISTINCT FROM given.state`)
