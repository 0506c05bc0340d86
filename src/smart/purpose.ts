import { sql } from 'drizzle-orm'
import type { JWTPayload } from 'jose'
import * as z from 'zod'
import { exceptionKinds } from '../consent/exceptions.ts'
import { readPurpose } from '../consent/purposes.ts'
import type { Connection } from '../store/database.ts'
import type { ClientRegistration } from './clients.ts'
import { refuseToken } from './refusal.ts'

const extensions = z.looseObject({
  'hl7-b2b': z
    .looseObject({
      organization_id: z.string().min(1).max(500).optional(),
      purpose_of_use: z.union([z.string(), z.array(z.string())]).optional(),
    })
    .optional(),
})

/** What an assertion says of the business around a request (UDAP Security, B2B authorization extension object). */
export interface Stated {
  readonly organization?: string
  readonly purpose?: string
}

/** Reads the `hl7-b2b` extension object; without one, nothing is stated. One purpose of use at most can be meant. */
export const statedIn = (claims: JWTPayload | undefined): Stated => {
  if (claims?.extensions === undefined) return {}
  const read = extensions.safeParse(claims.extensions)
  if (!read.success) return refuseToken('invalid_grant', '`extensions` must hold `hl7-b2b` as an object')
  const { organization_id: organization, purpose_of_use: purposes } = read.data['hl7-b2b'] ?? {}
  return {
    ...(organization === undefined ? {} : { organization }),
    ...(purposes === undefined ? {} : { purpose: onePurpose([purposes].flat()) }),
  }
}

const onePurpose = (texts: readonly string[]): string => {
  const codes = new Set(texts.map((text) => readPurpose(text) ?? unknownPurpose(text)))
  const [code] = codes
  if (code === undefined || codes.size > 1)
    return refuseToken('invalid_grant', '`purpose_of_use` must name exactly one purpose')
  return code
}

const emergency = exceptionKinds.emergency.purpose

const unknownPurpose = (text: string): never =>
  refuseToken('invalid_grant', `\`${text}\` is not a purpose of use`)

/**
 * The purpose of a token: the stated one if the client is registered for it, else the single registered one. An
 * emergency beside others is never meant by silence.
 */
export const settlePurpose = ({ purposes }: ClientRegistration, stated: string | undefined): string => {
  if (stated !== undefined) {
    const code = readPurpose(stated) ?? unknownPurpose(stated)
    if (purposes.includes(code)) return code
    return refuseToken('invalid_grant', `the client is not registered for the purpose of use \`${code}\``)
  }
  const [only, ...others] = purposes.length === 1 ? purposes : purposes.filter((code) => code !== emergency)
  if (only === undefined)
    return refuseToken('unauthorized_client', 'the client is registered for no purpose of use')
  if (others.length === 0) return only
  return refuseToken(
    'invalid_request',
    'state `purpose_of_use` in `hl7-b2b`: the client is registered for several',
  )
}

/**
 * Refuses an `organization_id` that is not the client's own organization: its URL, its reference, or the value of one
 * of its identifiers (UDAP Security, B2B authorization extension object).
 */
export const demandOwnOrganization = async (
  connection: Connection,
  client: ClientRegistration,
  stated: string,
  base: string,
): Promise<void> => {
  if (stated === client.organization || stated === `${base}/${client.organization}`) return
  const rows = await connection.query<{ content: string }>(
    sql`SELECT content FROM resource
        WHERE type = 'Organization' AND id = ${client.organization.slice('Organization/'.length)} AND NOT deleted`,
  )
  const identifiers = rows.flatMap(
    ({ content }) => directory.safeParse(JSON.parse(content)).data?.identifier ?? [],
  )
  const known = identifiers.flatMap(({ system, value }) => [value, `${system ?? ''}|${value}`])
  if (!known.includes(stated))
    refuseToken('invalid_grant', '`organization_id` is not the organization of this client')
}

const directory = z.looseObject({
  identifier: z.array(z.looseObject({ system: z.string().optional(), value: z.string() })).optional(),
})
