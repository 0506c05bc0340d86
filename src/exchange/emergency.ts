import { sql } from 'drizzle-orm'
import type { Caller } from '../authenticate/caller.ts'
import type { Opening } from '../accept.ts'
import { exceptable, exceptionKinds } from '../consent/exceptions.ts'
import type { Services } from '../services.ts'
import type { Written } from '../store/change.ts'
import type { Connection } from '../store/database.ts'
import { type Finding, insertException } from '../store/exceptions.ts'
import { rebuildPermits } from '../store/permits.ts'
import { findMeant, type Meant } from './meant.ts'

export type { Meant } from './meant.ts'

/** What 42 CFR 2.51 asks to be stated; who disclosed, and when, is in the accounting. */
export interface EmergencyForm {
  readonly clinician: string
  readonly affiliation: string
  readonly emergency: string
  readonly consentNotObtainable: string
}

export interface StatedEmergency {
  readonly form: EmergencyForm
  readonly meant: Meant
}

const { purpose } = exceptionKinds.emergency

/** How long an emergency lasts, in milliseconds. */
const lasting = 4 * 60 * 60 * 1000

/**
 * Opens an emergency for the one person that is meant, and keeps it for the review whatever came of it. INVARIANT:
 * what is done for somebody who is found, for nobody, and for one who has no right to ask takes the same statements.
 */
export const openEmergency =
  (services: Services, caller: Caller, { form, meant }: StatedEmergency): Opening['open'] =>
  async (connection) => {
    const mayAsk = await hasRight(connection, caller)
    const persons = await findMeant(connection, caller, meant)
    const finding = findingOf(mayAsk, persons)
    const person = finding === 'opened' ? (persons[0] ?? null) : null
    const start = services.clock.now().getTime()
    const id = await insertException(connection, {
      kind: 'emergency',
      person,
      custodian: null,
      organization: caller.organizationKey,
      client: caller.client,
      start,
      end: start + lasting,
      allowed: exceptable,
      criteria: [],
      form,
      finding,
    })
    const other = await somebody(connection)
    await rebuildPermits(connection, [person ?? other, other], {
      organization: caller.asked.organization,
      purpose,
    })
    return concerned(connection, person, id)
  }

const findingOf = (mayAsk: boolean, persons: readonly number[]): Finding => {
  if (!mayAsk) return 'no-right'
  if (persons.length > 1) return 'several-matches'
  return persons.length === 1 ? 'opened' : 'no-match'
}

/** Who has medical personnel (42 CFR 2.51(a)). */
const treating = new Set<string | undefined>(['covered-entity', 'part2-program'])

/** Whether the client is registered for emergencies, and acts for an organization that treats, itself. */
const hasRight = async (
  connection: Connection,
  { client, recipientClass, organizationKey, homeKey, asked }: Caller,
): Promise<boolean> => {
  const [row] = await connection.query<{ registered: boolean }>(
    sql`SELECT ${purpose} = ANY(purposes) AS registered FROM client WHERE id = ${client}`,
  )
  const treats = treating.has(recipientClass) && organizationKey === homeKey && asked.patient === undefined
  return row?.registered === true && treats
}

/**
 * Anybody with a consent, whose permits are built again besides: it changes nothing, and it takes the same statements
 * where nobody is found.
 */
const somebody = async (connection: Connection): Promise<number> => {
  const [row] = await connection.query<{ person: number }>(
    sql`SELECT coalesce((SELECT max(person) FROM directive), (SELECT max(person) FROM chart), 0) AS person`,
  )
  return row?.person ?? 0
}

/** The Patients of the person, for the trail of the patient and of each custodian. */
const concerned = async (
  connection: Connection,
  person: number | null,
  exception: string,
): Promise<readonly Written[]> => {
  const rows = await connection.query<{ id: string; person: number; custodian: number }>(
    sql`SELECT id, person, custodian FROM resource
      WHERE type = 'Patient' AND NOT deleted AND richer IS NULL AND person = ${person}::int ORDER BY key`,
  )
  return rows.map((row) => ({
    ...row,
    type: 'Patient',
    created: false,
    labels: [],
    exception: `exception/${exception}`,
  }))
}
