import { sql } from 'drizzle-orm'
import * as z from 'zod'
import { type Progress, readProgress } from '../../store/relabelling.ts'
import { readFact } from '../facts.ts'
import { operation } from '../operation.ts'

/** How the open gateway is. */
export interface Status {
  readonly database: string
  readonly version: string
  readonly migrations: readonly string[]
  readonly seed: string | undefined
  readonly tableRows: number
  readonly resources: number
  readonly now: string
  readonly offset: number
  readonly host: string
  readonly port: number
  readonly mllpPort: number
  /** Whether and how far stored records are labelled again. */
  readonly labelling: Progress
}

/** Tells how the open gateway is. */
export const status = operation(z.unknown(), async ({ services, settings, clock }): Promise<Status> => {
  const { database } = services
  const [row] = await database.query<{ version: string; rows: number; resources: number }>(
    sql`SELECT current_setting('server_version') AS version, (SELECT count(*)::int FROM default_row) AS rows,
        (SELECT count(*)::int FROM resource WHERE NOT deleted AND richer IS NULL) AS resources`,
  )
  const migrations = await database.query<{ name: string }>(sql`SELECT name FROM migration ORDER BY name`)
  return {
    database: database.kind,
    version: row?.version ?? '',
    migrations: migrations.map(({ name }) => name),
    seed: await readFact(database, 'seed'),
    tableRows: row?.rows ?? 0,
    resources: row?.resources ?? 0,
    now: clock.now().toISOString(),
    offset: clock.offset(),
    host: settings.host,
    port: settings.port,
    mllpPort: settings.mllpPort,
    labelling: await readProgress(services),
  }
})
