import { bigint, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/**
 * One row: what the labels of stored records were worked out from, and how far a relabelling is that is due since that
 * changed. `stage` is null where none is; `position` is the key of the last row that was looked at.
 */
export const labelling = pgTable('labelling', {
  id: integer().primaryKey(),
  fingerprint: text().notNull(),
  stage: text(),
  position: bigint({ mode: 'number' }).notNull().default(0),
  /** Records that were labelled again, those of them whose labels changed, and all that there were at its beginning. */
  done: integer().notNull().default(0),
  changed: integer().notNull().default(0),
  total: integer().notNull().default(0),
  started: instant('started'),
  ended: instant('ended'),
})
