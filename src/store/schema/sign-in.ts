import { bigint, index, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { member } from './callers.ts'
import { bytes, instant } from './columns.ts'

/** A member's row goes, and all by which that member signs in goes with it. */
const ofMember = () =>
  text('member')
    .notNull()
    .references(() => member.id, { onDelete: 'cascade' })

/** Who is signed in, in one browser: its cookie, hashed. `id` names it to its owner. */
export const session = pgTable(
  'session',
  {
    hash: text().primaryKey(),
    id: text().notNull().unique(),
    member: ofMember(),
    authenticated: instant('authenticated').notNull(),
    seen: instant('seen').notNull(),
    methods: text().array().notNull(),
  },
  (t) => [index('session_member').on(t.member), index('session_seen').on(t.seen)],
)

/** What is good once and for a while: enrollment links, challenges, a first factor that waits for the second. Hashed. */
export const ticket = pgTable(
  'ticket',
  {
    hash: text().primaryKey(),
    kind: text().notNull(),
    member: text('member').references(() => member.id, { onDelete: 'cascade' }),
    content: jsonb().notNull(),
    expires: instant('expires').notNull(),
  },
  (t) => [index('ticket_expires').on(t.expires), index('ticket_member').on(t.member)],
)

/** A password as a PHC string. */
export const password = pgTable('password', {
  member: ofMember().primaryKey(),
  hash: text().notNull(),
  changed: instant('changed').notNull(),
})

/** A time-based one-time password (RFC 6238). `counter` is the last step that was used: no code is good twice. */
export const totp = pgTable('totp', {
  member: ofMember().primaryKey(),
  secret: text().notNull(),
  counter: bigint({ mode: 'number' }).notNull(),
  added: instant('added').notNull(),
})

/** Codes for whoever lost the second factor; a row is deleted when its code is used. */
export const recoveryCode = pgTable('recovery_code', { member: ofMember(), hash: text().notNull() }, (t) => [
  primaryKey({ columns: [t.member, t.hash] }),
])

/** A WebAuthn credential: the public key, and the signature counter last seen. */
export const passkey = pgTable(
  'passkey',
  {
    id: text().primaryKey(),
    member: ofMember(),
    key: bytes('key').notNull(),
    counter: bigint({ mode: 'number' }).notNull(),
    transports: text().array().notNull(),
    name: text().notNull(),
    added: instant('added').notNull(),
    used: instant('used'),
  },
  (t) => [index('passkey_member').on(t.member)],
)

/** Whom an external OpenID provider means by the value of a claim. */
export const externalIdentity = pgTable(
  'external_identity',
  { issuer: text().notNull(), value: text().notNull(), member: ofMember() },
  (t) => [primaryKey({ columns: [t.issuer, t.value] }), index('external_identity_member').on(t.member)],
)
