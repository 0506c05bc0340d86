import { sql } from 'drizzle-orm'
import {
  bigint,
  bigserial,
  boolean,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  serial,
  smallint,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core'

const instants = customType<{ data: string }>({ dataType: () => 'tstzrange' })
const bytes = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' })
const instant = (name: string) => timestamp(name, { withTimezone: true })
const mask = (name: string) => bigint(name, { mode: 'bigint' })

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
    index('resource_person').on(t.person, t.type, sql`low desc`, t.id),
    index('resource_type').on(t.type, sql`low desc`, t.id),
    index('resource_updated').on(t.type, t.updated),
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
    refs: text().array().notNull(),
    codes: text().array(),
    labels: jsonb().notNull(),
    content: text().notNull(),
  },
  (t) => [index('history_identity').on(t.type, t.id, t.updated)],
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

/** One Consent, compiled. `custodians` is null where it binds all, `effective` false while inert. */
export const directive = pgTable(
  'directive',
  {
    consent: text().primaryKey(),
    person: integer(),
    effective: boolean().notNull(),
    custodians: integer().array(),
    compiled: jsonb().notNull(),
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
  (t) => [index('permit_lookup').on(t.audience, t.person, t.custodian), index('permit_person').on(t.person)],
)

/** Provisions whose criteria look at the single record: class, code, data period, instance, confidentiality. */
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
    mask: mask('mask').notNull(),
    criteria: jsonb().notNull(),
  },
  (t) => [index('rule_lookup').on(t.audience, t.person, t.custodian), index('rule_person').on(t.person)],
)

export const client = pgTable('client', {
  id: text().primaryKey(),
  organization: text().notNull(),
  kind: text().notNull(),
  jwks: jsonb(),
  jwksUrl: text('jwks_url'),
  secret: text(),
  scope: text().notNull(),
  purposes: text().array().notNull(),
  redirects: text().array().notNull(),
  roles: text().array().notNull(),
  prefix: text(),
})

export const accessToken = pgTable('access_token', {
  hash: text().primaryKey(),
  client: text().notNull(),
  audience: integer().notNull(),
  context: jsonb().notNull(),
  expires: instant('expires').notNull(),
})

/** Assertions that were used: a jti is good once (RFC 7523 section 3, item 7). */
export const assertion = pgTable(
  'assertion',
  { client: text().notNull(), jti: text().notNull(), expires: instant('expires').notNull() },
  (t) => [primaryKey({ columns: [t.client, t.jti] })],
)

/** A person who signs in: a practitioner of one organization, with a role there. */
export const member = pgTable('member', {
  id: text().primaryKey(),
  practitioner: text().notNull(),
  organization: text().notNull(),
  role: text().notNull(),
})

/** The trail: one row per disclosure, refusal and write; rendered as AuditEvent. */
export const audit = pgTable(
  'audit',
  {
    key: bigserial({ mode: 'number' }).primaryKey(),
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

/** Small settings of the installation: the seed that was planted, the clock's offset. */
export const fact = pgTable('fact', { name: text().primaryKey(), value: text().notNull() })
