import { readdir, readFile } from 'node:fs/promises'
import { sql } from 'drizzle-orm'
import type { Database } from './database.ts'

const lock = 5_791_230_001

/**
 * Applies the migrations that the database lacks, each in one transaction together with the note that it was
 * applied, so that an interruption leaves either all of it or nothing. Processes that start together take turns.
 */
export const migrate = async (database: Database, folder: URL): Promise<string[]> => {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
  await database
    .query(sql`CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, applied timestamptz NOT NULL)`)
    .catch(() => undefined)
  const applied: string[] = []
  for (const name of files) {
    const text = await readFile(new URL(name, folder), 'utf8')
    const fresh = await database.transaction(async (tx) => {
      await tx.query(sql`SELECT pg_advisory_xact_lock(${sql.raw(String(lock))})`)
      const known = await tx.query(sql`SELECT name FROM migration WHERE name = ${name}`)
      if (known.length > 0) return false
      for (const statement of text.split('--> statement-breakpoint')) await tx.query(sql.raw(statement))
      await tx.query(sql`INSERT INTO migration (name, applied) VALUES (${name}, now())`)
      return true
    })
    if (fresh) applied.push(name)
  }
  return applied
}
