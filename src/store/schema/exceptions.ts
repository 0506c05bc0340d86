import { sql } from 'drizzle-orm'
import { check, index, integer, jsonb, pgTable, serial, text } from 'drizzle-orm/pg-core'
import { instant, instants, mask } from './columns.ts'

/**
 * An exception that the law places before consent, with what was stated for it and what became of its review. One that
 * found nobody, or that nobody had a right to, is kept for the review too: its `valid` is empty, so it opens nothing.
 */
export const exception = pgTable(
  'exception',
  {
    key: serial().primaryKey(),
    id: text()
      .notNull()
      .unique()
      .default(sql`gen_random_uuid()::text`),
    kind: text().notNull(),
    /** Null for an audit or research that reaches all persons of a custodian. */
    person: integer(),
    /** Null for an emergency: the records of all custodians. */
    custodian: integer(),
    organization: integer().notNull(),
    client: text(),
    purpose: text().notNull(),
    opened: instant('opened').notNull(),
    valid: instants('valid').notNull(),
    allowed: mask('allowed').notNull(),
    criteria: jsonb().notNull().default([]),
    form: jsonb().notNull(),
    finding: text().notNull(),
    ended: instant('ended'),
    endedBy: text('ended_by'),
    reviewed: instant('reviewed'),
    reviewedBy: text('reviewed_by'),
    outcome: text(),
    note: text(),
  },
  (t) => [
    index('exception_person').on(t.person),
    index('exception_custodian').on(t.custodian),
    check(
      'exception_has_end',
      sql`isempty(${t.valid}) OR NOT (lower_inf(${t.valid}) OR upper_inf(${t.valid}))`,
    ),
    check(
      'exception_has_subject',
      sql`isempty(${t.valid}) OR ${t.person} IS NOT NULL OR ${t.kind} IN ('audit', 'research') AND ${t.custodian} IS NOT NULL`,
    ),
  ],
)
