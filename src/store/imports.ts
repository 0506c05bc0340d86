import { sql } from 'drizzle-orm'
import { type Connection, type Database, json } from './database.ts'

/** A file that is imported, by what tells it from others. */
export interface ImportFile {
  readonly name: string
  readonly size: number
  /** SHA-256 of its beginning, in hexadecimal. */
  readonly head: string
}

/** How far an import came: which round over its files, in which of them, and where there. */
export interface ImportPlace {
  readonly round: number
  readonly file: number
  /** Bytes from the start of the file as it is unpacked, and the line that begins there. */
  readonly position: number
  readonly line: number
}

export interface ImportAsked {
  readonly custodian: string
  readonly trusted: boolean
  readonly files: readonly ImportFile[]
}

/** An import as it stands. */
export interface ImportState {
  readonly key: number
  readonly place: ImportPlace
  readonly stored: number
}

export const beginning: ImportPlace = { round: 0, file: 0, position: 0, line: 1 }

/** After so many days nobody goes on with an import that was interrupted. */
const mostDays = 30

/** Begins an import, or finds the one of the same files that was interrupted. */
export const beginImport = (
  database: Database,
  { custodian, trusted, files }: ImportAsked,
  now: Date,
): Promise<ImportState> =>
  database.transaction(async (connection) => {
    const moment = sql`${now.toISOString()}::text::timestamptz`
    await connection.query(
      sql`DELETE FROM ndjson_import WHERE started < ${moment} - make_interval(days => ${mostDays}::int)`,
    )
    const [known] = await connection.query<ImportState>(
      sql`SELECT key, place, stored FROM ndjson_import WHERE custodian = ${custodian} AND trusted = ${trusted} AND files = ${json(files)} ORDER BY key DESC LIMIT 1`,
    )
    if (known !== undefined) return known
    const [made] = await connection.query<{
      key: number
    }>(sql`INSERT INTO ndjson_import (custodian, trusted, files, place, started)
      VALUES (${custodian}, ${trusted}, ${json(files)}, ${json(beginning)}, ${moment}) RETURNING key`)
    return { key: made?.key ?? 0, place: beginning, stored: 0 }
  })

/**
 * Notes how far an import came, in the transaction that stores what is between; false where somebody else went on from the
 * same place.
 */
export const moveImport = async (
  connection: Connection,
  key: number,
  from: ImportPlace,
  to: ImportPlace,
  stored: number,
): Promise<boolean> => {
  const moved =
    await connection.query(sql`UPDATE ndjson_import SET place = ${json(to)}, stored = stored + ${stored}::int
    WHERE key = ${key}::int AND place = ${json(from)} RETURNING key`)
  return moved.length > 0
}

/** Ends an import of which all is stored: the same files begin anew. */
export const endImport = (connection: Connection, key: number): Promise<unknown> =>
  connection.query(sql`DELETE FROM ndjson_import WHERE key = ${key}::int`)
