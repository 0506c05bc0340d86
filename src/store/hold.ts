import { type SQL, sql } from 'drizzle-orm'
import { due } from '../consent/labels.ts'
import { lockResources } from './current.ts'
import { type Connection, list } from './database.ts'

/** As the partial index on `resource` has it, so that what is held is found at once. */
const bit = sql.raw(String(due))

/**
 * Holds records, with all their versions, from everybody but their custodian until they are labelled again (CONSENT rules,
 * section 6). The mark on the rows is the queue as well: it is gone when that is done, and not before.
 */
export const hold = async (connection: Connection, keys: readonly string[]): Promise<number> => {
  await lockResources(connection, keys)
  return holdThose(
    connection,
    sql`SELECT split_part(k, '/', 1) AS type, split_part(k, '/', 2) AS id FROM unnest(${list(keys, 'text')}) k`,
  )
}

/**
 * Holds what an organization's program status says something of: what it holds or ever held, what names it in any version,
 * and what others hold that cites such a record (42 CFR 2.11, 2.12(c)).
 */
export const holdCustody = (connection: Connection, organization: string): Promise<number> => {
  const name = `Organization/${organization}`
  const key = sql`(SELECT key FROM organization WHERE id = ${organization})`
  return holdThose(
    connection,
    sql`SELECT r.type, r.id FROM resource r WHERE r.custodian = ${key} OR r.tokens @> ${list([`@${name}`], 'text')}
        OR r.type = 'Organization' AND r.id = ${organization}
        OR r.crossing AND EXISTS (SELECT FROM unnest(r.refs) cited JOIN resource t ON t.type = split_part(cited, '/', 1)
          AND t.id = split_part(cited, '/', 2) WHERE t.custodian = ${key})
      UNION SELECT type, id FROM history WHERE custodian = ${key} OR refs && ${list([name], 'text')}`,
  )
}

const holdThose = async (connection: Connection, which: SQL): Promise<number> => {
  const marked = sql`mask = mask | ${bit}, richer = (SELECT array_agg(rich | ${bit}) FROM unnest(richer) rich)`
  const rows = await connection.query<{ held: number }>(sql`WITH which AS MATERIALIZED (${which}),
    past AS (UPDATE history SET ${marked} WHERE (type, id) IN (SELECT type, id FROM which) AND (mask & ${bit}) = 0),
    held AS (UPDATE resource SET ${marked} WHERE (type, id) IN (SELECT type, id FROM which) AND (mask & ${bit}) = 0 RETURNING key)
    SELECT count(*)::int AS held FROM held`)
  return rows[0]?.held ?? 0
}

/**
 * Waits for all writes that are under way, and lets none begin until the transaction ends: each of them has locked a row of
 * `resource` before it read which organizations are programs. Reads go on. Call it before anything else is locked.
 */
export const haltWrites = (connection: Connection): Promise<object[]> =>
  connection.query(sql`LOCK TABLE resource IN EXCLUSIVE MODE`)

/** Some of the records that are held, by `Type/id`, of those whose rows lie between two keys; each with the last of its keys. */
export const readHeld = (
  connection: Connection,
  { after, until }: { readonly after: bigint; readonly until: bigint },
  most: number,
): Promise<{ name: string; key: bigint }[]> =>
  connection.query(sql`SELECT type || '/' || id AS name, max(key) AS key FROM (SELECT type, id, key FROM resource
    WHERE (mask & ${bit}) <> 0 AND key > ${String(after)}::text::bigint AND key <= ${String(until)}::text::bigint
    ORDER BY key LIMIT ${most}::int) held GROUP BY type, id ORDER BY key`)

/** How many records are held, and the last key among their rows. */
export const countHeld = async (connection: Connection): Promise<{ held: number; last: bigint }> => {
  const [row] = await connection.query<{ held: number; last: bigint | null }>(
    sql`SELECT count(DISTINCT (type, id))::int AS held, max(key) AS last FROM resource WHERE (mask & ${bit}) <> 0`,
  )
  return { held: row?.held ?? 0, last: BigInt(row?.last ?? 0) }
}
