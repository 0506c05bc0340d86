import { type SQL, sql } from 'drizzle-orm'
import { openTypes, type Target } from '../consent/label.ts'
import { bit, due } from '../consent/labels.ts'
import type { Found } from '../fhir/references.ts'
import type { CurrentRow, PastRow } from './change.ts'
import { type Connection, list } from './database.ts'

/** What is stored of a record that another one cites. */
export interface Cited extends Target {
  readonly person: number | undefined
  readonly open: boolean
}

/** The lock under which resources are changed; the number means nothing but itself. */
const resources = 579_124

/**
 * Who changes the same resource takes turns, from before it is read: a row lock alone does not do, since a new version
 * is a new row. Resources share 1,024 turns: a transaction of thousands would fill the server's table of locks.
 */
export const lockResources = async (connection: Connection, keys: readonly string[]): Promise<void> => {
  if (keys.length === 0) return
  await connection.query(sql`SELECT pg_advisory_xact_lock(${resources}, turn) FROM ${turnsOf(keys)} ordered`)
}

/**
 * Who cites a record waits for whoever changes it, and is waited for: a label that rises meets all that cites it, or is seen
 * by it. Directories are left out, which everybody cites and whose labels come from the program alone, and Patients, whose
 * labels go no further.
 */
export const lockCited = async (
  connection: Connection,
  found: readonly Found[],
  own: readonly string[],
): Promise<void> => {
  const mine = new Set(own)
  const keys = [...new Set(found.map(({ reference }) => reference))].filter((key) => {
    const type = key.split('/')[0] ?? ''
    return type !== 'Patient' && !openTypes.has(type) && !mine.has(key)
  })
  if (keys.length === 0) return
  await connection.query(
    sql`SELECT pg_advisory_xact_lock_shared(${resources}, turn) FROM ${turnsOf(keys)} ordered`,
  )
}

/** Turns are taken in their order, so that nobody waits in a ring. */
const turnsOf = (keys: readonly string[]): SQL =>
  sql`(SELECT DISTINCT (hashtextextended(key, 0) & 1023)::int AS turn FROM unnest(${list(keys, 'text')}) AS given(key) ORDER BY turn)`

/** Rows of several resources by `Type/id`, as a condition on `type` and `id`. */
const among = (keys: readonly string[]) =>
  sql`(type, id) IN (SELECT split_part(k, '/', 1), split_part(k, '/', 2) FROM unnest(${list(keys, 'text')}) k)`

/** Current rows of several resources, poorest cut first, locked until the transaction ends. */
export const readCurrent = async (
  connection: Connection,
  keys: readonly string[],
): Promise<Map<string, CurrentRow[]>> => {
  const rows = await connection.query<
    CurrentRow & { mask: bigint | number }
  >(sql`SELECT key, type, id, mask, richer, version, updated, person, others, custodian, submitter, confidentiality, stated, held, deleted, effective, crossing, labels, content,
      author, codes, refs, low::text, high::text
    FROM resource WHERE ${among(keys)} ORDER BY key FOR UPDATE`)
  const settled = rows.map((row) => ({
    ...row,
    mask: BigInt(row.mask) & ~due,
    richer: row.richer?.map((mask) => BigInt(mask) & ~due) ?? null,
    due: (BigInt(row.mask) & due) !== 0n,
  }))
  const poorestFirst = settled.toSorted(
    (one, other) => (other.richer?.length ?? 0) - (one.richer?.length ?? 0),
  )
  return Map.groupBy(poorestFirst, ({ type, id }) => `${type}/${id}`)
}

/** Superseded versions of several resources, oldest first. */
export const readPast = async (
  connection: Connection,
  keys: readonly string[],
): Promise<Map<string, PastRow[]>> => {
  const rows = await connection.query<PastRow & { type: string; id: string }>(
    sql`SELECT key, type, id, mask, richer, deleted, confidentiality, labels, content FROM history WHERE ${among(keys)} ORDER BY key`,
  )
  const read = rows.map((row) => ({
    ...row,
    mask: BigInt(row.mask),
    richer: row.richer?.map(BigInt) ?? null,
  }))
  return Map.groupBy(read, ({ type, id }) => `${type}/${id}`)
}

/** What stored records that are cited carry: of a record with several cuts, the labels that all share. */
export const readCited = async (
  connection: Connection,
  found: readonly Found[],
): Promise<Map<string, Cited>> => {
  const keys = [...new Set(found.map(({ reference }) => reference))]
  if (keys.length === 0) return new Map()
  const rows = await connection.query<{
    type: string
    id: string
    mask: bigint
    custodian: number
    person: number | null
    open: boolean
  }>(
    sql`SELECT type, id, bit_and(mask) AS mask, min(custodian) AS custodian, min(person) AS person, bool_and(open) AS open
      FROM resource WHERE ${among(keys)} GROUP BY type, id`,
  )
  return new Map(
    rows.map(({ type, id, person, ...row }) => [
      `${type}/${id}`,
      { ...row, mask: BigInt(row.mask), person: person ?? undefined },
    ]),
  )
}

/** Whether a row holds a program's own moves. */
export const isProgress = ({ mask }: Pick<CurrentRow, 'mask'>): boolean =>
  (BigInt(mask) & bit('program-status')) !== 0n
