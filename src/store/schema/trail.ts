import { sql } from 'drizzle-orm'
import {
  bigserial,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  serial,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import { bytes, instant } from './columns.ts'

/** The trail: one row per disclosure, refusal and write; rendered as AuditEvent. */
export const audit = pgTable(
  'audit',
  {
    key: bigserial({ mode: 'number' }).primaryKey(),
    id: text()
      .notNull()
      .unique()
      .default(sql`gen_random_uuid()::text`),
    at: instant('at').notNull(),
    request: text().notNull(),
    interaction: text().notNull(),
    outcome: text().notNull(),
    client: text().notNull(),
    organization: text().notNull(),
    purpose: text().notNull(),
    custodians: integer().array(),
    persons: integer().array(),
    detail: jsonb().notNull(),
  },
  (t) => [index('audit_persons').using('gin', t.persons), index('audit_at').on(t.at)],
)

/** Accounting of consented disclosures (42 CFR 2.25, 45 CFR 164.528(b)). */
export const accounting = pgTable(
  'accounting',
  {
    key: bigserial({ mode: 'number' }).primaryKey(),
    at: instant('at').notNull(),
    request: text().notNull(),
    person: integer().notNull(),
    custodian: integer().notNull(),
    recipient: text().notNull(),
    recipientClass: text('recipient_class').notNull(),
    purpose: text().notNull(),
    basis: jsonb().notNull(),
    description: jsonb().notNull(),
    notice: text(),
    hash: text().notNull(),
  },
  (t) => [index('accounting_person').on(t.person, t.at)],
)

/** Raw messages as they came, kept before they are acknowledged. */
export const inbox = pgTable(
  'inbox',
  {
    key: bigserial({ mode: 'number' }).primaryKey(),
    received: instant('received').notNull(),
    partner: text(),
    channel: text().notNull(),
    identity: text(),
    hash: text().notNull(),
    raw: bytes('raw').notNull(),
    state: text().notNull(),
    problem: text(),
    answer: text(),
  },
  (t) => [uniqueIndex('inbox_identity').on(t.identity)],
)

/** Persons whose identity an officer must settle: an identifier hit with other demographics, and the like. */
export const identityReview = pgTable('identity_review', {
  key: serial().primaryKey(),
  at: instant('at').notNull(),
  patient: text().notNull(),
  candidate: text(),
  reason: text().notNull(),
})

/**
 * What an officer settled of what waited, once: who a Patient is (`identity/<key>`), or whether one version of policy-bearing
 * data takes effect. Exceptions and reports keep their review themselves.
 */
export const settlement = pgTable(
  'settlement',
  {
    subject: text().notNull(),
    version: text().notNull(),
    at: instant('at').notNull(),
    by: text().notNull(),
    outcome: text().notNull(),
    note: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.subject, t.version] })],
)

/** Small settings of the installation: the seed that was planted, the clock's offset. */
export const fact = pgTable('fact', { name: text().primaryKey(), value: text().notNull() })
