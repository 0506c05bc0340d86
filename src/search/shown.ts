import { type SQL, sql } from 'drizzle-orm'
import { enclosingElement } from '../consent/label.ts'
import type { Permit } from '../consent/permit.ts'
import type { Criterion } from './criterion.ts'
import type { Served } from './parameters.ts'

/** Index rows of a row as far as what they stand beside is shown (see `tiedRows`). */
export interface Shown {
  /** Its index entries. */
  readonly tokens: SQL
  /** The names under which the values of a parameter of words or dates stand. */
  names(param: string): SQL
}

/** Whether a reference that stands in a row may be known of: what it points to is visible, or is not kept here. */
export const rowShown = (reference: SQL, permit: Permit): SQL => {
  const target = sql`t.type = split_part(${reference}, '/', 1) AND t.id = split_part(${reference}, '/', 2)`
  return sql`(NOT EXISTS (SELECT FROM resource t WHERE ${target}) OR EXISTS (SELECT FROM resource t WHERE ${target} AND ${permit.decision.visible('t')}))`
}

/** What of the row under an alias is left when references to what is hidden are pruned. */
export const shownOf = (alias: string, permit: Permit): Shown => {
  const tokens = sql.raw(`${alias}.tokens`)
  const ties = sql`unnest(${tokens}) tie WHERE starts_with(tie, '~')`
  const tied = sql`substr(tie, strpos(tie, '|') + 1)`
  const isShown = sql`NOT EXISTS (SELECT FROM unnest(${tokens}) cited WHERE starts_with(cited, split_part(tie, '|', 1) || '@')
    AND NOT ${rowShown(sql`substr(cited, strpos(cited, '@') + 1)`, permit)})`
  return {
    tokens: sql`ARRAY(SELECT own FROM unnest(${tokens}) own WHERE NOT starts_with(own, '~')
      AND (NOT EXISTS (SELECT FROM ${ties} AND ${tied} = own) OR EXISTS (SELECT FROM ${ties} AND ${tied} = own AND ${isShown})))`,
    names: (param) => sql`CASE WHEN EXISTS (SELECT FROM ${ties} AND ${tied} = ${`%${param}`})
      THEN ARRAY(SELECT tie FROM ${ties} AND ${tied} = ${`%${param}`} AND ${isShown}) ELSE ARRAY[${param}::text] END`,
  }
}

/** Whether values of a parameter stand in elements that go with a reference. */
export const isEnclosed = ({ paths }: Pick<Served, 'paths'>): boolean =>
  paths.some(({ path }) => enclosingElement([...path, 0, '']).length <= path.length + 1)

/** Whether a criterion looks at what may go with a reference to something hidden. */
export const looksBeside = (criterion: Criterion): boolean => {
  switch (criterion.kind) {
    case 'value':
      return criterion.modifier === 'identifier' || isEnclosed(criterion.parameter)
    case 'chain':
      return isEnclosed(criterion.parameter)
    case 'compartment':
      return criterion.parameters.some(isEnclosed)
    default:
      return false
  }
}

/** Index entries of the row under an alias by which a parameter cites: those that are shown. */
export const citingTokens = (parameter: Pick<Served, 'paths'>, alias: string, permit: Permit): SQL =>
  isEnclosed(parameter)
    ? sql`CASE WHEN ${permit.mayCiteHidden(alias)} THEN ${shownOf(alias, permit).tokens} ELSE ${sql.raw(alias)}.tokens END`
    : sql.raw(`${alias}.tokens`)
