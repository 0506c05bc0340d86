import {
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  serial,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { sql } from 'drizzle-orm'

/**
 * One release of a code system, as far as it was imported: each system has one that is `current`, which readers see, and at
 * most one on its way. `files` is how far each of its files was read; what was replaced is `retired` until its rows are gone.
 */
export const codeRelease = pgTable(
  'code_release',
  {
    key: serial().primaryKey(),
    system: text().notNull(),
    version: text().notNull(),
    name: text().notNull(),
    stage: text().notNull(),
    files: jsonb().notNull(),
    faults: jsonb().notNull().default([]),
    unread: integer().notNull().default(0),
    concepts: integer().notNull().default(0),
    started: instant('started').notNull(),
    ended: instant('ended'),
  },
  (t) => [
    uniqueIndex('code_release_current')
      .on(t.system)
      .where(sql`stage = 'current'`),
    uniqueIndex('code_release_coming')
      .on(t.system)
      .where(sql`stage = 'coming'`),
  ],
)

export const concept = pgTable(
  'concept',
  {
    release: integer().notNull(),
    code: text().notNull(),
    display: text(),
    active: boolean().notNull(),
    properties: jsonb().notNull().default({}),
  },
  (t) => [primaryKey({ columns: [t.release, t.code] })],
)

/** What a concept is a kind of, one step up. */
export const conceptParent = pgTable(
  'concept_parent',
  { release: integer().notNull(), child: text().notNull(), parent: text().notNull() },
  (t) => [
    primaryKey({ columns: [t.release, t.child, t.parent] }),
    index('concept_parent_down').on(t.release, t.parent, t.child),
  ],
)

/** What a concept is called, the display among it: what a `filter` looks at. */
export const conceptTerm = pgTable(
  'concept_term',
  { release: integer().notNull(), code: text().notNull(), term: text().notNull() },
  (t) => [
    uniqueIndex('concept_term_each').on(t.release, t.code, sql`md5(term)`),
    index('concept_term_words').using('gin', sql`words_of(term)`),
  ],
)
