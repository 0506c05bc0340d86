import { insertRecord } from '../record/group-commit.ts'
import type { Services } from '../services.ts'
import type { Connection } from '../store/database.ts'

/** What an officer's command did to what, and whose it is. */
export interface Done {
  readonly what: string
  readonly how: string
  readonly person: number | null
  readonly custodian: number | null
}

/** The audit row of what an officer does by a command, in the same transaction. */
export const trail = (
  connection: Connection,
  { clock, ids }: Services,
  { interaction, purpose }: { readonly interaction: string; readonly purpose: string },
  done: readonly Done[],
): Promise<void> =>
  insertRecord(
    connection,
    [
      {
        at: clock.now(),
        request: ids.request(),
        interaction,
        outcome: 'written',
        client: 'gateway',
        organization: 'unknown',
        purpose,
        custodians: [...new Set(done.flatMap(({ custodian }) => custodian ?? []))],
        persons: [...new Set(done.flatMap(({ person }) => person ?? []))],
        detail: { resources: done.map((one) => [one.what, '', one.how, one.person, one.custodian]) },
      },
    ],
    [],
  )
