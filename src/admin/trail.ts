import { sql } from 'drizzle-orm'
import { insertRecord } from '../record/group-commit.ts'
import type { Services } from '../services.ts'
import { type Connection, list } from '../store/database.ts'

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

/**
 * The audit row of what an officer looks at by a command: it is kept before anything is shown (LAW: staff that views what is
 * stored is itself a use).
 */
export const trailView = async (
  services: Services,
  interaction: string,
  keys: readonly string[],
): Promise<void> => {
  const { database } = services
  const rows = await database.query<Omit<Done, 'how'>>(
    sql`SELECT type || '/' || id AS what, person, custodian FROM resource WHERE richer IS NULL
      AND (type, id) IN (SELECT split_part(k, '/', 1), split_part(k, '/', 2) FROM unnest(${list(keys, 'text')}) k) ORDER BY key`,
  )
  await trail(
    database,
    services,
    { interaction, purpose: 'HOPERAT' },
    rows.map((row) => ({ ...row, how: 'shown' })),
  )
}
