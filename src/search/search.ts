import { type SQL, sql } from 'drizzle-orm'
import type { Permit } from '../consent/permit.ts'
import type { Connection } from '../store/database.ts'
import { type Common, isCommon } from './common.ts'
import { conditionSql, namesPatient, typeSql } from './conditions/condition.ts'
import { isOfPatients } from './conditions/reference.ts'
import type { Criterion } from './criterion.ts'
import type { Place as CursorPlace } from './cursor.ts'
import { type FoundRow, type Stored, withHidden } from './find.ts'
import { hasIndex, orderOf } from './order.ts'
import { isWhole, narrowPage, type Plan, widePage, windowPage } from './pages.ts'
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
  /** What so many rows have that no index should be asked for it. */
  readonly common: Common
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
  const { base, parameters, common } = searching
  const permit = searching.permit.to('s')
  const criteria = query.types.flatMap((one) => one.criteria)
  const vocabulary = await readVocabulary(connection, permit, searching, criteria)
  const known = namesPatient(criteria) ? none : await common.tokens(connection)
  const plan = (oneByOne: boolean): Plan =>
    planOf(query, turn, common, { permit, base, parameters, vocabulary, withs: [], common: known, oneByOne })
  const inOrder = isReadInOrder(query, known)
  if (query.count === 0)
    return {
      rows: [],
      total: await count(connection, plan(inOrder)),
      previous: undefined,
      next: undefined,
    }
  if (inOrder) {
    const tried = plan(true)
    const rows = await connection.query<Row>(windowPage(tried))
    if (isWhole(tried, rows)) return cutPage(connection, tried, rows)
  }
  const usual = plan(false)
  return cutPage(
    connection,
    usual,
    await connection.query<Row>(usual.narrow ? narrowPage(usual) : widePage(usual)),
  )
}

const none: ReadonlySet<string> = new Set()

/** Whether the page is looked for row by row, of a search that names no patient. */
const isReadInOrder = ({ types, sort, latest }: SearchQuery, common: ReadonlySet<string>): boolean => {
  const [only, ...others] = types
  if (only === undefined || others.length > 0 || latest !== undefined) return false
  const { type, criteria } = only
  return hasIndex(sort) && !namesPatient(criteria) && isCommon(type, criteria, common)
}

/** A search as it is put to the database. */
export const planOf = (
  query: SearchQuery,
  turn: Turn | undefined,
  common: Common,
  plain: Statement,
): Plan => {
  const { permit } = plain
  const whose = findWhose(query.types, plain)
  const statement: Statement = whose === undefined ? plain : { ...plain, whose }
  const type = query.types.length === 1 ? query.types[0]?.type : undefined
  const joined = query.types.every((one) => namesPatient(one.criteria))
    ? permit.joined('r', type, whose?.permits)
    : undefined
  const matched = matchSql(query.types, statement)
  return {
    query,
    statement,
    common,
    joined,
    condition: and([matched, joined?.visible ?? permit.visibleOfMany('r', type)]),
    counting: and([matched, joined?.visible ?? permit.visibleOfMany('r', type, true)]),
    order: orderOf(query, permit),
    turn,
    narrow: query.latest !== undefined || query.types.some((one) => one.criteria.some(isNarrow)),
  }
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
  const patientIsNamed = criteria.some((criterion) => isOfPatients(criterion, type, statement.base))
  const place = { alias: 'r', type, patientIsNamed }
  const isById = criteria.some(namesIds)
  return and([
    typeSql(place, criteria, statement),
    sql`NOT r.deleted`,
    ...criteria.map((criterion) =>
      conditionSql(
        criterion,
        isById && criterion.kind === 'has' ? { ...statement, oneByOne: true } : statement,
        place,
      ),
    ),
  ])
}

/** Whether a criterion leaves the few records that it names: what else is asked is then asked of each. */
const namesIds = (criterion: Criterion): boolean =>
  criterion.kind === 'value' && criterion.parameter.name === '_id' && criterion.modifier === undefined

/** Whether very many rows may be counted. */
const isWide = ({ statement, narrow }: Plan): boolean => statement.oneByOne || !narrow

const count = async (connection: Connection, plan: Plan): Promise<number> => {
  const from = sql`resource r ${plan.joined?.join ?? sql``} WHERE ${isWide(plan) ? plan.counting : plan.condition}`
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

/** INVARIANT: whether a total is told hangs on what is asked and what is seen, never on the way in which it was found. */
const isTooMany = ({ query, joined, common }: Plan, total: number): boolean =>
  joined === undefined && query.total === undefined && total > common.counted
