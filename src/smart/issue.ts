import { sql } from 'drizzle-orm'
import { type Asked, isRepresentative } from '../consent/asked.ts'
import type { Services } from '../services.ts'
import type { Connection } from '../store/database.ts'
import { ensureAudience } from '../store/permits.ts'
import type { ClientRegistration } from './clients.ts'
import { writeAccessToken } from './grants/access-token.ts'
import { settlePurpose } from './purpose.ts'
import { refuseToken } from './refusal.ts'
import { levelsOf, narrow } from './scopes.ts'

/** A token to be issued to a client that has proved itself. */
export interface TokenRequest {
  readonly client: ClientRegistration
  /** Scopes asked for; all that are registered, where absent. */
  readonly scope?: string | undefined
  /** Purpose of use asked for; the single registered one, where absent. */
  readonly purpose?: string | undefined
  /** Id of the member who signed in. */
  readonly user?: string | undefined
  /** `Patient/<id>` or the id alone, for a patient's own token. */
  readonly patient?: string | undefined
  /** The patient in context of a user's token, as `patient` is written. */
  readonly inContext?: string | undefined
  /** In seconds; an hour at most. */
  readonly lifetime: number
}

export interface IssuedToken {
  readonly token: string
  readonly expiresIn: number
  readonly scope: string
  readonly purpose: string
  /** Id of the patient in context. */
  readonly patient?: string
}

/** What a token stands for, kept with it so that authentication takes one query. */
export interface TokenContext {
  readonly asked: Asked
  readonly scope: string
  /** `Patient/<id>` in context. */
  readonly patient?: string
  /** Id of the user who authorized the client. */
  readonly member?: string
}

/**
 * Issues an access token: opaque, stored hashed, so that it can be revoked at once. What the client is not registered
 * for, scope or purpose, is never in it, whoever asks. Call it in a transaction: a recipient that is met for the first
 * time gets its permits here. Refusals are TokenRefusals.
 */
export const issueToken = async (
  connection: Connection,
  request: TokenRequest,
  { clock }: Pick<Services, 'clock'>,
): Promise<IssuedToken> => {
  const { client } = request
  const patient = request.patient === undefined ? undefined : readPatient(request.patient)
  if (patient !== undefined && request.user !== undefined)
    refuseToken('invalid_request', "a token is a user's or a patient's, not both")
  const purpose = settlePurpose(client, request.purpose)
  const member = request.user === undefined ? undefined : await findMember(connection, request.user)
  const asked: Asked = {
    organization: member?.organization ?? client.organization,
    ...(member === undefined ? {} : { user: member.practitioner, role: member.role }),
    ...(patient === undefined ? {} : { patient: `Patient/${patient}` }),
    purpose,
  }
  const context =
    request.inContext === undefined ? {} : { patient: `Patient/${readPatient(request.inContext)}` }
  const granted = narrow(request.scope, client.scope, levelsOf({ asked, ...context }))
  const scope = isRepresentative(asked) ? narrow(granted, representativeScopes) : granted
  await demandOrganization(connection, asked.organization)
  const audience = await ensureAudience(connection, asked)
  const expiresIn = Math.min(request.lifetime, 3600)
  const held: TokenContext = { asked, scope, ...context }
  const issued = { client: client.id, audience, context: held, lifetime: expiresIn }
  const token = await writeAccessToken(connection, issued, clock.real())
  return { token, expiresIn, scope, purpose, ...(patient === undefined ? {} : { patient }) }
}

/** A representative reads, and writes nothing. */
export const representativeScopes = 'user/*.rs patient/*.rs'

const readPatient = (text: string): string =>
  /^(?:Patient\/)?([A-Za-z0-9.-]{1,64})$/.exec(text)?.[1] ??
  refuseToken('invalid_request', 'the patient must be Patient/<id>')

const findMember = async (connection: Connection, id: string) => {
  const [member] = await connection.query<{ practitioner: string; organization: string; role: string }>(
    sql`SELECT practitioner, organization, role FROM member WHERE id = ${id}`,
  )
  if (member === undefined) return refuseToken('invalid_request', `no user \`${id}\` is known`)
  if (member.practitioner.startsWith('Patient/'))
    refuseToken('invalid_request', `user \`${id}\` is a patient: ask for the patient`)
  return member
}

/** Refuses a token for an organization that is not known: nothing could be decided about it. */
export const demandOrganization = async (connection: Connection, reference: string): Promise<void> => {
  const id = reference.slice('Organization/'.length)
  const rows = await connection.query(sql`SELECT key FROM organization WHERE id = ${id}`)
  if (rows.length === 0) refuseToken('unauthorized_client', `no organization \`${reference}\` is known`)
}
