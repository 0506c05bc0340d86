import { boolean, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/** An import of NDJSON that is under way: which files, by name, size and beginning, and how far they are stored. */
export const ndjsonImport = pgTable('ndjson_import', {
  key: integer().primaryKey().generatedAlwaysAsIdentity(),
  custodian: text().notNull(),
  trusted: boolean().notNull(),
  files: jsonb().notNull(),
  place: jsonb().notNull(),
  stored: integer().notNull().default(0),
  started: instant('started').notNull(),
})
