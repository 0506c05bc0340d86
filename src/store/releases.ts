import { sql } from 'drizzle-orm'
import type { Batch, Unread } from '../terminology/releases/batches.ts'
import { type Place, start } from '../terminology/releases/records.ts'
import type { Statement } from '../terminology/releases/release-format.ts'
import { type Connection, type Database, json, list } from './database.ts'
import { lockNamings, renewKinds } from './named-codes.ts'

/** How far a file of a release was read. */
export interface ReleaseFile extends Place {
  readonly name: string
  readonly size: number
  readonly isDone: boolean
}

/** A line of a file that could not be read. */
export interface UnreadLine extends Unread {
  readonly file: string
}

/** How an import of a release stands. */
export interface ReleaseState {
  readonly key: number
  readonly system: string
  readonly version: string
  readonly stage: 'coming' | 'current' | 'retired'
  readonly files: readonly ReleaseFile[]
  readonly concepts: number
  /** Lines that could not be read: how many, and the first of them. */
  readonly unread: number
  readonly faults: readonly UnreadLine[]
}

/** What an import is about. */
export interface ReleaseAsked {
  readonly system: string
  readonly name: string
  readonly version: string
  readonly files: readonly Pick<ReleaseFile, 'name' | 'size'>[]
}

/** Lines that could not be read, of which so many are told one by one. */
const mostTold = 100

const readState = async (
  connection: Connection,
  where: ReturnType<typeof sql>,
): Promise<ReleaseState | undefined> => {
  const [row] = await connection.query<ReleaseState>(
    sql`SELECT key, system, version, stage, files, concepts, unread, faults FROM code_release WHERE ${where} FOR UPDATE`,
  )
  return row
}

const isSame = ({ version, files }: ReleaseState, asked: ReleaseAsked): boolean =>
  version === asked.version &&
  files.length === asked.files.length &&
  files.every(({ name, size }, at) => name === asked.files[at]?.name && size === asked.files[at].size)

/**
 * Begins the import of a release, or finds the one of the same files that was interrupted, or is complete. One of other files
 * that was interrupted is given up.
 */
export const beginRelease = (database: Database, asked: ReleaseAsked, now: Date): Promise<ReleaseState> =>
  database.transaction(async (connection) => {
    const { system, name, version } = asked
    const current = await readState(connection, sql`system = ${system} AND stage = 'current'`)
    if (current !== undefined && isSame(current, asked)) return current
    const coming = await readState(connection, sql`system = ${system} AND stage = 'coming'`)
    if (coming !== undefined && isSame(coming, asked)) return coming
    if (coming !== undefined) await giveUp(connection, coming.key)
    const files = asked.files.map((file) => ({ ...file, ...start, isDone: false }))
    const [row] = await connection.query<{
      key: number
    }>(sql`INSERT INTO code_release (system, version, name, stage, files, started)
      VALUES (${system}, ${version}, ${name}, 'coming', ${json(files)}, ${now.toISOString()}::timestamptz) RETURNING key`)
    return { key: row?.key ?? 0, system, version, stage: 'coming', files, concepts: 0, unread: 0, faults: [] }
  })

/** Nobody reads it, so it may be swept at once. */
const giveUp = (connection: Connection, key: number): Promise<unknown> =>
  connection.query(sql`UPDATE code_release SET stage = 'retired', ended = 'epoch' WHERE key = ${key}::int`)

/**
 * Stores what a batch says and how far the file is read, together or not at all; undefined where the file was read on by
 * somebody else, or the release was given up.
 */
export const addBatch = (
  database: Database,
  key: number,
  place: number,
  batch: Batch,
): Promise<ReleaseState | undefined> =>
  database.transaction(async (connection) => {
    const state = await readState(connection, sql`key = ${key}::int AND stage = 'coming'`)
    const file = state?.files[place]
    if (state === undefined || file === undefined || file.position !== batch.from.position || file.isDone)
      return undefined
    await storeStatements(connection, key, batch.statements)
    const files = state.files.map((own, at) =>
      at === place ? { ...own, ...batch.to, isDone: batch.isLast } : own,
    )
    const told = batch.unread.map((line) => ({ file: file.name, ...line }))
    const faults = [...state.faults, ...told].slice(0, mostTold)
    const unread = state.unread + batch.unread.length
    await connection.query(
      sql`UPDATE code_release SET files = ${json(files)}, faults = ${json(faults)}, unread = ${unread}::int WHERE key = ${key}::int`,
    )
    return { ...state, files, faults, unread }
  })

