import { sql } from 'drizzle-orm'
import {
  bigint,
  bigserial,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import { instant, mask } from './columns.ts'

/**
 * One row per current cut of a resource (ARCHITECTURE.md, cuts). `mask` holds the labels that must all be covered,
 * `richer` the masks of the richer cuts of the same resource.
 */
export const resource = pgTable(
  'resource',
  {
    key: bigserial({ mode: 'number' }).primaryKey(),
    mask: mask('mask').notNull(),
    updated: instant('updated').notNull(),
    low: instant('low'),
    high: instant('high'),
    person: integer(),
    custodian: integer().notNull(),
    submitter: integer().notNull(),
    confidentiality: smallint().notNull(),
    /** The confidentiality that somebody stated, apart from the one that labels ask for; -1 where nobody kept it. */
    stated: smallint().default(-1),
    open: boolean().notNull(),
    held: boolean().notNull().default(false),
    deleted: boolean().notNull().default(false),
    effective: boolean().notNull().default(false),
    crossing: boolean().notNull().default(false),
    richer: bigint({ mode: 'bigint' }).array(),
    type: text().notNull(),
    id: text().notNull(),
    version: text().notNull(),
    author: text(),
    others: integer().array(),
    tokens: text().array().notNull(),
    refs: text().array().notNull(),
    codes: text().array(),
    labels: jsonb().notNull(),
    content: text().notNull(),
  },
  (t) => [
    uniqueIndex('resource_identity').on(t.type, t.id, t.mask),
    index('resource_tokens').using('gin', t.tokens).with({ fastupdate: false }),
    index('resource_person').on(t.person, t.type, sql`low desc nulls last`, t.id),
    index('resource_type').on(t.type, sql`low desc nulls last`, t.id),
    index('resource_updated').on(t.type, sql`updated desc`),
    // What was received in a push: a holder's cut is looked for there alone.
    index('resource_held')
      .on(t.person, t.custodian)
      .where(sql`held`),
    // What is held until it is labelled again (bit `due`, src/consent/labels.ts): a queue that is nearly always empty.
    index('resource_due')
      .on(t.key)
      .where(sql`(mask & 9007199254740992) <> 0`),
    // What is held until it conforms to its profiles or is accepted (bit `not-conforming`).
    index('resource_unaccepted')
      .on(t.key)
      .where(sql`(mask & 288230376151711744) <> 0`),
  ],
)

/** String search values, normalized for prefix search (FHIR R4 search 3.1.1.4.8). */
export const words = pgTable(
  'words',
  {
    resource: bigint({ mode: 'number' }).notNull(),
    type: text().notNull(),
    param: text().notNull(),
    value: text().notNull(),
    stated: text().notNull().default(''),
  },
  (t) => [
    index('words_value').on(t.type, t.param, sql`value text_pattern_ops`),
    index('words_resource').on(t.resource),
  ],
)

/** Date search values besides the clinical date that the resource row itself carries. */
export const dates = pgTable(
  'dates',
  {
    resource: bigint({ mode: 'number' }).notNull(),
    type: text().notNull(),
    param: text().notNull(),
    low: instant('low').notNull(),
    high: instant('high').notNull(),
  },
  (t) => [index('dates_value').on(t.type, t.param, t.low), index('dates_resource').on(t.resource)],
)

/**
 * Numbers and quantities, as stated and in base units; pairs of a composite have the code in `param`
 * (FHIR R4 search 3.1.1.4.6, 3.1.1.4.13, 3.1.1.4.14).
 */
export const amounts = pgTable(
  'amounts',
  {
    resource: bigint({ mode: 'number' }).notNull(),
    low: doublePrecision().notNull(),
    high: doublePrecision().notNull(),
    baseLow: doublePrecision('base_low'),
    baseHigh: doublePrecision('base_high'),
    type: text().notNull(),
    param: text().notNull(),
    system: text(),
    code: text(),
    unit: text(),
    base: text(),
  },
  (t) => [index('amounts_value').on(t.type, t.param, t.low), index('amounts_resource').on(t.resource)],
)

/** Superseded versions of cuts. */
export const history = pgTable(
  'history',
  {
    key: bigserial({ mode: 'number' }).primaryKey(),
    mask: mask('mask').notNull(),
    updated: instant('updated').notNull(),
    low: instant('low'),
    high: instant('high'),
    person: integer(),
    custodian: integer().notNull(),
    submitter: integer().notNull(),
    confidentiality: smallint().notNull(),
    open: boolean().notNull(),
    held: boolean().notNull(),
    deleted: boolean().notNull(),
    richer: bigint({ mode: 'bigint' }).array(),
    type: text().notNull(),
    id: text().notNull(),
    version: text().notNull(),
    author: text(),
    others: integer().array(),
    /** Null where the version was superseded before these were kept: no scope that a search narrows reaches it. */
    tokens: text().array(),
    refs: text().array().notNull(),
    codes: text().array(),
    labels: jsonb().notNull(),
    content: text().notNull(),
  },
  (t) => [
    index('history_identity').on(t.type, t.id, t.updated),
    index('history_updated').on(t.type, sql`updated desc`),
    index('history_refs').using('gin', t.refs),
  ],
)

/** A holder: an organization that received a record in a push, with the labels its cut may carry. */
export const holding = pgTable(
  'holding',
  {
    type: text().notNull(),
    id: text().notNull(),
    organization: integer().notNull(),
    allowed: mask('allowed').notNull(),
    basis: jsonb().notNull(),
  },
  (t) => [primaryKey({ columns: [t.type, t.id, t.organization] })],
)
