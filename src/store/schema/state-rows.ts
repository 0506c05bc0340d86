import { date, pgTable, serial, smallint, text, uniqueIndex } from 'drizzle-orm/pg-core'

/** To which agency custodians of a state report what, by the law of the state that demands it. */
export const reportRow = pgTable(
  'report_row',
  {
    key: serial().primaryKey(),
    state: text().notNull(),
    kind: text().notNull(),
    agency: text().notNull(),
    citation: text().notNull(),
  },
  (t) => [uniqueIndex('report_row_subject').on(t.state, t.kind)],
)

/**
 * To what a minor may consent in a state, from which age, and who signs: the minor alone, or with a parent (42 CFR 2.14).
 * It holds from the day `since` until the day before `until`, where these are said.
 */
export const minorRow = pgTable('minor_row', {
  key: serial().primaryKey(),
  state: text().notNull(),
  label: text().notNull(),
  minimumAge: smallint('minimum_age').notNull(),
  signs: text().notNull(),
  since: date({ mode: 'string' }),
  until: date({ mode: 'string' }),
  citation: text().notNull(),
})
