import { type SQL, sql } from 'drizzle-orm'
import { list } from '../../store/database.ts'
import type { Condition, Imported, Selection, Valued } from '../../terminology/selection.ts'
import { and, or } from '../planning.ts'
import { aboveSql, belowSql } from './hierarchy-sql.ts'

/** What is left of the codes of a selection: a condition on concepts `c` of a release, and one on listed codes `l`. */
export interface Narrowing {
  imported(release: number): SQL
  readonly listed: SQL
}

/**
 * The codes of a selection as a subquery: `system`, `code`, `display`, and `place` and `ord`, which make its order. Each code
 * is there once.
 */
export const rowsSql = (selection: Selection, narrowing?: Narrowing): SQL => {
  switch (selection.kind) {
    case 'listed':
      return onceSql(listedSql(selection.concepts, narrowing))
    case 'imported':
      return importedSql(selection.from, selection.conditions, narrowing)
    case 'any':
      return selection.of.length === 0 ? listedSql([]) : onceSql(unionSql(selection.of, narrowing))
    case 'all': {
      const [first, ...others] = selection.of
      const conditions = others.map(
        (part) => sql`(x.system, x.code) IN (SELECT y.system, y.code FROM (${rowsSql(part)}) y)`,
      )
      const own = first === undefined ? listedSql([]) : rowsSql(first, narrowing)
      return sql`SELECT x.* FROM (${own}) x WHERE ${and(conditions)}`
    }
    case 'but':
      return sql`SELECT x.* FROM (${rowsSql(selection.of, narrowing)}) x
        WHERE NOT EXISTS (SELECT FROM (${rowsSql(selection.without)}) y WHERE y.system = x.system AND y.code = x.code)`
  }
}

const unionSql = (parts: readonly Selection[], narrowing: Narrowing | undefined): SQL =>
  sql.join(
    parts.map(
      (part, place) =>
        sql`SELECT system, code, display, ${sql.raw(String(place))} AS place, ord FROM (${rowsSql(part, narrowing)}) part`,
    ),
    sql` UNION ALL `,
  )

const onceSql = (rows: SQL): SQL =>
  sql`SELECT DISTINCT ON (system, code) system, code, display, place, ord FROM (${rows}) every ORDER BY system, code, place, ord`

const listedSql = (
  concepts: readonly { readonly system: string; readonly code: string; readonly display?: string }[],
  narrowing?: Narrowing,
): SQL => {
  const columns = [
    list(concepts.map(({ system }) => system), 'text'),
    list(concepts.map(({ code }) => code), 'text'),
    list(concepts.map(({ display = '' }) => display), 'text'),
  ] // prettier-ignore
  return sql`SELECT l.system, l.code COLLATE "C" AS code, nullif(l.display, '') AS display, 0 AS place, l.ord::int AS ord
    FROM unnest(${sql.join(columns, sql`, `)}) WITH ORDINALITY AS l(system, code, display, ord) WHERE ${narrowing?.listed ?? sql`true`}`
}

const importedSql = (
  { key, system }: Imported,
  conditions: readonly Condition[],
  narrowing: Narrowing | undefined,
): SQL =>
  sql`SELECT ${system}::text AS system, c.code, c.display, 0 AS place, 0 AS ord FROM concept c
    WHERE ${and([
      sql`c.release = ${key}::int`,
      ...conditions.map((condition) => conditionSql(key, condition, 'all')),
      ...(narrowing === undefined ? [] : [narrowing.imported(key)]),
    ])}`

/** Whether a selection has one code: it is looked up, and the way up from it is short. */
export const holdsSql = (selection: Selection, system: string, code: string): SQL => {
  switch (selection.kind) {
    case 'listed':
      return selection.concepts.some((own) => own.system === system && own.code === code)
        ? sql`true`
        : sql`false`
    case 'imported': {
      const { from, conditions } = selection
      if (from.system !== system) return sql`false`
      return sql`EXISTS (SELECT FROM concept c WHERE ${and([
        sql`c.release = ${from.key}::int AND c.code = ${code}`,
        ...conditions.map((condition) => conditionSql(from.key, condition, 'one')),
      ])})`
    }
    case 'any':
      return or(selection.of.map((part) => holdsSql(part, system, code)))
    case 'all':
      return and(selection.of.map((part) => holdsSql(part, system, code)))
    case 'but':
      return sql`(${holdsSql(selection.of, system, code)} AND NOT ${holdsSql(selection.without, system, code)})`
  }
}

/** A condition on the concept `c`; of all concepts the codes below are gathered once, of one the way goes up from it. */
const conditionSql = (release: number, condition: Condition, of: 'all' | 'one'): SQL => {
  const own = sql.raw('c.code')
  switch (condition.kind) {
    case 'below': {
      const below = belowCondition(release, condition.code, of)
      return condition.itself ? below : sql`(${below} AND ${own} <> ${condition.code})`
    }
    case 'not-below':
      return sql`NOT ${belowCondition(release, condition.code, of)}`
    case 'above':
      return sql`${own} IN ${aboveSql(release, sql`${condition.code}`)}`
    case 'parent':
      return sql`EXISTS (SELECT FROM concept_parent p WHERE p.release = ${release}::int AND p.child = c.code AND p.parent = ANY(${list(condition.codes, 'text')}))`
    case 'child':
      return sql`EXISTS (SELECT FROM concept_parent p WHERE p.release = ${release}::int AND p.parent = c.code AND p.child = ANY(${list(condition.codes, 'text')}))`
    case 'active':
      return condition.is ? sql`c.active` : sql`NOT c.active`
    case 'value': {
      const among = sql`coalesce(${valueSql(condition.of)} = ANY(${list(condition.among, 'text')}), false)`
      return condition.is ? among : sql`NOT ${among}`
    }
    case 'regex':
      return sql`coalesce(${valueSql(condition.of)} ~ ${`^(?:${condition.pattern})$`}, false)`
    case 'exists':
      return condition.is
        ? sql`c.properties ? ${condition.property}`
        : sql`NOT c.properties ? ${condition.property}`
  }
}

const belowCondition = (release: number, code: string, of: 'all' | 'one'): SQL =>
  of === 'all'
    ? sql`c.code IN ${belowSql(release, sql`${code}`)}`
    : sql`${code} IN ${aboveSql(release, sql.raw('c.code'))}`

const valueSql = (of: Valued): SQL =>
  'property' in of ? sql`c.properties ->> ${of.property}` : sql.raw(`c.${of.column}`)
