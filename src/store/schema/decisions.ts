import {
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  serial,
  smallint,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import { instants, mask } from './columns.ts'

/** Organizations that hold or receive records; the directory resource of the same id is in `resource`. */
export const organization = pgTable('organization', {
  key: serial().primaryKey(),
  id: text().notNull().unique(),
  name: text().notNull(),
  class: text(),
  part2: boolean().notNull().default(false),
  partOf: text('part_of'),
  principal: text(),
  state: text(),
  channels: jsonb().notNull().default([]),
  policies: jsonb().notNull().default({}),
})

/** The internal key that ties the Patients of one human being across custodians. It never leaves. */
export const person = pgTable('person', { key: serial().primaryKey() })

/** Which custodians hold records of a person: the pairs for which permits are kept. */
export const chart = pgTable(
  'chart',
  { person: integer().notNull(), custodian: integer().notNull() },
  (t) => [primaryKey({ columns: [t.person, t.custodian] })],
)

/**
 * Which sets of labels a custodian's records of a person have, or had: whether a permit could reach any is told by a few
 * rows, however many records there are.
 */
export const chartMask = pgTable(
  'chart_mask',
  {
    person: integer().notNull(),
    custodian: integer().notNull(),
    mask: mask('mask').notNull(),
  },
  (t) => [primaryKey({ columns: [t.person, t.custodian, t.mask] })],
)

/** An organization knows a patient, under its own identifier where it has one. */
export const crosswalk = pgTable(
  'crosswalk',
  {
    key: serial().primaryKey(),
    organization: integer().notNull(),
    person: integer().notNull(),
    patient: text().notNull(),
    system: text(),
    value: text(),
  },
  (t) => [
    uniqueIndex('crosswalk_identifier').on(t.organization, t.system, t.value),
    index('crosswalk_person').on(t.person, t.organization),
  ],
)

/** One Consent, compiled. `custodians` is null where it binds all, `effective` false while inert, `reading` by what it was compiled. */
export const directive = pgTable(
  'directive',
  {
    consent: text().primaryKey(),
    person: integer(),
    effective: boolean().notNull(),
    custodians: integer().array(),
    compiled: jsonb().notNull(),
    reading: text(),
  },
  (t) => [index('directive_person').on(t.person)],
)

/** Who asks, for what: recipient, class and purpose as one number. */
export const audience = pgTable('audience', {
  key: serial().primaryKey(),
  identity: text().notNull().unique(),
  asked: jsonb().notNull(),
})

/** A decision as data: the labels that a custodian's records of a person may carry to reach an audience. */
export const permit = pgTable(
  'permit',
  {
    audience: integer().notNull(),
    person: integer().notNull(),
    custodian: integer().notNull(),
    valid: instants('valid').notNull(),
    allowed: mask('allowed').notNull(),
    vetoed: mask('vetoed').notNull(),
    ordinary: mask('ordinary').notNull(),
    specific: boolean().notNull(),
  },
  (t) => [
    index('permit_person').on(t.person, t.audience, t.custodian),
    index('permit_audience').on(t.audience),
  ],
)

/** Provisions, and exceptions, whose criteria look at the single record: class, code, data period, instance, confidentiality. */
export const rule = pgTable(
  'rule',
  {
    audience: integer().notNull(),
    person: integer().notNull(),
    custodian: integer().notNull(),
    valid: instants('valid').notNull(),
    consent: text().notNull(),
    depth: smallint().notNull(),
    permits: boolean().notNull(),
    vetoes: boolean().notNull(),
    excepts: boolean().notNull().default(false),
    mask: mask('mask').notNull(),
    criteria: jsonb().notNull(),
  },
  (t) => [index('rule_person').on(t.person, t.audience, t.custodian)],
)

/** A code that a consent names, and the release by which its kinds were found; null where its system was not imported. */
export const namedCode = pgTable('named_code', { code: text().primaryKey(), release: integer() })

/** What is a kind of a code that a consent names, both as `system|code`. */
export const codeKind = pgTable('code_kind', { code: text().notNull(), named: text().notNull() }, (t) => [
  primaryKey({ columns: [t.code, t.named] }),
  index('code_kind_named').on(t.named),
])

/** The default and state tables, as rows of data. */
export const defaultRow = pgTable('default_row', {
  key: serial().primaryKey(),
  label: text(),
  class: text(),
  purpose: text(),
  state: text(),
  effect: text().notNull(),
  citation: text().notNull(),
})
