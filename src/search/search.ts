import { type SQL, sql } from 'drizzle-orm'
import type { Joined, Permit } from '../consent/permit.ts'
import type { Connection } from '../store/database.ts'
import { conditionSql, namesPatient } from './conditions/condition.ts'
import type { Criterion } from './criterion.ts'
import type { Place as CursorPlace } from './cursor.ts'
import { foundColumns, type FoundRow, joinedColumns, type Stored, withHidden } from './find.ts'
import { beyond, keyColumns, keyTexts, type OrderKey, orderOf, sorting } from './order.ts'
import { latestOf } from './latest.ts'
import type { Served } from './parameters.ts'
import { and, or, type Statement, withAll } from './planning.ts'
import type { SearchQuery, TypeQuery } from './query.ts'
import { type Known, readVocabulary } from './vocabulary.ts'
import { findWhose } from './whose.ts'

/** What a search needs of the gateway. */
export interface Searching extends Known {
  readonly permit: Permit
  readonly parameters: (type: string) => ReadonlyMap<string, Served>
}

/** Where a page begins: after a place in the order, or, going back, before it. */
export interface Turn {
  readonly at: CursorPlace
  readonly backward: boolean
}

/** A page of a search. */
export interface Page {
  readonly rows: readonly FoundRow[]
  /** The exact number of all that match, where it was wanted or is small enough to be told anyway. */
  readonly total: number | undefined
  /** The places of its first and its last row, where there is more before or after. */
  readonly previous: CursorPlace | undefined
  readonly next: CursorPlace | undefined
}

/** A whole type is counted so far unless `_total=accurate` asks for more; then the total is left out. */
const mostCounted = 1000

type Row = Stored & { readonly total: number | null; readonly place: (string | null)[] }

/**
 * Runs a search under a permit, in one statement: page, total and what stands around it share one condition, so no
 * row counts that is not shown (FHIR R4 search 3.1.1).
 */
export const search = async (
  connection: Connection,
  query: SearchQuery,
  turn: Turn | undefined,
  searching: Searching,
): Promise<Page> => {
  const { permit, base, parameters } = searching
  const criteria = query.types.flatMap((one) => one.criteria)
  const vocabulary = await readVocabulary(connection, permit, searching, criteria)
  const plain: Statement = { permit, base, parameters, vocabulary, withs: [] }
  const whose = findWhose(query.types, plain)
  const statement: Statement = whose === undefined ? plain : { ...plain, whose }
  const type = query.types.length === 1 ? query.types[0]?.type : undefined
  const joined = query.types.every((one) => namesPatient(one.criteria))
    ? permit.joined('r', type, whose?.permits)
    : undefined
  const condition = and([
    matchSql(query.types, statement),
    joined?.visible ?? permit.visibleOfMany('r', type),
  ])
  const plan: Plan = {
    query,
    statement,
    joined,
    condition,
    order: orderOf(query, permit),
    turn,
    narrow: query.latest !== undefined || criteria.some(isNarrow),
  }
  if (query.count === 0)
    return { rows: [], total: await count(connection, plan), previous: undefined, next: undefined }
  const rows = await connection.query<Row>(plan.narrow ? narrowPage(plan) : widePage(plan))
  return cutPage(connection, plan, rows)
}

interface Plan {
  readonly query: SearchQuery
  readonly statement: Statement
  /** Of a search that names a patient: few permits are in it, and one is joined to each row. */
  readonly joined: Joined | undefined
  readonly condition: SQL
  readonly order: readonly OrderKey[]
  readonly turn: Turn | undefined
  /** Whether an index leads to few rows, which are then looked at once for page and total. */
  readonly narrow: boolean
}

/** Criteria that an index answers; the others look at row after row. */
const isNarrow = (criterion: Criterion): boolean =>
  criterion.kind !== 'value' ||
  (criterion.modifier !== 'not' &&
    criterion.modifier !== 'not-in' &&
    criterion.modifier !== 'missing' &&
    criterion.parameter.kind !== 'date')

/** What the types are asked, each its own. */
const matchSql = (types: readonly TypeQuery[], statement: Statement): SQL => {
  const [first] = types
  const alike = types.every(({ criteria }) => criteria.length === 0)
  if (alike && types.length > 1) {
    const names = sql.join(
      types.map(({ type }) => sql`${type}`),
      sql`, `,
    )
    return sql`r.type IN (${names}) AND NOT r.deleted`
  }
  const each = types.map((one) => oneType(one, statement))
  return first !== undefined && each.length === 1 ? (each[0] ?? sql`false`) : or(each)
}

const oneType = ({ type, criteria }: TypeQuery, statement: Statement): SQL => {
  const place = { alias: 'r', type, patientIsNamed: namesPatient(criteria) }
  return and([
    sql`r.type = ${type} AND NOT r.deleted`,
    ...criteria.map((criterion) => conditionSql(criterion, statement, place)),
  ])
}

/** Few rows: all that match, once; the page and the total are made of them. */
const narrowPage = (plan: Plan): SQL => {
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
const widePage = (plan: Plan): SQL => {
  const { query, condition, joined, order, statement } = plan
  const names = order.map(({ value }) => value)
  const page = sql`page AS MATERIALIZED (SELECT r.ctid AS at, ${keyColumns(order)}${known(plan)} FROM resource r ${joined?.join ?? sql``} WHERE ${condition} AND ${after(plan, names)}
    ORDER BY ${sorting(order, isBackward(plan), names)} LIMIT ${query.count + 1}::int)`
  const total = query.total === 'none' ? sql`NULL::int` : sql`(${totalSql(plan)})`
  return sql`${withAll(statement.withs, [page])} ${rowsOf(plan, total)}`
}

const totalSql = ({ query, condition, joined }: Plan): SQL =>
  query.total === 'accurate'
    ? sql`SELECT count(*)::int FROM resource r ${joined?.join ?? sql``} WHERE ${condition}`
    : sql`SELECT count(*)::int FROM (SELECT FROM resource r ${joined?.join ?? sql``} WHERE ${condition} LIMIT ${mostCounted + 1}::int) counted`

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

const count = async (connection: Connection, plan: Plan): Promise<number> => {
  const from = sql`resource r ${plan.joined?.join ?? sql``} WHERE ${plan.condition}`
  const matched = latestOf(plan.query.latest, sql`r.key`, from)
  const [row] = await connection.query<{ total: number }>(
    sql`${withAll(plan.statement.withs, [])} SELECT count(*)::int AS total FROM (${matched}) matched`,
  )
  return row?.total ?? 0
}

/** One row more than the page was asked for: it says whether there is more that way. */
const cutPage = async (connection: Connection, plan: Plan, found: readonly Row[]): Promise<Page> => {
  const { query, statement, turn } = plan
  const more = found.length > query.count
  const backward = turn?.backward === true
  const own = !more ? found : backward ? found.slice(1) : found.slice(0, -1)
  const total =
    found[0] === undefined && query.total !== 'none' ? await totalOf(connection, plan) : found[0]?.total
  const rows = await withHidden(connection, statement.permit, own)
  return {
    rows,
    total: total === undefined || total === null || isTooMany(plan, total) ? undefined : total,
    previous: (backward ? more : turn !== undefined) ? own[0]?.place : undefined,
    next: (backward ? true : more) ? own.at(-1)?.place : undefined,
  }
}

const totalOf = async (connection: Connection, plan: Plan): Promise<number> =>
  plan.turn === undefined ? 0 : count(connection, plan)

const isTooMany = ({ query, narrow }: Plan, total: number): boolean =>
  !narrow && query.total === undefined && total > mostCounted
