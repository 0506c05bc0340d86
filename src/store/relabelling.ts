import { sql } from 'drizzle-orm'
import type { FhirResource } from 'fhir/r4'
import { saidByTables } from '../consent/label.ts'
import type { Connection, Database } from './database.ts'
import { countHeld, hold, readHeld } from './hold.ts'
import { relabel, type Relabelling } from './relabel.ts'

/** What a relabelling needs of the gateway. */
export interface Job {
  readonly database: Database
  /** What this process labels by (`fingerprintOf`). */
  readonly labelledBy: string
  readonly relabelling: () => Relabelling
}

/**
 * How far a relabelling of everything is: rows are looked at first, and what the tables would raise is held; then records
 * are labelled again one after the other.
 */
type Stage = 'look' | 'look-past' | 'cut'

interface Row {
  readonly fingerprint: string
  readonly stage: Stage | null
  readonly position: bigint
  readonly done: number
  readonly changed: number
  readonly total: number
  readonly started: Date | null
  readonly ended: Date | null
}

/** How a relabelling stands: numbers, and no record's name. */
export interface Progress {
  readonly due: boolean
  readonly stage: Stage | undefined
  readonly done: number
  readonly changed: number
  readonly total: number
  /** Records that are held until they are labelled again. */
  readonly held: number
  readonly started: string | undefined
  readonly ended: string | undefined
  /** Whether this process labels by what the database was labelled by; another release's work it leaves alone. */
  readonly own: boolean
}

/** Rows that are looked at, and records that are labelled again, in one transaction. */
const mostLooked = 500
const mostCut = 50

const readRow = async (connection: Connection, isLocked: boolean): Promise<Row | undefined> => {
  const [row] = await connection.query<Row>(
    sql`SELECT fingerprint, stage, position, done, changed, total, started, ended FROM labelling WHERE id = 1${sql.raw(isLocked ? ' FOR UPDATE' : '')}`,
  )
  return row
}

/**
 * Notes what this process labels by. Where the database was labelled by something else, a relabelling of everything is due
 * from now on; `again` asks for one in any case. A database without records has nothing to label.
 */
export const noticeLabelling = async (
  { database, labelledBy }: Pick<Job, 'database' | 'labelledBy'>,
  again = false,
): Promise<void> => {
  const known = await readRow(database, false)
  if (known?.fingerprint === labelledBy && !again) return
  await database.query(sql`INSERT INTO labelling AS known (id, fingerprint, stage, total)
    SELECT 1, ${labelledBy}, CASE WHEN count(*) > 0 THEN 'look' END, count(*) FROM resource WHERE richer IS NULL
    ON CONFLICT (id) DO UPDATE SET (fingerprint, stage, position, done, changed, total, started, ended)
      = ROW (excluded.fingerprint, excluded.stage, 0, 0, 0, excluded.total, NULL::timestamptz, NULL::timestamptz)
    WHERE known.fingerprint <> excluded.fingerprint OR ${again}`)
}

/** How the relabelling of a database stands. */
export const readProgress = async ({
  database,
  labelledBy,
}: Pick<Job, 'database' | 'labelledBy'>): Promise<Progress> => {
  const row = await readRow(database, false)
  const { held } = await countHeld(database)
  return {
    due: held > 0 || (row !== undefined && row.stage !== null),
    stage: row?.stage ?? undefined,
    done: Math.min(row?.done ?? 0, row?.total ?? 0),
    changed: row?.changed ?? 0,
    total: row?.total ?? 0,
    held,
    started: row?.started?.toISOString(),
    ended: row?.ended?.toISOString(),
    own: row === undefined || row.fingerprint === labelledBy,
  }
}

/** A way through what is held: how far it is, where it ends, and how many there were at its beginning. */
export interface Pass {
  readonly after: bigint
  readonly until: bigint
  readonly held: number
}

/** Whether there was something to do, and where the way through what is held goes on. */
export interface Step {
  readonly worked: boolean
  readonly pass?: Pass
}

/**
 * One batch in one transaction, under the locks of a write: what is held comes first, then the next records of a relabelling
 * of everything. A process that ends in between has done all of a batch or nothing, and the next one goes on from there.
 */
export const step = async (job: Job, pass?: Pass): Promise<Step> => {
  const { database, labelledBy, relabelling } = job
  if (!(await isDue(job))) return { worked: false }
  return database.transaction(async (connection) => {
    const row = await readRow(connection, true)
    if (row !== undefined && row.fingerprint !== labelledBy) return { worked: false }
    if (row?.stage === 'look' || row?.stage === 'look-past') {
      await look(connection, row, row.stage, relabelling())
      return { worked: true }
    }
    const next = await settleSome(connection, pass, relabelling)
    if (next !== undefined) return { worked: true, pass: next }
    if (row?.stage !== 'cut') return { worked: false }
    await cut(connection, row, relabelling())
    return { worked: true }
  })
}

