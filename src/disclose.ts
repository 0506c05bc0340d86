import { authorize, type Need } from './authorize/authorize.ts'
import type { Grant } from './authorize/grant.ts'
import { confirmed } from './authenticate/bearer.ts'
import type { Caller } from './authenticate/caller.ts'
import { type Permit, permitFor } from './consent/permit.ts'
import { Refusal, refuse } from './problem.ts'
import { redact, shape } from './redact/redact.ts'
import type { Released, ReleasedResource } from './redact/released.ts'
import { recordDisclosure, recordRefusal } from './record/record.ts'
import type { FoundRow } from './search/find.ts'
import { fhirBase, type Services } from './services.ts'
import { explain } from './store/explain.ts'
import type { Connection } from './store/database.ts'

/** What leaves over HTTP: status, headers and the bytes of the body. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** One question: what it needs of the token, how its rows are found, and how what may leave of them is put. */
export interface Ask {
  /** The interaction or operation, by its name in FHIR. */
  readonly interaction: string
  readonly request: string
  readonly needs: readonly Need[]
  find(connection: Connection, grant: Grant, permit: Permit): Promise<Found>
}

export interface Found {
  readonly rows: readonly FoundRow[]
  answer(released: readonly ReleasedResource[]): Answer
}

/**
 * THE WAY OUT. Whatever leaves, by whatever protocol, goes through these steps in this order; the types allow no
 * other: `find` asks for a Grant and a Permit, `shape` for what `redact` released, a response for a Released answer.
 * If the record cannot be kept, nothing leaves (LAW: what this means for one disclosure).
 */
export const disclose = async (services: Services, caller: Caller, ask: Ask): Promise<Released<Answer>> => {
  const answer = caller.token === undefined ? undefined : await answerOf(services, caller, ask).catch(refused)
  if (answer !== undefined) return answer
  const who = caller.token === undefined ? caller : await confirmed(services, caller)
  try {
    return (await answerOf(services, who, ask)) ?? refuse({ kind: 'unexpected' })
  } catch (fault) {
    if (fault instanceof Refusal) await recordRefusal(services, who, ask, fault)
    throw fault
  }
}

/** Nobody is refused from memory: the caller is looked up, and asks once more. */
const refused = (fault: unknown): undefined => {
  if (!(fault instanceof Refusal)) throw fault
}

/** The steps themselves; undefined where a remembered caller finds nothing, for it may be a caller no more. */
const answerOf = async (
  services: Services,
  caller: Caller,
  ask: Ask,
): Promise<Released<Answer> | undefined> => {
  const grant = authorize(caller, ask.needs)
  const permit = permitFor(grant, services.clock.now())
  const found = await ask.find(services.database, grant, permit)
  if (found.rows.length === 0 && caller.token !== undefined) return undefined
  const explained = await explain(services.database, found.rows, grant, permit, services.explanations)
  const released = redact(explained, fhirBase(services), caller.recipientClass)
  const answer = shape(released, (resources) => found.answer(resources))
  await recordDisclosure(services, caller, ask, released, answer)
  return answer
}
