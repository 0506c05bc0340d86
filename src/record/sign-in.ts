import { sql } from 'drizzle-orm'
import { refuse } from '../problem.ts'
import type { Services } from '../services.ts'
import type { Connection } from '../store/database.ts'
import type { AuditEntry } from './keeper.ts'

/** What is told of signing in: `sign-in`, `sign-out`, and `sign-in-change` for whatever changes how somebody signs in. */
export type SignInInteraction = 'sign-in' | 'sign-out' | 'sign-in-change'

/** Whom it concerns; nobody where no such user is known. */
export interface SignInMember {
  readonly reference: string
  readonly organization: string
}

/** What happened, in words of the program alone: nothing that was typed. */
export interface SignInEvent {
  readonly request: string
  readonly interaction: SignInInteraction
  readonly outcome: 'done' | 'refused'
  readonly member?: SignInMember | undefined
  readonly detail: string
}

/** The audit row of an event, as it is stored with whatever the event does. */
export const signInEntry = async (
  services: Pick<Services, 'clock'>,
  connection: Connection,
  { member, request, interaction, outcome, detail }: SignInEvent,
): Promise<AuditEntry> => {
  const { custodian, person } = member === undefined ? nowhere : await placeOf(connection, member)
  return {
    at: services.clock.now(),
    request,
    interaction,
    outcome,
    client: 'sign-in',
    organization: member?.organization ?? 'unknown',
    purpose: 'unknown',
    custodians: custodian === null ? [] : [custodian],
    persons: person === null ? [] : [person],
    detail:
      member === undefined
        ? { reason: detail }
        : { resources: [[member.reference, '', detail, person, custodian]] },
  }
}

/**
 * Keeps the record of a sign-in, a failure of one, or a sign-out. It stands in the trail of the organization that the
 * member acts for; a patient's in the patient's own. Where it cannot be kept, nothing is done.
 */
export const recordSignIn = async (services: Services, event: SignInEvent): Promise<void> => {
  const audit = await signInEntry(services, services.database, event)
  try {
    await services.record.keep(audit)
  } catch {
    services.log({ level: 'error', event: 'record not kept', request: event.request })
    refuse({ kind: 'unrecorded' })
  }
}

interface Place {
  readonly custodian: number | null
  readonly person: number | null
}

const nowhere: Place = { custodian: null, person: null }

/** The custodian is that of what the organization writes: a business associate's principal. */
const placeOf = async (connection: Connection, member: SignInMember): Promise<Place> => {
  const [row] = await connection.query<Place>(sql`SELECT
      (SELECT coalesce(p.key, o.key) FROM organization o
        LEFT JOIN organization p ON o.class = 'business-associate' AND 'Organization/' || p.id = o.principal
        WHERE 'Organization/' || o.id = ${member.organization}) AS custodian,
      (SELECT person FROM resource WHERE type = 'Patient' AND 'Patient/' || id = ${member.reference} LIMIT 1) AS person`)
  return row ?? nowhere
}