const storeStatements = async (
  connection: Connection,
  key: number,
  statements: readonly Statement[],
): Promise<void> => {
  const concepts = statements.flatMap((own) => (own.kind === 'concept' ? [own] : []))
  const terms = statements.flatMap((own) => (own.kind === 'term' ? [own] : []))
  const parents = statements.flatMap((own) => (own.kind === 'parent' ? [own] : []))
  await storeConcepts(connection, key, concepts)
  await storeTerms(connection, key, [
    ...concepts.flatMap(({ code, display }) => (display === undefined ? [] : [{ code, term: display }])),
    ...terms,
  ])
  await storeDisplays(
    connection,
    key,
    terms.filter(({ isDisplay }) => isDisplay),
  )
  if (parents.length === 0) return
  await connection.query(sql`INSERT INTO concept_parent (release, child, parent)
    SELECT ${key}::int, child, parent FROM unnest(${list(
      parents.map(({ child }) => child),
      'text',
    )}, ${list(
      parents.map(({ parent }) => parent),
      'text',
    )}) AS given(child, parent) ON CONFLICT DO NOTHING`)
}

type Concept = Extract<Statement, { kind: 'concept' }>

/** A concept that is said several times is active where it is so once, and has its first name. */
const storeConcepts = async (
  connection: Connection,
  key: number,
  concepts: readonly Concept[],
): Promise<void> => {
  const once = new Map<string, Concept>()
  for (const own of concepts) {
    const before = once.get(own.code)
    once.set(
      own.code,
      before === undefined ? own : { ...own, ...before, active: before.active || own.active },
    )
  }
  if (once.size === 0) return
  const all = [...once.values()]
  const given = [
    list(all.map(({ code }) => code), 'text'),
    list(all.map(({ display = '' }) => display), 'text'),
    list(all.map(({ active }) => (active ? 1 : 0)), 'integer'),
    list(all.map(({ properties = {} }) => JSON.stringify(properties)), 'text'),
    list(all.map(({ weak = false }) => (weak ? 1 : 0)), 'integer'),
  ] // prettier-ignore
  await connection.query(sql`INSERT INTO concept AS known (release, code, display, active, properties)
    SELECT ${key}::int, code, nullif(display, ''), active = 1, properties::jsonb
    FROM unnest(${sql.join(given, sql`, `)}) AS given(code, display, active, properties, weak)
    WHERE weak = 0 OR NOT EXISTS (SELECT FROM concept c WHERE c.release = ${key}::int AND c.code = given.code)
    ON CONFLICT (release, code) DO UPDATE SET display = coalesce(known.display, excluded.display),
      active = known.active OR excluded.active, properties = known.properties || excluded.properties`)
}

const storeTerms = async (
  connection: Connection,
  key: number,
  terms: readonly { readonly code: string; readonly term: string }[],
): Promise<void> => {
  if (terms.length === 0) return
  await connection.query(sql`INSERT INTO concept_term (release, code, term)
    SELECT ${key}::int, code, term FROM unnest(${list(
      terms.map(({ code }) => code),
      'text',
    )}, ${list(
      terms.map(({ term }) => term),
      'text',
    )}) AS given(code, term) ON CONFLICT DO NOTHING`)
}

/** The first name of a kind that is a display. */
const storeDisplays = async (
  connection: Connection,
  key: number,
  terms: readonly { readonly code: string; readonly term: string }[],
): Promise<void> => {
  if (terms.length === 0) return
  const first = new Map(terms.toReversed().map(({ code, term }) => [code, term]))
  await connection.query(sql`UPDATE concept c SET display = given.term FROM unnest(${list([...first.keys()], 'text')},
    ${list([...first.values()], 'text')}) AS given(code, term) WHERE c.release = ${key}::int AND c.code = given.code AND c.display IS NULL`)
}

