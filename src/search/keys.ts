import { sql } from 'drizzle-orm'
import type { Connection } from '../store/database.ts'
import { namesPatient } from './conditions/condition.ts'
import type { Place } from './cursor.ts'
import { beyond, type OrderKey, sorting } from './order.ts'
import { withAll } from './planning.ts'
import type { TypeQuery } from './query.ts'
import { planOf, type Searching } from './search.ts'
import { readVocabulary } from './vocabulary.ts'

/** Which version of which resource was found: nothing of its content. */
export interface FoundKey {
  readonly type: string
  readonly id: string
  readonly version: string
  readonly updated: Date
}

/** Some of what a search finds in the order of type and id, and where it goes on. */
export interface KeyPage {
  readonly keys: readonly FoundKey[]
  readonly next: Place | undefined
}

const id: OrderKey = { value: sql`r.id`, descending: false, type: 'text', always: true }
const type: OrderKey = { value: sql`r.type`, descending: false, type: 'text', always: true }

/**
 * What a search finds, by its keys alone and in their order, under the permit. For whoever looks at very much: a page goes
 * on after the last key, and nothing is counted.
 */
export const searchKeys = async (
  connection: Connection,
  types: readonly TypeQuery[],
  after: Place | undefined,
  count: number,
  searching: Searching,
): Promise<KeyPage> => {
  const { statement, joined, condition } = await planFor(connection, types, searching)
  const order = types.length === 1 ? [id] : [type, id]
  const values = order.map(({ value }) => value)
  const further = after === undefined ? sql`true` : beyond(order, after, false, values)
  const found = await connection.query<FoundKey>(
    sql`${withAll(statement.withs, [])} SELECT r.type, r.id, r.version, r.updated FROM resource r ${joined?.join ?? sql``}
      WHERE ${condition} AND ${further} ORDER BY ${sorting(order, false, values)} LIMIT ${count + 1}::int`,
  )
  const keys = found.slice(0, count)
  const last = found.length > count ? keys.at(-1) : undefined
  return { keys, next: last && (types.length === 1 ? [last.id] : [last.type, last.id]) }
}

/** Refuses what cannot be searched: a value, say, that is none of its parameter's. */
export const requireSearchable = async (
  connection: Connection,
  types: readonly TypeQuery[],
  searching: Searching,
): Promise<void> => void (await planFor(connection, types, searching))

const planFor = async (connection: Connection, types: readonly TypeQuery[], searching: Searching) => {
  const { base, parameters, common } = searching
  const permit = searching.permit.to('s')
  const criteria = types.flatMap((one) => one.criteria)
  const vocabulary = await readVocabulary(connection, permit, searching, criteria)
  const known = namesPatient(criteria) ? new Set<string>() : await common.tokens(connection)
  const plain = { permit, base, parameters, vocabulary, withs: [], common: known, oneByOne: false }
  return planOf({ ...wholly, types }, undefined, common, plain)
}

/** A search of which nothing is said but what it looks for. */
const wholly = {
  sort: [],
  includes: [],
  count: 0,
  total: 'none',
  subset: { summary: 'false', elements: [] },
  cursor: undefined,
  stated: [],
} as const