/** Whether anything is due; asked often, and mostly for nothing, so it locks nothing. */
const isDue = async ({ database }: Pick<Job, 'database'>): Promise<boolean> => {
  const row = await readRow(database, false)
  return (row !== undefined && row.stage !== null) || (await countHeld(database)).held > 0
}

/** Labels what is held again, and nothing else: what a change of an organization holds is so for a moment only. */
export const settleHeld = async ({ database, labelledBy, relabelling }: Job): Promise<void> => {
  for (let pass: Pass | undefined; ;) {
    const from = pass
    pass = await database.transaction(async (connection) => {
      const row = await readRow(connection, true)
      const isOther = row !== undefined && row.fingerprint !== labelledBy
      return isOther ? undefined : settleSome(connection, from, relabelling)
    })
    if (pass === undefined) return
  }
}

/**
 * Labels some of what is held again; undefined where nothing is left to do. A record that cites one that is still held stays
 * so until the next pass, and there is a next one as long as each leaves less.
 */
const settleSome = async (
  connection: Connection,
  given: Pass | undefined,
  relabelling: Job['relabelling'],
): Promise<Pass | undefined> => {
  const pass = given ?? (await beginPass(connection))
  if (pass === undefined) return undefined
  const some = await readHeld(connection, pass, mostCut)
  if (some.length === 0) {
    const again = await beginPass(connection)
    return again !== undefined && again.held < pass.held ? again : undefined
  }
  const names = some.map(({ name }) => name)
  await relabel(connection, names, relabelling())
  const after = some.reduce((most, { key }) => (BigInt(key) > most ? BigInt(key) : most), pass.after)
  return { ...pass, after }
}

const beginPass = async (connection: Connection): Promise<Pass | undefined> => {
  const { held, last } = await countHeld(connection)
  return held === 0 ? undefined : { after: 0n, until: last, held }
}

/** Holds what the tables would raise, before anything is cut: looking is quick, and needs no locks of a write. */
const look = async (
  connection: Connection,
  { position }: Row,
  stage: Exclude<Stage, 'cut'>,
  { labelOf }: Relabelling,
): Promise<void> => {
  const table = sql.raw(stage === 'look' ? 'resource' : 'history')
  const rows = await connection.query<{
    key: bigint
    name: string
    mask: bigint
    content: string
  }>(sql`SELECT key, type || '/' || id AS name, mask, content FROM ${table}
    WHERE key > ${String(position)}::text::bigint AND NOT deleted AND NOT open ORDER BY key LIMIT ${mostLooked}::int`)
  const rising = rows.filter(({ mask, content }) => {
    const said = saidByTables(JSON.parse(content) as FhirResource, { labelOf })
    return (said & ~BigInt(mask)) !== 0n
  })
  if (rising.length > 0) await hold(connection, [...new Set(rising.map(({ name }) => name))])
  const last = rows.at(-1)?.key
  const next = stage === 'look' ? 'look-past' : 'cut'
  await connection.query(
    last === undefined
      ? sql`UPDATE labelling SET stage = ${next}, position = 0, started = coalesce(started, clock_timestamp())`
      : sql`UPDATE labelling SET position = ${String(last)}::text::bigint, started = coalesce(started, clock_timestamp())`,
  )
}

/**
 * Labels the next records again. Rows that are written meanwhile come after the position, those that this writes as well:
 * they are met once more, and are then as they should be.
 */
const cut = async (connection: Connection, { position }: Row, relabelling: Relabelling): Promise<void> => {
  const rows = await connection.query<{ key: bigint; name: string }>(
    sql`SELECT key, type || '/' || id AS name FROM resource
      WHERE key > ${String(position)}::text::bigint AND richer IS NULL ORDER BY key LIMIT ${mostCut}::int`,
  )
  const last = rows.at(-1)?.key
  if (last === undefined) {
    await connection.query(sql`UPDATE labelling SET stage = NULL, position = 0, ended = clock_timestamp()`)
    return
  }
  const names = [...new Set(rows.map(({ name }) => name))]
  const changed = await relabel(connection, names, relabelling)
  await connection.query(
    sql`UPDATE labelling SET position = ${String(last)}::text::bigint, done = done + ${names.length}::int, changed = changed + ${changed}::int`,
  )
}
