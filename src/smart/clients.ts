import { sql } from 'drizzle-orm'
import * as z from 'zod'
import { readPurpose } from '../consent/purposes.ts'
import { refuse } from '../problem.ts'
import { type Connection, json, list } from '../store/database.ts'
import { isPublicAddress, isUsable, jwks } from './jwks.ts'
import { parseScopes } from './scopes.ts'

/** A client id that forms, headers and the database can hold. */
export const clientId = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 printable characters without spaces')

const scope = z.string().superRefine((text, context) => {
  try {
    parseScopes(text)
  } catch (refusal) {
    context.addIssue({
      code: 'custom',
      message: refusal instanceof Error ? refusal.message : 'is unreadable',
    })
  }
})

const purpose = z.string().transform((text, context) => {
  const code = readPurpose(text)
  if (code === undefined) context.addIssue({ code: 'custom', message: `\`${text}\` is not a purpose of use` })
  return code ?? z.NEVER
})

/** http(s) or a private-use scheme, without a fragment (RFC 9700 section 2.1, RFC 8252 section 7.1). */
const redirect = z.string().refine((text) => {
  if (!URL.canParse(text) || text.includes('#')) return false
  const { protocol } = new URL(text)
  return protocol === 'https:' || protocol === 'http:' || protocol.includes('.')
}, 'must be an http(s) address or have a private-use scheme, without a fragment')

const usable = jwks.refine(
  ({ keys }) => keys.some(isUsable),
  'must hold a key with `kid` for ES384 (EC, P-384) or RS384 (RSA)',
)

const publicAddress = z.string().refine(isPublicAddress, 'must be https at a public name')

const common = {
  id: clientId,
  organization: z.string().regex(/^Organization\/[A-Za-z0-9.-]{1,64}$/, 'must be Organization/<id>'),
  scope,
  purposes: z.array(purpose).transform((codes): readonly string[] => [...new Set(codes)]),
  redirects: z.array(redirect).readonly(),
  roles: z.array(z.string().min(1)).readonly(),
  /** What users are told that the app is called. */
  name: z.string().min(1).max(100).optional(),
  /** Where an EHR launches the app (SMART App Launch 2.2, EHR launch). */
  launchUrl: z.url({ protocol: /^https?$/ }).optional(),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,63}$/, 'must be the start of a resource id')
    .optional(),
}

const registration = z.discriminatedUnion('kind', [
  z.object({ ...common, kind: z.literal('jwks'), jwks: usable }),
  z.object({ ...common, kind: z.literal('jwks-url'), jwksUrl: publicAddress }),
  z.object({
    ...common,
    kind: z.literal('secret'),
    secret: z.string().regex(/^[0-9a-f]{64}$/, 'must be SHA-256'),
  }),
  z.object({ ...common, kind: z.literal('public') }),
])

/**
 * A client as it is registered: whose it is, how it proves itself, and what it may ask for. `secret` is the SHA-256 of
 * the secret, in hexadecimal; purposes are v3-ActReason codes.
 */
export type ClientRegistration = z.output<typeof registration>

/** Reads a registration; refuses it with every fault at once. */
export const readRegistration = (input: unknown): ClientRegistration => {
  const read = registration.safeParse(input)
  if (read.success) return read.data
  return refuse({
    kind: 'invalid',
    issues: read.error.issues.map(({ path, message }) => ({
      code: 'invalid',
      text: `${path.map(String).join('.')}: ${message.charAt(0).toLowerCase()}${message.slice(1)}`,
    })),
  })
}

/** The client of this id, if one is registered. One whose row cannot be read is none. */
export const findClient = async (
  connection: Connection,
  id: string,
): Promise<ClientRegistration | undefined> => {
  const [row] = await connection.query<Record<string, unknown>>(
    sql`SELECT id, organization, kind, jwks, jwks_url AS "jwksUrl", secret, scope, purposes, redirects, roles, prefix,
        name, launch_url AS "launchUrl" FROM client WHERE id = ${id}`,
  )
  if (row === undefined) return undefined
  return registration.safeParse(Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)))
    .data
}

/**
 * Registers a client, or changes it. The same registration again changes nothing; a changed one ends the grants and
 * tokens that were given under the old one.
 */
export const upsertClient = async (connection: Connection, input: unknown): Promise<ClientRegistration> => {
  const own = readRegistration(input)
  const keys = own.kind === 'jwks' ? json(own.jwks) : sql`NULL`
  const url = own.kind === 'jwks-url' ? own.jwksUrl : null
  const secret = own.kind === 'secret' ? own.secret : null
  await connection.query(sql`WITH written AS (
      INSERT INTO client (id, organization, kind, jwks, jwks_url, secret, scope, purposes, redirects, roles, prefix, name, launch_url)
      VALUES (${own.id}, ${own.organization}, ${own.kind}, ${keys}, ${url}, ${secret}, ${own.scope},
        ${list(own.purposes, 'text')}, ${list(own.redirects, 'text')}, ${list(own.roles, 'text')}, ${own.prefix ?? null},
        ${own.name ?? null}, ${own.launchUrl ?? null})
      ON CONFLICT (id) DO UPDATE SET (organization, kind, jwks, jwks_url, secret, scope, purposes, redirects, roles, prefix, name, launch_url)
        = ROW (excluded.organization, excluded.kind, excluded.jwks, excluded.jwks_url, excluded.secret, excluded.scope,
          excluded.purposes, excluded.redirects, excluded.roles, excluded.prefix, excluded.name, excluded.launch_url)
        WHERE client IS DISTINCT FROM excluded
      RETURNING id),
    granted AS (DELETE FROM smart_grant WHERE client IN (SELECT id FROM written)),
    launched AS (DELETE FROM launch WHERE client IN (SELECT id FROM written))
    DELETE FROM access_token WHERE client IN (SELECT id FROM written)`)
  return own
}
