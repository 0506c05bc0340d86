import { insertRecord } from '../../record/group-commit.ts'
import { signInEntry } from '../../record/sign-in.ts'
import type { Connection } from '../../store/database.ts'
import { endSessions, type Member, startSession } from '../session.ts'
import type { Visit } from '../visit.ts'

/** A change to how a member signs in, and how this browser goes on after it. */
export interface Change<Answer> {
  readonly member: Member
  /** In words of the trail. */
  readonly detail: string
  /** How whoever changes it is signed in; and since when, where not from now on. */
  readonly methods: readonly string[]
  readonly authenticated?: Date
  /** Does it, in the transaction that ends the sessions; undefined where it cannot be done, and then nothing is. */
  readonly make: (connection: Connection) => Promise<Answer | undefined>
}

class Undone extends Error {}

/** Carries out a change, with its row of the trail: all sessions end, and this browser gets a new one. */
export const change = async <Answer>(
  visit: Visit,
  { member, detail, methods, authenticated, make }: Change<Answer>,
): Promise<Answer | undefined> => {
  const { services, request, id } = visit
  const event = { request: id, interaction: 'sign-in-change', outcome: 'done', member, detail } as const
  try {
    const answer = await services.database.transaction(async (connection) => {
      const made = await make(connection)
      if (made === undefined) throw new Undone()
      await endSessions(connection, member.id)
      await insertRecord(connection, [await signInEntry(services, connection, event)], [])
      return made
    })
    visit.cookies.push(...(await startSession(services, request, member.id, methods, authenticated)))
    return answer
  } catch (fault) {
    if (fault instanceof Undone) return undefined
    throw fault
  }
}
