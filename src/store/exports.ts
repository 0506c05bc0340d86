import { type SQL, sql } from 'drizzle-orm'
import type { ExportFile, Job, Line, Owner, Position } from '../bulk/job.ts'
import { type Connection, type Database, json, list } from './database.ts'

const columns = sql.raw(
  'key, id, client, audience, scope, asked, moment, state, step, position, files, notes, faults, expires',
)

const at = (moment: Date): SQL => sql`${moment.toISOString()}::text::timestamptz`

/** A new export; `now` and what follows from it are real time. */
export interface NewJob extends Owner {
  readonly id: string
  readonly scope: string
  readonly asked: string
  readonly moment: Date
  readonly notes: readonly string[]
  readonly now: Date
  readonly expires: Date
  /** Ids of the patients that it is about, where they are settled. */
  readonly patients: readonly string[] | undefined
}

/** Begins an export; what was stored up to now is in it, so nothing is looked for while a write that has begun is open. */
export const addJob = (database: Database, job: NewJob): Promise<void> =>
  database.transaction(async (connection) => {
    const [row] = await connection.query<{
      key: number
    }>(sql`INSERT INTO export_job (id, client, audience, scope, asked, moment, horizon, position, notes, begun, lease, expires, polled)
      VALUES (${job.id}, ${job.client}, ${job.audience}, ${job.scope}, ${job.asked}, ${at(job.moment)}, pg_current_xact_id()::text,
        ${json({ part: 0 })}, ${json(job.notes)}, ${at(job.now)}, ${at(job.now)}, ${at(job.expires)}, ${at(job.now)}) RETURNING key`)
    if (job.patients === undefined || job.patients.length === 0) return
    await connection.query(
      sql`INSERT INTO export_patient (job, id) SELECT ${row?.key ?? 0}::int, id FROM unnest(${list(job.patients, 'text')}) id ON CONFLICT DO NOTHING`,
    )
  })

/** How many exports of a client are under way. */
export const countRunning = async (connection: Connection, client: string, now: Date): Promise<number> => {
  const [row] = await connection.query<{ count: number }>(
    sql`SELECT count(*)::int AS count FROM export_job WHERE client = ${client} AND state = 'running' AND expires > ${at(now)}`,
  )
  return row?.count ?? 0
}

/** The export of this owner; what is somebody else's, over or cancelled is not there. */
export const findJob = async (
  connection: Connection,
  id: string,
  { client, audience }: Owner,
  now: Date,
): Promise<Job | undefined> => {
  const [job] = await connection.query<Job>(
    sql`SELECT ${columns} FROM export_job WHERE id = ${id} AND client = ${client} AND audience = ${audience}::int AND state <> 'gone' AND expires > ${at(now)}`,
  )
  return job
}

/** Counts that the status of an export was asked for; false where it was asked for too often. */
export const takePoll = async (
  connection: Connection,
  key: number,
  now: Date,
  { most, seconds }: { readonly most: number; readonly seconds: number },
): Promise<boolean> => {
  const fresh = sql`polled > ${at(new Date(now.getTime() - seconds * 1000))}`
  const [row] = await connection.query<{ polls: number }>(
    sql`UPDATE export_job SET polls = CASE WHEN ${fresh} THEN polls + 1 ELSE 1 END, polled = CASE WHEN ${fresh} THEN polled ELSE ${at(now)} END
      WHERE key = ${key}::int RETURNING polls`,
  )
  return row !== undefined && row.polls <= most
}

/** An export is there no more from now on; its lines are taken out by `sweepExports`. */
export const dropJob = (connection: Connection, key: number): Promise<unknown> =>
  connection.query(sql`UPDATE export_job SET state = 'gone' WHERE key = ${key}::int`)

/** A write that has begun is waited for so long, in milliseconds. */
const mostWaiting = 60_000

/**
 * An export that nobody works on, taken for a while; each is taken by one process only. What ended while somebody worked on
 * it is taken by the next, once the lease is over.
 */
