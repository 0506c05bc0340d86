import { type SQL, sql } from 'drizzle-orm'
import type { Permit } from '../consent/permit.ts'
import { instantText } from '../fhir/dates.ts'
import { type Connection, list } from '../store/database.ts'
import { type FoundRow, type Stored, withHidden } from './find.ts'
import { and } from './planning.ts'

/** A row as far as it takes to place it; its content is there where it may cite something hidden. */
export type Placeable = Pick<FoundRow, 'type' | 'id' | 'version' | 'updated' | 'refs' | 'hidden' | 'content'>

/** Whose compartment, and which part of it. */
export interface CompartmentPart {
  readonly owner: Pick<FoundRow, 'type' | 'id' | 'person'>
  /** The types that are wanted, each with the names of the parameters that put a resource into the compartment. */
  readonly members: ReadonlyMap<string, readonly string[]>
  /** Clinical dates, in milliseconds since 1970; the end is excluded. */
  readonly start: number | undefined
  readonly end: number | undefined
}

/** A date of birth is no date of care. */
const undated = sql.raw(`r.low IS NULL OR r.type IN ('Patient', 'Person', 'RelatedPerson')`)

/** The owner of a compartment and what is in it, under a permit; of other Patients those that are the same person. */
export const findMembers = async (
  connection: Connection,
  permit: Permit,
  { owner, members, start, end }: CompartmentPart,
): Promise<Placeable[]> => {
  const key = `${owner.type}/${owner.id}`
  const pairs = [...members].flatMap(([type, names]) =>
    names.map((name) => [type, `${name}=${key}`] as const),
  )
  const [types, tokens] = [pairs.map(([type]) => type), pairs.map(([, token]) => token)]
  const member = sql`r.tokens @> ${list([`@${key}`], 'text')} AND (r.type <> 'Patient' OR r.person = ${owner.person})
    AND EXISTS (SELECT FROM unnest(${list(types, 'text')}, ${list(tokens, 'text')}) pair(type, token) WHERE pair.type = r.type AND pair.token = ANY(r.tokens))`
  const dated = and([
    ...(start === undefined ? [] : [sql`r.high > ${instantText(start)}::text::timestamptz`]),
    ...(end === undefined ? [] : [sql`r.low < ${instantText(end)}::text::timestamptz`]),
  ])
  const joined = permit.joined('r')
  return placeable(
    connection,
    permit,
    sql`resource r ${joined.join} WHERE (r.type = ${owner.type} AND r.id = ${owner.id} OR ${member})
      AND (${undated} OR ${dated}) AND NOT r.deleted AND ${joined.visible}`,
    joined.mayCiteHidden,
  )
}

/** What is cited, under a permit: of records of persons only those of this one. */
export const findCited = async (
  connection: Connection,
  permit: Permit,
  keys: readonly string[],
  person: number | null,
): Promise<Placeable[]> => {
  if (keys.length === 0) return []
  const joined = permit.joined('r')
  return placeable(
    connection,
    permit,
    sql`unnest(${list(keys, 'text')}) cited JOIN resource r ON r.type = split_part(cited, '/', 1) AND r.id = split_part(cited, '/', 2)
      ${joined.join} WHERE (r.person IS NULL OR r.person = ${person}) AND NOT r.deleted AND ${joined.visible}`,
    joined.mayCiteHidden,
  )
}

const placeable = async (
  connection: Connection,
  permit: Permit,
  from: SQL,
  citing: SQL,
): Promise<Placeable[]> => {
  const rows = await connection.query<
    Pick<Stored, 'type' | 'id' | 'version' | 'updated' | 'refs' | 'content' | 'citing'>
  >(
    sql`SELECT own.type, own.id, own.version, own.updated, own.refs, own.citing, CASE WHEN own.citing THEN own.content ELSE '' END AS content
      FROM (SELECT r.type, r.id, r.version, r.updated, r.refs, r.content, ${citing} AS citing FROM ${from}) own`,
  )
  return withHidden(connection, permit, rows)
}
