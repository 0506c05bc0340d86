import { boolean, index, integer, jsonb, pgTable, serial, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/**
 * What a user granted an app: whom it speaks for, its scopes, and the context it was launched in. All that was issued under
 * it goes with it, so that a revocation is one row less.
 */
export const smartGrant = pgTable(
  'smart_grant',
  {
    key: serial().primaryKey(),
    client: text().notNull(),
    /** Id of the user. */
    member: text().notNull(),
    asked: jsonb().notNull(),
    audience: integer().notNull(),
    scope: text().notNull(),
    context: jsonb().notNull(),
    /** Of a grant that lasts as long as its user is signed in: the session. */
    session: text(),
    /** What goes wrong on purpose, where the launcher began it. */
    simulate: text(),
    authenticated: instant('authenticated').notNull(),
    created: instant('created').notNull(),
    expires: instant('expires').notNull(),
  },
  (t) => [index('smart_grant_member').on(t.member), index('smart_grant_client').on(t.client)],
)

const grant = () =>
  integer()
    .notNull()
    .references(() => smartGrant.key, { onDelete: 'cascade' })

/** Authorization codes, hashed (RFC 6749 section 4.1.2). One that was used is kept: its reuse ends the grant. */
export const authorizationCode = pgTable(
  'authorization_code',
  {
    hash: text().primaryKey(),
    grant: grant(),
    redirect: text().notNull(),
    challenge: text().notNull(),
    nonce: text(),
    used: boolean().notNull().default(false),
    expires: instant('expires').notNull(),
  },
  (t) => [index('authorization_code_grant').on(t.grant)],
)

/** Refresh tokens, hashed; each is used once (RFC 9700 section 4.14). */
export const refreshToken = pgTable(
  'refresh_token',
  {
    hash: text().primaryKey(),
    grant: grant(),
    used: boolean().notNull().default(false),
    expires: instant('expires').notNull(),
  },
  (t) => [index('refresh_token_grant').on(t.grant)],
)

/** A request for authorization while its user signs in and decides. */
export const authorizationRequest = pgTable('authorization_request', {
  hash: text().primaryKey(),
  request: jsonb().notNull(),
  /** The session that took it up: no other goes on with it. */
  session: text(),
  launch: jsonb(),
  patient: text(),
  encounter: text(),
  expires: instant('expires').notNull(),
})

/** A launch that an EHR began: who launches, and in which context (SMART App Launch 2.2, EHR launch). Hashed, good once. */
export const launch = pgTable('launch', {
  hash: text().primaryKey(),
  client: text().notNull(),
  member: text(),
  context: jsonb().notNull(),
  /** What is to go wrong on purpose, where the launcher began it. */
  simulate: text(),
  expires: instant('expires').notNull(),
})

/** Keys by which id_tokens are signed: the newest that has begun signs, all that have not ended are published. */
export const signingKey = pgTable('signing_key', {
  kid: text().primaryKey(),
  private: jsonb().notNull(),
  begins: instant('begins').notNull(),
  ends: instant('ends'),
})
