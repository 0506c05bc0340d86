import { index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { smartGrant } from './smart.ts'

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
  name: text(),
  launchUrl: text('launch_url'),
})

export const accessToken = pgTable(
  'access_token',
  {
    hash: text().primaryKey(),
    client: text().notNull(),
    audience: integer().notNull(),
    context: jsonb().notNull(),
    /** The grant it was issued under; null for a client's own. */
    grant: integer().references(() => smartGrant.key, { onDelete: 'cascade' }),
    expires: instant('expires').notNull(),
  },
  (t) => [index('access_token_grant').on(t.grant)],
)

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

/**
 * One number that moves with every change to clients and organizations, by a trigger: what a process remembers of a
 * caller is good while it stands.
 */
export const registry = pgTable('registry', { id: integer().primaryKey(), epoch: integer().notNull() })
