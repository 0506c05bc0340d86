import { sql } from 'drizzle-orm'
import type { Task } from 'fhir/r4'
import { accept } from '../accept.ts'
import type { Caller } from '../authenticate/caller.ts'
import { Refusal } from '../problem.ts'
import type { Services } from '../services.ts'
import { type Connection, list } from '../store/database.ts'
import { ensureAudience } from '../store/permits.ts'
import { taskCodes } from './flag-task.ts'

interface Due {
  readonly id: string
  readonly version: string
  readonly content: string
  readonly custodian: number
  readonly organization: string
}

/** So many are looked at in one go. */
const batch = 100

/**
 * Escalates the safety reviews that nobody acknowledged in time (`Task.restriction.period.end`): the whole organization owns
 * them then. Each once, by the way in that all writes take; whoever acknowledges in the same moment is first. Returns how many.
 */
export const escalate = async (services: Services): Promise<number> => {
  let escalated = 0
  for (const due of await findDue(services)) {
    const { id, version, organization, custodian } = due
    const writer = {
      interaction: 'escalate',
      request: services.ids.request(),
      caller: await callerFor(services.database, `Organization/${organization}`, custodian),
    }
    const resource = escalatedTask(JSON.parse(due.content) as Task, `Organization/${organization}`)
    try {
      await accept(services, writer, [
        { method: 'update', type: 'Task', id, ifMatch: `W/"${version}"`, resource },
      ])
      escalated += 1
    } catch (fault) {
      if (!(fault instanceof Refusal)) throw fault
    }
  }
  return escalated
}

const findDue = ({ database, clock }: Services): Promise<Due[]> =>
  database.query<Due>(sql`SELECT r.id, r.version, r.content, r.custodian, o.id AS organization
    FROM resource r JOIN organization o ON o.key = r.custodian
    WHERE r.type = 'Task' AND NOT r.deleted AND r.richer IS NULL
      AND r.tokens @> ${list([`code=${taskCodes}|safety-review`, 'status=requested'], 'text')}
      AND NOT r.tokens @> ${list([`business-status=${taskCodes}|escalated`], 'text')}
      AND (r.content::json->'restriction'->'period'->>'end')::timestamptz <= ${clock.now().toISOString()}::text::timestamptz
    ORDER BY r.updated LIMIT ${batch}::int`)

const escalatedTask = (task: Task, organization: string): Task => ({
  ...task,
  owner: { reference: organization },
  businessStatus: {
    coding: [{ system: taskCodes, code: 'escalated', display: 'Escalated' }],
    text: 'nobody acknowledged it in time',
  },
})

/** The custodian itself, for what the gateway does in its name. */
const callerFor = async (connection: Connection, organization: string, key: number): Promise<Caller> => {
  const asked = { organization, purpose: 'TREAT' }
  return {
    client: 'gateway',
    organization,
    organizationKey: key,
    homeKey: key,
    asked,
    audience: await ensureAudience(connection, asked),
    scope: 'system/Task.ru',
    roles: [],
    prefix: undefined,
  }
}