export const claimJob = async (
  connection: Connection,
  now: Date,
  leaseMilliseconds: number,
): Promise<Job | undefined> => {
  const until = at(new Date(now.getTime() + leaseMilliseconds))
  const settled = sql`(pg_snapshot_xmin(pg_current_snapshot()) >= horizon::xid8 OR begun < ${at(new Date(now.getTime() - mostWaiting))})`
  const [job] = await connection.query<Job>(sql`UPDATE export_job SET lease = ${until} WHERE key = (
      SELECT key FROM export_job WHERE state = 'running' AND lease <= ${at(now)} AND expires > ${at(now)} AND ${settled} ORDER BY lease, key LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING ${columns}`)
  return job
}

/** Whether an export is under way whose turn has not come. */
export const isWaiting = async (connection: Connection, now: Date): Promise<boolean> => {
  const rows = await connection.query(
    sql`SELECT key FROM export_job WHERE state = 'running' AND expires > ${at(now)} LIMIT 1`,
  )
  return rows.length > 0
}

/** What one step found, and how far it came; without a position all is found. */
export interface Step {
  readonly lines: readonly Line[]
  readonly position: Position | undefined
  readonly lease: Date
  /** Lines of one file, at the most. */
  readonly mostLines: number
}

/**
 * Stores the lines of a step and how far it came, together or not at all; undefined where somebody else made the step, or the
 * export is no more.
 */
export const saveStep = (database: Database, job: Job, step: Step): Promise<Job | undefined> =>
  database.transaction(async (connection) => {
    const { key } = job
    const moved =
      await connection.query<Job>(sql`UPDATE export_job SET step = step + 1, faults = 0, lease = ${at(step.lease)},
        position = ${step.position === undefined ? sql`position` : json(step.position)}
      WHERE key = ${key}::int AND step = ${job.step}::int AND state = 'running' RETURNING ${columns}`)
    if (moved[0] === undefined) return undefined
    await addLines(connection, key, step.lines)
    if (step.position !== undefined) return moved[0]
    const [done] = await connection.query<Job>(
      sql`UPDATE export_job SET state = 'done', files = ${json(await filesOf(connection, key, step.mostLines))} WHERE key = ${key}::int RETURNING ${columns}`,
    )
    return done
  })

/** A resource that is found in several ways is there once. */
const addLines = async (connection: Connection, key: number, lines: readonly Line[]): Promise<void> => {
  if (lines.length === 0) return
  const given = [
    list(lines.map(({ deleted }) => (deleted ? 1 : 0)), 'integer'),
    list(lines.map(({ type }) => type), 'text'),
    list(lines.map(({ id }) => id), 'text'),
    list(lines.map(({ version }) => version), 'text'),
  ] // prettier-ignore
  await connection.query(sql`INSERT INTO export_line (job, deleted, type, id, version)
    SELECT ${key}::int, deleted = 1, type, id, version FROM unnest(${sql.join(given, sql`, `)}) AS given(deleted, type, id, version) ON CONFLICT DO NOTHING`)
}

const filesOf = async (connection: Connection, key: number, most: number): Promise<ExportFile[]> => {
  const starts = await connection.query<{
    deleted: boolean
    type: string
    from: string
    before: string | null
  }>(sql`SELECT deleted, type, id AS "from", lead(id) OVER (PARTITION BY deleted, type ORDER BY id) AS before
    FROM (SELECT deleted, type, id, row_number() OVER (PARTITION BY deleted, type ORDER BY id) AS n FROM export_line WHERE job = ${key}::int) l
    WHERE (n - 1) % ${most}::int = 0 ORDER BY deleted, type, id`)
  return starts.map(({ before, ...rest }) => ({ ...rest, ...(before === null ? {} : { before }) }))
}

/** So many steps may fail one after the other; then the export has failed. */
const mostFaults = 3

/** Notes that a step failed: it is tried again from a moment on, a few times, or not at all. */
export const noteFault = (
  connection: Connection,
  { key, step }: Job,
  again: Date | 'never',
): Promise<unknown> =>
  connection.query(sql`UPDATE export_job SET faults = faults + 1, lease = ${again === 'never' ? sql`lease` : at(again)},
      state = CASE WHEN ${again === 'never'} OR faults + 1 >= ${mostFaults}::int THEN 'failed' ELSE state END
    WHERE key = ${key}::int AND step = ${step}::int AND state = 'running'`)