/** Why a release is not made the current one. */
export type Unfinished = 'given up' | 'files are open' | 'nothing was read' | 'mostly unreadable'

/**
 * Makes a release that is complete the one that readers see, in one transaction with what follows from all of it; the one
 * before is retired.
 */
export const finishRelease = (
  database: Database,
  key: number,
  isNested: boolean,
  now: Date,
): Promise<(ReleaseState & { readonly replaced: boolean }) | Unfinished> =>
  database.transaction(async (connection) => {
    const state = await readState(connection, sql`key = ${key}::int AND stage = 'coming'`)
    if (state === undefined) return 'given up'
    if (state.files.some(({ isDone }) => !isDone)) return 'files are open'
    const [row] = await connection.query<{ count: number }>(
      sql`SELECT count(*)::int AS count FROM concept WHERE release = ${key}::int`,
    )
    const concepts = row?.count ?? 0
    if (concepts === 0 || state.unread > concepts) {
      await giveUp(connection, key)
      return concepts === 0 ? 'nothing was read' : 'mostly unreadable'
    }
    await nameTheUnnamed(connection, key)
    if (isNested) await nest(connection, key)
    for (const table of ['concept', 'concept_parent', 'concept_term'])
      await connection.query(sql.raw(`ANALYZE ${table}`))
    await lockNamings(connection)
    const at = sql`${now.toISOString()}::timestamptz`
    const retired =
      await connection.query(sql`UPDATE code_release old SET stage = 'retired', ended = ${at} FROM code_release own
      WHERE own.key = ${key}::int AND old.system = own.system AND old.stage = 'current' RETURNING old.key`)
    await connection.query(
      sql`UPDATE code_release SET stage = 'current', concepts = ${concepts}::int, ended = ${at} WHERE key = ${key}::int`,
    )
    await renewKinds(connection, state.system, key)
    return { ...state, stage: 'current', concepts, replaced: retired.length > 0 }
  })

/** After so many rows a walk through the hierarchy need not look beyond the index, once that is known of its pages. */
export const tidyReleases = async (database: Database): Promise<void> => {
  for (const table of ['concept', 'concept_parent', 'concept_term'])
    await database.query(sql.raw(`VACUUM ANALYZE ${table}`))
}

const nameTheUnnamed = (connection: Connection, key: number): Promise<unknown> =>
  connection.query(sql`UPDATE concept c SET display = (SELECT min(t.term) FROM concept_term t WHERE t.release = c.release AND t.code = c.code)
    WHERE c.release = ${key}::int AND c.display IS NULL`)

/** ICD-10-CM: the parent of a code is the longest other code that it begins with. */
const nest = (connection: Connection, key: number): Promise<unknown> =>
  connection.query(sql`INSERT INTO concept_parent (release, child, parent)
    SELECT c.release, c.code, p.code FROM concept c CROSS JOIN LATERAL (
      SELECT p.code FROM generate_series(3, length(c.code) - 1) AS n JOIN concept p ON p.release = c.release AND p.code = rtrim(left(c.code, n), '.')
      WHERE p.code <> c.code ORDER BY length(p.code) DESC LIMIT 1) p
    WHERE c.release = ${key}::int ON CONFLICT DO NOTHING`)

/** Rows of a retired release that are taken out at once. */
const mostSwept = 20_000

/**
 * Takes out some rows of releases that were retired before a moment; whether there may be more. Who reads one when it is
 * retired is done with it by then.
 */
export const sweepReleases = (database: Database, before: Date): Promise<boolean> =>
  database.transaction(async (connection) => {
    const old = await readState(
      connection,
      sql`stage = 'retired' AND ended <= ${before.toISOString()}::timestamptz ORDER BY key LIMIT 1`,
    )
    if (old === undefined) return false
    for (const table of ['concept_term', 'concept_parent', 'concept'].map((name) => sql.raw(name))) {
      const gone = await connection.query(sql`DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM ${table} WHERE release = ${old.key}::int LIMIT ${mostSwept}::int)) RETURNING 1 AS gone`)
      if (gone.length > 0) return true
    }
    await connection.query(sql`DELETE FROM code_release WHERE key = ${old.key}::int`)
    return true
  })
