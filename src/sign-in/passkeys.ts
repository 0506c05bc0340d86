import type { WebAuthnCredential } from '@simplewebauthn/server'
import { sql } from 'drizzle-orm'
import * as z from 'zod'
import type { Services } from '../services.ts'
import { type Connection, list } from '../store/database.ts'
import { keepTicket, takeTicket } from './ticket.ts'

/** Loaded where it is used: it is large, and most processes never meet a passkey. */
const webAuthn = () => import('@simplewebauthn/server')

/** In seconds (WebAuthn Level 3, 15.1: five minutes where the user must be verified). */
const patience = 5 * 60

/** Whose passkeys these are: the host of the public address, where that is one that may have some (WebAuthn 5.1.3). */
export const relyingParty = ({
  settings,
}: Pick<Services, 'settings'>): { id: string; origin: string } | undefined => {
  const { hostname, origin, protocol } = new URL(settings.publicUrl)
  const named = !/^[\d.]+$|^\[/.test(hostname)
  return named && (protocol === 'https:' || hostname === 'localhost') ? { id: hostname, origin } : undefined
}

/** EdDSA, ES256 and RS256 (COSE): what authenticators have, and every runtime checks. */
const algorithms = [-8, -7, -257]

/** What a challenge was made for. */
interface Challenge {
  readonly use: 'create' | 'get'
  readonly begin: string
}

/** Who asks: the browser by its cookie, and for a new passkey the member. */
export interface Asking {
  readonly begin: string
  readonly member?: string
}

const keepChallenge = async (
  services: Services,
  use: Challenge['use'],
  { begin, member }: Asking,
  challenge: string,
): Promise<void> => {
  const content: Challenge = { use, begin: await services.digest(begin) }
  await keepTicket(services.database, services, 'challenge', challenge, {
    content,
    member: member ?? null,
    seconds: patience,
  })
}

/** A challenge is good once, for its use, in its browser and for its member. */
const takeChallenge =
  (services: Services, use: Challenge['use'], { begin, member }: Asking) =>
  async (challenge: string): Promise<boolean> => {
    const ticket = await takeTicket<Challenge>(services.database, services, 'challenge', challenge)
    return (
      ticket !== undefined &&
      ticket.content.use === use &&
      ticket.content.begin === (await services.digest(begin)) &&
      ticket.member === (member ?? null)
    )
  }

/** A user handle tells nothing of the user (WebAuthn 14.6.1). */
const handleOf = async ({ digest }: Services, member: string): Promise<string> => digest(`passkey ${member}`)

/** Options for `navigator.credentials.get`: any passkey of this gateway, with its user verified. */
export const askForPasskey = async (services: Services, asking: Asking): Promise<object | undefined> => {
  const party = relyingParty(services)
  if (party === undefined) return undefined
  const options = await (
    await webAuthn()
  ).generateAuthenticationOptions({
    rpID: party.id,
    userVerification: 'required',
    timeout: patience * 1000,
  })
  await keepChallenge(services, 'get', asking, options.challenge)
  return options
}

/** Options for `navigator.credentials.create`: one that the authenticator keeps, with its user verified. */
export const askForNewPasskey = async (
  services: Services,
  asking: Asking & { readonly member: string },
): Promise<object | undefined> => {
  const party = relyingParty(services)
  if (party === undefined) return undefined
  const known = await services.database.query<{ id: string; transports: string[] }>(
    sql`SELECT id, transports FROM passkey WHERE member = ${asking.member}`,
  )
  const options = await (
    await webAuthn()
  ).generateRegistrationOptions({
    rpName: 'Sluice',
    rpID: party.id,
    userName: asking.member,
    userID: new TextEncoder().encode(await handleOf(services, asking.member)),
    attestationType: 'none',
    timeout: patience * 1000,
    excludeCredentials: known,
    supportedAlgorithmIDs: algorithms,
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })
  await keepChallenge(services, 'create', asking, options.challenge)
  return options
}

const text = z.string().max(16_384)

const common = {
  id: text,
  rawId: text,
  type: z.literal('public-key'),
  authenticatorAttachment: z.enum(['platform', 'cross-platform']).optional(),
  clientExtensionResults: z.object({}).default({}),
}

const created = z.object({
  ...common,
  response: z.object({
    clientDataJSON: text,
    attestationObject: text,
    transports: z.array(z.string().max(32)).max(8).default([]),
  }),
})

const presented = z.object({
  ...common,
  response: z.object({
    clientDataJSON: text,
    authenticatorData: text,
    signature: text,
    userHandle: text.optional(),
  }),
})

const parsed = <Shape>(schema: z.ZodType<Shape>, json: string): Shape | undefined => {
  try {
    return schema.safeParse(JSON.parse(json)).data
  } catch {
    return undefined
  }
}

/** A new passkey that was proved. */
export interface NewPasskey {
  readonly credential: WebAuthnCredential
  readonly transports: readonly string[]
  readonly method: PasskeyMethod
}

/** The passkey that a browser has just made, undefined where anything of it is not right (WebAuthn 7.1). */
export const verifyNewPasskey = async (
  services: Services,
  asking: Asking & { readonly member: string },
  json: string,
): Promise<NewPasskey | undefined> => {
  const party = relyingParty(services)
  const response = parsed(created, json)
  if (party === undefined || response === undefined) return undefined
  try {
    const { verified, registrationInfo } = await (
      await webAuthn()
    ).verifyRegistrationResponse({
      response,
      expectedChallenge: takeChallenge(services, 'create', asking),
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    })
    if (!verified) return undefined
    const { credential, credentialDeviceType } = registrationInfo
    return { credential, transports: response.response.transports, method: methodOf(credentialDeviceType) }
  } catch {
    return undefined
  }
}

/** Keeps a passkey; false where one of this id is known already, whoever has it (WebAuthn 7.1, step 26). */
export const keepPasskey = async (
  connection: Connection,
  { clock }: Pick<Services, 'clock'>,
  member: string,
  { credential, transports }: NewPasskey,
  name: string,
): Promise<boolean> => {
  const { id, publicKey, counter } = credential
  const kept =
    await connection.query(sql`INSERT INTO passkey (id, member, key, counter, transports, name, added)
    VALUES (${id}, ${member}, decode(${hex(publicKey)}, 'hex'), ${String(counter)}::text::bigint, ${list(transports, 'text')}, ${name},
      ${clock.real().toISOString()}::text::timestamptz) ON CONFLICT (id) DO NOTHING RETURNING id`)
  return kept.length === 1
}

const hex = (own: Uint8Array): string => [...own].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/** A key that stays in one device, or one that is copied to others (RFC 8176 section 2). */
export type PasskeyMethod = 'hwk' | 'swk'

const methodOf = (type: 'singleDevice' | 'multiDevice'): PasskeyMethod =>
  type === 'singleDevice' ? 'hwk' : 'swk'

/** Who presented a passkey, and by which kind of key. */
export interface Presented {
  readonly member: string
  readonly method: PasskeyMethod
}

interface Kept {
  readonly member: string
  readonly key: Uint8Array<ArrayBuffer>
  readonly counter: bigint | number
}

/** The member whose passkey a browser has presented, undefined where anything of it is not right (WebAuthn 7.2). */
export const verifyPasskey = async (
  services: Services,
  asking: Asking,
  json: string,
): Promise<Presented | undefined> => {
  const party = relyingParty(services)
  const response = parsed(presented, json)
  if (party === undefined || response === undefined) return undefined
  const [kept] = await services.database.query<Kept>(
    sql`SELECT member, key, counter FROM passkey WHERE id = ${response.id}`,
  )
  if (kept === undefined) return undefined
  try {
    const { verified, authenticationInfo } = await (
      await webAuthn()
    ).verifyAuthenticationResponse({
      response,
      expectedChallenge: takeChallenge(services, 'get', asking),
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      credential: { id: response.id, publicKey: new Uint8Array(kept.key), counter: Number(kept.counter) },
      requireUserVerification: true,
    })
    if (!verified || !(await isHandle(services, kept.member, response.response.userHandle))) return undefined
    if (!(await countUp(services, response.id, authenticationInfo.newCounter))) return undefined
    return { member: kept.member, method: methodOf(authenticationInfo.credentialDeviceType) }
  } catch {
    return undefined
  }
}

/** A passkey that was not asked for by name says whose it is (WebAuthn 7.2, step 6). */
const isHandle = async (services: Services, member: string, handle: string | undefined): Promise<boolean> => {
  const expected = btoa(await handleOf(services, member))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
  return handle === expected
}

/** Of two answers with the same count one is good, where the authenticator counts at all (WebAuthn 7.2, step 22). */
const countUp = async ({ database, clock }: Services, id: string, counter: number): Promise<boolean> => {
  const count = sql`${String(counter)}::text::bigint`
  const counted =
    await database.query(sql`UPDATE passkey SET counter = ${count}, used = ${clock.real().toISOString()}::text::timestamptz
    WHERE id = ${id} AND (counter < ${count} OR (counter = 0 AND ${count} = 0)) RETURNING id`)
  return counted.length === 1
}
