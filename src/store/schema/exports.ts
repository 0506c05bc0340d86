import { sql } from 'drizzle-orm'
import { boolean, index, integer, jsonb, pgTable, primaryKey, smallint, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/**
 * A bulk export of one client. What was asked for is sealed, since search parameters may tell of patients. `position` is
 * how far its lines are found, moved in the transaction that stores them; `lease` says until when a process works on it.
 */
export const exportJob = pgTable(
  'export_job',
  {
    key: integer().primaryKey().generatedAlwaysAsIdentity(),
    id: text().notNull().unique(),
    client: text().notNull(),
    audience: integer().notNull(),
    scope: text().notNull(),
    asked: text().notNull(),
    /** The moment whose state is exported, by the data clock. */
    moment: instant('moment').notNull(),
    /** Transactions that had begun by then must have ended before anything is looked for. */
    horizon: text().notNull(),
    state: text().notNull().default('running'),
    step: integer().notNull().default(0),
    position: jsonb().notNull(),
    /** Where each file begins, once all is found. */
    files: jsonb(),
    notes: jsonb().notNull(),
    faults: smallint().notNull().default(0),
    begun: instant('begun').notNull(),
    lease: instant('lease').notNull(),
    expires: instant('expires').notNull(),
    /** How often its status was asked for since when. */
    polled: instant('polled').notNull(),
    polls: integer().notNull().default(0),
  },
  (t) => [
    index('export_job_waiting')
      .on(t.lease)
      .where(sql`state IN ('running', 'gone')`),
    index('export_job_expires').on(t.expires),
  ],
)

/** Which version of which resource an export has: never its content, which is read, and decided, when it is downloaded. */
export const exportLine = pgTable(
  'export_line',
  {
    job: integer().notNull(),
    deleted: boolean().notNull(),
    type: text().notNull(),
    id: text().notNull(),
    version: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.job, t.deleted, t.type, t.id] })],
)

/** The patients whose records an export is about, where it is not about all. */
export const exportPatient = pgTable(
  'export_patient',
  { job: integer().notNull(), id: text().notNull() },
  (t) => [primaryKey({ columns: [t.job, t.id] })],
)