/** Lets go of an export, so that the next who comes may go on with it. */
export const releaseJob = (connection: Connection, { key, step }: Job, now: Date): Promise<unknown> =>
  connection.query(
    sql`UPDATE export_job SET lease = ${at(now)} WHERE key = ${key}::int AND step = ${step}::int AND state = 'running'`,
  )

/** Ids of the patients of an export after one, where they are settled. */
export const patientsAfter = async (
  connection: Connection,
  key: number,
  after: string | undefined,
  count: number,
): Promise<string[]> => {
  const further = after === undefined ? sql`` : sql` AND id > ${after}`
  const rows = await connection.query<{ id: string }>(
    sql`SELECT id FROM export_patient WHERE job = ${key}::int${further} ORDER BY id LIMIT ${count}::int`,
  )
  return rows.map(({ id }) => id)
}

/** Which of some patients an export is about, where they are settled. */
export const patientsAmong = async (
  connection: Connection,
  key: number,
  ids: readonly string[],
): Promise<string[]> => {
  const rows = await connection.query<{ id: string }>(
    sql`SELECT id FROM export_patient WHERE job = ${key}::int AND id = ANY(${list(ids, 'text')})`,
  )
  return rows.map(({ id }) => id)
}

/** Lines of an export that are no deletions, in their order after a place. */
export const linesAfter = (
  connection: Connection,
  key: number,
  after: readonly [type: string, id: string] | undefined,
  count: number,
): Promise<Pick<Line, 'type' | 'id'>[]> => {
  const further = after === undefined ? sql`` : sql` AND (type, id) > (${after[0]}, ${after[1]})`
  return connection.query(
    sql`SELECT type, id FROM export_line WHERE job = ${key}::int AND NOT deleted AND type <> 'Provenance'${further} ORDER BY type, id LIMIT ${count}::int`,
  )
}

/** The lines of a file as a subquery of `id` and `version`. */
export const linesOf = (key: number, { deleted, type, from, before }: ExportFile): SQL =>
  sql`SELECT id, version FROM export_line WHERE job = ${key}::int AND deleted = ${deleted} AND type = ${type} AND id >= ${from}
    ${before === undefined ? sql`` : sql`AND id < ${before}`}`

/** Some lines of a file in their order, after an id. */
export const readLines = (
  connection: Connection,
  key: number,
  file: ExportFile,
  after: string | undefined,
  count: number,
): Promise<Pick<Line, 'id' | 'version'>[]> =>
  connection.query(
    sql`SELECT id, version FROM (${linesOf(key, file)}) l ${after === undefined ? sql`` : sql`WHERE id > ${after}`} ORDER BY id LIMIT ${count}::int`,
  )

/** The types of which anything is stored, whoever may see it: it only spares looking for others. */
export const typesStored = async (connection: Connection): Promise<ReadonlySet<string>> => {
  const rows = await connection.query<{ type: string }>(
    sql`WITH RECURSIVE held(type) AS ((SELECT type FROM resource ORDER BY type LIMIT 1)
      UNION ALL SELECT (SELECT r.type FROM resource r WHERE r.type > h.type ORDER BY r.type LIMIT 1) FROM held h WHERE h.type IS NOT NULL)
      SELECT type FROM held WHERE type IS NOT NULL`,
  )
  return new Set(rows.map(({ type }) => type))
}

/** Rows that are taken out at once. */
const mostSwept = 20_000

/** Takes out some of what is left of exports that are over or cancelled; whether there may be more. */
export const sweepExports = (database: Database, now: Date): Promise<boolean> =>
  database.transaction(async (connection) => {
    const [old] = await connection.query<{ key: number }>(
      sql`SELECT key FROM export_job WHERE state = 'gone' OR expires <= ${at(now)} ORDER BY key LIMIT 1 FOR UPDATE SKIP LOCKED`,
    )
    if (old === undefined) return false
    for (const table of ['export_line', 'export_patient'].map((name) => sql.raw(name))) {
      const gone = await connection.query(sql`DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM ${table} WHERE job = ${old.key}::int LIMIT ${mostSwept}::int)) RETURNING 1 AS gone`)
      if (gone.length > 0) return true
    }
    await connection.query(sql`DELETE FROM export_job WHERE key = ${old.key}::int`)
    return true
  })
