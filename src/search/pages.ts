import { type SQL, sql } from 'drizzle-orm'
import type { Joined } from '../consent/permit.ts'
import type { Common } from './common.ts'
import { foundColumns, joinedColumns } from './find.ts'
import { latestOf } from './latest.ts'
import { beyond, keyColumns, keyTexts, type OrderKey, sorting } from './order.ts'
import { type Statement, withAll } from './planning.ts'
import type { SearchQuery } from './query.ts'
import type { Turn } from './search.ts'

/** One search, as it is put to the database. */
export interface Plan {
  readonly query: SearchQuery
  readonly statement: Statement
  readonly common: Common
  /** Of a search that names a patient: few permits are in it, and one is joined to each row. */
  readonly joined: Joined | undefined
  readonly condition: SQL
  /** The same where it is asked of all that match: all permits are read once. */
  readonly counting: SQL
  readonly order: readonly OrderKey[]
  readonly turn: Turn | undefined
  /** Whether an index leads to few rows, which are then looked at once for page and total. */
  readonly narrow: boolean
}

/** Few rows: all that match, once; the page and the total are made of them. */
export const narrowPage = (plan: Plan): SQL => {
  const { query, condition, joined, order, statement } = plan
  const names = order.map((_, place) => sql.raw(`k${place}`))
  const columns = sql`r.ctid AS at, ${keyColumns(order)}${known(plan)}`
  const from = sql`resource r ${joined?.join ?? sql``} WHERE ${condition}`
  const matched = sql`matched AS MATERIALIZED (${latestOf(query.latest, columns, from)})`
  const page = sql`page AS (SELECT * FROM matched WHERE ${after(plan, names)} ORDER BY ${sorting(order, isBackward(plan))} LIMIT ${query.count + 1}::int)`
  const total = query.total === 'none' ? sql`NULL::int` : sql`(SELECT count(*)::int FROM matched)`
  return sql`${withAll(statement.withs, [matched, page])} ${rowsOf(plan, total)}`
}

/** Many rows: the page in the order of an index, and the total only as far as it is wanted. */
export const widePage = (plan: Plan): SQL => {
  const { query, condition, joined, order, statement } = plan
  const names = order.map(({ value }) => value)
  const page = sql`page AS MATERIALIZED (SELECT r.ctid AS at, ${keyColumns(order)}${known(plan)} FROM resource r ${joined?.join ?? sql``} WHERE ${condition} AND ${after(plan, names)}
    ORDER BY ${sorting(order, isBackward(plan), names)} LIMIT ${query.count + 1}::int)`
  const total = query.total === 'none' ? sql`NULL::int` : sql`(${totalSql(plan)})`
  return sql`${withAll(statement.withs, [page])} ${rowsOf(plan, total)}`
}

/**
 * The page and the total found row by row, in the order of the index, of a search that many rows meet: it ends where
 * there are enough, however many more there would be. It looks no further than a window. Where that does not tell the
 * total, the total is `unknown`.
 */
export const windowPage = (plan: Plan): SQL => {
  const { query, order, statement, common } = plan
  const names = order.map((_, place) => sql.raw(`k${place}`))
  const values = order.map(({ value }) => value)
  const page = foundIn(plan, after(plan, values), query.count + 1)
  if (query.total !== undefined) {
    const total = query.total === 'none' ? sql`NULL::int` : sql`(${totalSql(plan)})`
    return sql`${withAll(statement.withs, [sql`page AS MATERIALIZED (${page})`])} ${rowsOf(plan, total)}`
  }
  const fromStart: Plan = { ...plan, turn: undefined }
  const counted = sql`counted AS MATERIALIZED (${foundIn(fromStart, sql`true`, Math.max(common.counted, query.count) + 1)})`
  const first = sql`SELECT * FROM counted ORDER BY ${sorting(order, false, names)} LIMIT ${query.count + 1}::int`
  const isShort = sql`(SELECT count(*) FROM (${windowOf(fromStart, sql`true`)}) looked) = ${windowSize(plan)}::int`
  const total = sql`(SELECT CASE WHEN count(*) <= ${common.counted}::int AND ${isShort} THEN ${unknown}::int ELSE count(*)::int END FROM counted)`
  return sql`${withAll(statement.withs, [counted, sql`page AS MATERIALIZED (${plan.turn === undefined ? first : page})`])} ${rowsOf(plan, total)}`
}

/** The total where the window was too short to tell it. */
const unknown = -1

/** Whether the rows of a `windowPage` are a whole page, with all that is told of the total. */
export const isWhole = (
  { query, common }: Plan,
  rows: readonly { readonly total: number | null }[],
): boolean => {
  const isFull = rows.length > query.count
  if (query.total !== undefined) return isFull
  const total = rows[0]?.total ?? unknown
  return total !== unknown && (isFull || total <= common.counted)
}

const foundIn = (plan: Plan, beyondTurn: SQL, most: number): SQL =>
  sql`SELECT r.at, ${keyColumns(plan.order)} FROM (${windowOf(plan, beyondTurn)}) r WHERE ${plan.condition} LIMIT ${most}::int`

/** Rows of the type in the order of its index, as many as are looked at; the `LIMIT` keeps conditions out of it. */
const windowOf = (plan: Plan, beyondTurn: SQL): SQL => {
  const { order, query } = plan
  const values = order.map(({ value }) => value)
  return sql`SELECT r.*, r.ctid AS at FROM resource r WHERE r.type = ${query.types[0]?.type} AND NOT r.deleted AND ${beyondTurn}
    ORDER BY ${sorting(order, isBackward(plan), values)} LIMIT ${sql.raw(String(windowSize(plan)))}`
}

const windowSize = ({ query, common }: Plan): number => {
  const asksWho = query.types[0]?.criteria.some(({ kind }) => kind === 'has') === true
  return asksWho ? Math.ceil(common.window / dearer) : common.window
}

/** So much dearer it is to ask of a row who points there. */
const dearer = 10

const totalSql = ({ query, condition, counting, joined, common }: Plan): SQL =>
  query.total === 'accurate'
    ? sql`SELECT count(*)::int FROM resource r ${joined?.join ?? sql``} WHERE ${counting}`
    : sql`SELECT count(*)::int FROM (SELECT FROM resource r ${joined?.join ?? sql``} WHERE ${condition} LIMIT ${common.counted + 1}::int) counted`

/** What is found of a row's permit on the way, where it is joined. */
const known = ({ joined }: Plan): SQL =>
  joined === undefined
    ? sql``
    : sql`, ${joined.ordinary} AS ordinary, ${joined.mayCiteHidden} AS citing, ${joined.stamp} AS stamp`

/** What the page already knows of its rows. */
const pageOf = {
  ordinary: sql`page.ordinary`,
  mayCiteHidden: sql`page.citing`,
  stamp: sql`page.stamp`,
}

const rowsOf = (plan: Plan, total: SQL): SQL => {
  const { columns, join } =
    plan.joined === undefined
      ? { columns: foundColumns('r', plan.statement.permit), join: sql`` }
      : joinedColumns('r', pageOf)
  return sql`SELECT ${columns}, ${total} AS total, ${keyTexts(plan.order)}
    FROM page JOIN resource r ON r.ctid = page.at ${join} ORDER BY ${sorting(plan.order, false)}`
}

const isBackward = ({ turn }: Plan): boolean => turn?.backward === true

const after = ({ order, turn }: Plan, names: readonly SQL[]): SQL =>
  turn === undefined ? sql`true` : beyond(order, turn.at, turn.backward, names)
