import { sql } from 'drizzle-orm'
import { type SensitivityTable, sensitivityTables } from '../../../mappings/sensitivity/index.ts'
import { type Administered, movableClock } from '../../../src/admin/administered.ts'
import { fingerprintOf } from '../../../src/consent/fingerprint.ts'
import { codeLabels } from '../../../src/consent/label.ts'
import type { Services } from '../../../src/services.ts'
import { readSettings } from '../../../src/settings.ts'
import type { Database } from '../../../src/store/database.ts'
import { noticeLabelling } from '../../../src/store/relabelling.ts'
import { type Ran, run } from '../../admin/desk.ts'
import type { World } from '../world.ts'

const icd = 'http://hl7.org/fhir/sid/icd-10-cm'

/** The shipped tables, and one more row: an ordinary cold is what this release thinks sensitive. */
export const stricter: readonly SensitivityTable[] = [
  ...sensitivityTables,
  {
    system: icd,
    source: 'a test',
    date: '2026-01-01',
    rows: [{ code: 'J00', label: 'HIV', display: 'cold' }],
  },
]

/** The shipped tables without their ICD-10-CM rows. */
export const laxer: readonly SensitivityTable[] = sensitivityTables.filter(({ system }) => system !== icd)

/** The same database as another release of the gateway opens it. */
export const release = async (
  { services }: Pick<World, 'services'>,
  tables: readonly SensitivityTable[],
  change: (database: Database) => Database = (database) => database,
): Promise<Services> => {
  const next = {
    ...services,
    database: change(services.database),
    labelOf: codeLabels(tables),
    labelledBy: fingerprintOf(tables),
  }
  await noticeLabelling(next)
  return next
}

/** Runs a command of the CLI on open services, as it is typed. */
export const command = (
  services: Services,
  typed: readonly string[],
  files: Readonly<Record<string, unknown>> = {},
): Promise<Ran> => {
  const administered: Administered = {
    services,
    settings: readSettings({ SLUICE_LOG: 'false' }),
    clock: movableClock(0),
    keys: { read: async () => undefined, write: async () => undefined, clear: async () => undefined },
  }
  return run(administered, typed, files)
}

/** Every row of every table as text, by table; the state of the relabelling itself apart. */
export const contentsOf = async (database: Database): Promise<Record<string, readonly string[]>> => {
  const tables = await database.query<{ name: string }>(
    sql`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'labelling' ORDER BY tablename`,
  )
  const contents: Record<string, readonly string[]> = {}
  for (const { name } of tables) {
    const rows = await database.query<{ row: string }>(
      sql`SELECT row_to_json(t)::text || t.ctid::text AS row FROM ${sql.raw(`"${name}"`)} t ORDER BY 1`,
    )
    contents[name] = rows.map(({ row }) => row)
  }
  return contents
}

/** What is stored of records, without the keys that a row gets when it is written. */
export const recordsOf = async (
  database: Database,
  without = '',
): Promise<Record<string, readonly string[]>> => {
  const contents: Record<string, readonly string[]> = {}
  for (const name of ['resource', 'history', 'words', 'dates', 'amounts']) {
    const rows = await database.query<{ row: string }>(
      name === 'resource' || name === 'history'
        ? sql`SELECT (to_jsonb(t) - 'key')::text AS row FROM ${sql.raw(`"${name}"`)} t WHERE id <> ${without} ORDER BY 1`
        : sql`SELECT ((to_jsonb(t) - 'resource') || jsonb_build_object('of', r.type || '/' || r.id || ' ' || r.mask))::text AS row
            FROM ${sql.raw(`"${name}"`)} t JOIN resource r ON r.key = t.resource ORDER BY 1`,
    )
    contents[name] = rows.map(({ row }) => row)
  }
  return contents
}
