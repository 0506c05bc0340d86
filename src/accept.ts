import type { Coding, FhirResource } from 'fhir/r4'
import type { Caller } from './authenticate/caller.ts'
import { authorize, type Need } from './authorize/authorize.ts'
import { permitFor } from './consent/permit.ts'
import { applying } from './exchange/applying.ts'
import { identify } from './exchange/identify.ts'
import { notify } from './exchange/notify.ts'
import { requireReached } from './exchange/require-reached.ts'
import { type Issue, Refusal, refuse } from './problem.ts'
import { derive } from './questionnaire/derive.ts'
import { insertRecord } from './record/group-commit.ts'
import { recordRefusal, writeEntry } from './record/record.ts'
import type { Services } from './services.ts'
import { apply } from './store/apply.ts'
import type { Change, Written } from './store/change.ts'
import type { Connection } from './store/database.ts'
import { validateAll } from './validate/submission.ts'

/** One write as it was asked for, parsed. */
export interface Submission {
  readonly method: 'create' | 'update' | 'patch' | 'delete'
  readonly type: string
  /** Of an update or delete; a create gets its id here only where a transaction has already given it one. */
  readonly id?: string
  readonly resource?: FhirResource
  readonly ifMatch?: string
  /** Search parameters of `If-None-Exist`. */
  readonly ifNoneExist?: URLSearchParams
  /** The id that a transaction has given meanwhile to what a condition may find: references to it are told the real one. */
  readonly placeholder?: string
  /** Search parameters instead of an id: a conditional update, patch or delete. */
  readonly where?: URLSearchParams
  /** Of a patch: makes of the resource, as its sender sees it, what it is to be. */
  readonly patch?: (resource: FhirResource) => FhirResource
  /** What does not conform to a profile and was let in by the partner's policy; and whether it is held. */
  readonly warnings?: readonly Issue[]
  readonly isHeld?: true
  /** Of a patch that changes `meta` alone and makes no version: the labels that it takes off. */
  readonly inPlace?: { readonly lowers: readonly Coding[] }
}

/** What became of one write: the resource it stands for now, and whether its answers ask for a clinician at once. */
export interface Outcome {
  readonly type: string
  readonly id: string
  readonly effect: 'created' | 'updated' | 'existing' | 'deleted'
  readonly flagged?: true
  readonly warnings?: readonly Issue[]
}

/** Who writes, through what. */
export interface Writer {
  readonly interaction: string
  readonly request: string
  readonly caller: Caller
  /**
   * An import stores resources under the ids they have; a trusted one also keeps versions and lastUpdated, and makes
   * policy-bearing data effective; `marks` say what kind of record it is. Never set by anything that a caller sends.
   */
  readonly imports?: 'plain' | 'trusted'
  readonly marks?: Change['marks']
  /** An exception before consent that it opens: no record, but it changes decisions, and so comes in here. */
  readonly opening?: Opening
  /** What must be committed together with the write: the state of the message that it came in. */
  readonly alongside?: (connection: Connection) => Promise<void>
}

/** What an exception needs of the token, and how it is opened; the patients whom it concerns are named on the audit row. */
export interface Opening {
  readonly needs: readonly Need[]
  open(connection: Connection): Promise<readonly Written[]>
}

/**
 * THE WAY IN. Whatever comes in, by whatever protocol, goes through these steps in this order. All of it is stored in
 * one transaction, together with its audit row, before anybody is told so; or none of it is.
 */
export const accept = async (
  services: Services,
  writer: Writer,
  submissions: readonly Submission[],
): Promise<readonly Outcome[]> => {
  const { caller, opening } = writer
  try {
    const grant = authorize(caller, [...(opening?.needs ?? []), ...submissions.flatMap(needsOf)])
    const valid = validateAll(services, submissions, caller)
    const permit = permitFor(grant, services.clock.now())
    return await services.database.transaction(async (connection) => {
      const identified = await identify(valid, { connection, services, writer, grant, permit })
      const { changes, flagging } = await derive(connection, services, identified.changes)
      const written = await apply(connection, changes, applying(services))
      await requireReached(connection, services, grant, identified.said)
      await notify(connection, services, writer, changes)
      await writer.alongside?.(connection)
      const all = [...written, ...((await opening?.open(connection)) ?? [])]
      await insertRecord(connection, [writeEntry(services, caller, writer, all)], []).catch(unrecorded)
      return flagging(identified.outcomes)
    })
  } catch (fault) {
    if (fault instanceof Refusal) await recordRefusal(services, caller, writer, fault)
    throw fault
  }
}

/** A write without its audit row is no write: the transaction ends. */
const unrecorded = (): never => refuse({ kind: 'unrecorded' })

const access = { create: 'c', update: 'u', patch: 'u', delete: 'd' } as const

/** A condition is a search, and needs its scope. */
const needsOf = ({ method, type, where }: Submission): Need[] => [
  { type, access: access[method] },
  ...(where === undefined ? [] : [{ type, access: 's' } as const]),
]
