import { type SQL, sql } from 'drizzle-orm'
import type { Permit } from '../consent/permit.ts'
import type { Served } from './parameters.ts'
import type { Shown } from './shown.ts'
import type { Vocabulary } from './vocabulary.ts'

/** What every statement of one search has in common. */
export interface Statement {
  /** It stands under every alias. */
  readonly permit: Permit
  /** The base of absolute URLs. */
  readonly base: string
  readonly parameters: (type: string) => ReadonlyMap<string, Served>
  readonly vocabulary: Vocabulary
  /** The one patient whose records are searched, where one is named. */
  readonly whose?: Whose
  /** Index entries that many rows have. */
  readonly common: ReadonlySet<string>
  /** Whether rows are looked at one by one, in the order that is asked for, until there are enough. */
  readonly oneByOne: boolean
  /** Subqueries that are run once: what a chain leads to, what a `_has` comes from. */
  readonly withs: SQL[]
}

/** A patient by name, and the subqueries that say who that is and which permits the caller has. */
export interface Whose {
  readonly reference: string
  readonly person: SQL
  readonly permits: SQL
}

/** Where a condition stands: on which alias, of which type. */
export interface Place {
  readonly alias: string
  readonly type: string
  /** Whether some condition already narrows the search to one patient's records. */
  readonly patientIsNamed: boolean
  /** Of a row that may cite something hidden: what of its index rows is left without that. */
  readonly shown?: Shown
}

/** A column of the row that a condition is about. */
export const column = ({ alias, shown }: Place, name: string): SQL =>
  name === 'tokens' && shown !== undefined ? shown.tokens : sql.raw(`${alias}.${name}`)

/** Whether a row of words or dates, under an alias, is one of a parameter. */
export const isParam = (alias: string, param: string, { shown }: Place): SQL =>
  shown === undefined
    ? sql`${sql.raw(alias)}.param = ${param}`
    : sql`${sql.raw(alias)}.param = ANY(${shown.names(param)})`

/** Adds a subquery to a statement, and gives its name. */
export const addWith = ({ withs }: Statement, query: SQL): SQL => {
  const name = sql.raw(`w${withs.length + 1}`)
  withs.push(sql`${name} AS MATERIALIZED (${query})`)
  return name
}

/** The start of a statement: its subqueries, and the names of those that follow. */
export const withAll = (withs: readonly SQL[], more: readonly SQL[]): SQL => {
  const all = [...withs, ...more]
  return all.length === 0 ? sql`` : sql`WITH ${sql.join(all, sql`, `)} `
}

export const and = (conditions: readonly SQL[]): SQL =>
  conditions.length === 0 ? sql`true` : sql`(${sql.join([...conditions], sql` AND `)})`

export const or = (conditions: readonly SQL[]): SQL =>
  conditions.length === 0 ? sql`false` : sql`(${sql.join([...conditions], sql` OR `)})`
