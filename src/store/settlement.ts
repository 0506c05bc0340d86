import { sql } from 'drizzle-orm'
import type { Connection } from './database.ts'

/** What an officer made of something that waited. */
export interface Settlement {
  readonly outcome: 'accepted' | 'refused'
  readonly by: string
  readonly at: Date
}

/** How a version of something was settled, if it was. */
export const findSettlement = async (
  connection: Connection,
  subject: string,
  version: string,
): Promise<Settlement | undefined> => {
  const [row] = await connection.query<Settlement>(
    sql`SELECT outcome, by, at FROM settlement WHERE subject = ${subject} AND version = ${version}`,
  )
  return row
}

/** Keeps how it was settled; two officers at once take turns by the row that they settle. */
export const keepSettlement = (
  connection: Connection,
  subject: string,
  version: string,
  { outcome, by, note }: Pick<Settlement, 'outcome' | 'by'> & { readonly note: string },
  now: Date,
): Promise<object[]> =>
  connection.query(sql`INSERT INTO settlement (subject, version, at, by, outcome, note)
    VALUES (${subject}, ${version}, ${now.toISOString()}::text::timestamptz, ${by}, ${outcome}, ${note})`)
