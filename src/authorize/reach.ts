import { type Param, type SQL, sql } from 'drizzle-orm'
import type { Scope } from '../smart/scopes.ts'
import { arrayLiteral } from '../store/database.ts'
import type { Access } from './grant.ts'

/** One scope as a condition on a row. */
interface Way {
  readonly type: string
  readonly access: readonly Access[]
  /** Whether it reaches the records of the patient in context alone. */
  readonly ofPatient: boolean
  /** Of each of these lists the row has an entry. */
  readonly conditions: readonly { readonly entries: readonly string[]; readonly param: Param }[]
  /** The one record that it reaches. */
  readonly id: { readonly value: string; readonly param: Param } | undefined
}

/**
 * Which records a token reaches by its scopes: those of the patient in context, and those that the search of a scope
 * finds. It says nothing of consent, as a permit says nothing of scopes; a query runs under both.
 */
export interface Reach {
  /** Names all that the text of its SQL depends on; `given` has every parameter in it (`Shaped`). */
  readonly shape: string
  readonly given: readonly Param[]
  /** Whether the row under an alias is reached in this way; a type that is known makes it shorter. */
  within(alias: string, access: Access, type?: string): SQL
  /**
   * Whether the row under an alias may be cited: it is reached in some way, or no scope speaks of its type and it is of the
   * patient in context, if there is one.
   */
  cites(alias: string): SQL
  /** The same of a record at hand: its index entries, and whether it is one of the patient's. */
  holds(access: Access, row: ReachedRow): boolean
}

/** A record, as far as scopes look at it. */
export interface ReachedRow {
  readonly type: string
  readonly id: string
  readonly tokens: readonly string[]
  /** Whether it is of the patient in context, or the same for everybody. */
  readonly isOfPatient: boolean
}

/**
 * What the scopes of a token reach; undefined where they reach all of their types, for which `allows` is enough. A type
 * that no scope speaks of is not reached.
 */
export const reachOf = (scopes: readonly Scope[], patient: string | undefined): Reach | undefined => {
  const isWhole = ({ level, conditions, id }: Scope): boolean =>
    level !== 'patient' && conditions.length === 0 && id === undefined
  const whole = scopes.filter(isWhole)
  const adds = (scope: Scope): boolean =>
    !whole.some(
      ({ type, access }) =>
        (type === scope.type || type === '*') && scope.access.every((one) => access.includes(one)),
    )
  if (!scopes.some((scope) => !isWhole(scope) && adds(scope))) return undefined
  const ways = scopes.map(wayOf)
  const context = sql.param((patient ?? '').replace(/^Patient\//, ''))
  const reaching = (type: string, access: Access): Way[] =>
    ways.filter((way) => (way.type === type || way.type === '*') && way.access.includes(access))
  const anyOf = (alias: string, found: readonly Way[]): SQL => {
    const each = found.map((way) => waySql(alias, way, context))
    if (each.includes(undefined)) return sql`true`
    return each.length === 0 ? sql`false` : sql`(${sql.join(each, sql` OR `)})`
  }
  const named = [...new Set(ways.map(({ type }) => type))].filter((type) => type !== '*')
  return {
    shape: ways.map(shapeOf).join(' '),
    given: [context, ...ways.flatMap(paramsOf)],
    within: (alias, access, type) => {
      if (type !== undefined) return anyOf(alias, reaching(type, access))
      const others = anyOf(alias, reaching('*', access))
      if (named.length === 0) return others
      const cases = named.map(
        (one) => sql`WHEN ${sql.raw(`'${one}'`)} THEN ${anyOf(alias, reaching(one, access))}`,
      )
      return sql`CASE ${sql.raw(alias)}.type ${sql.join(cases, sql` `)} ELSE ${others} END`
    },
    cites: (alias) => {
      const rest = ways.some(({ ofPatient }) => ofPatient) ? compartment(alias, context) : sql`true`
      const of = (type: string): SQL =>
        anyOf(
          alias,
          ways.filter((way) => way.type === type || way.type === '*'),
        )
      const cases = named.map((one) => sql`WHEN ${sql.raw(`'${one}'`)} THEN ${of(one)}`)
      const others = ways.some(({ type }) => type === '*') ? of('*') : rest
      return cases.length === 0
        ? others
        : sql`CASE ${sql.raw(alias)}.type ${sql.join(cases, sql` `)} ELSE ${others} END`
    },
    holds: (access, row) => reaching(row.type, access).some((way) => wayHolds(way, row)),
  }
}

const paramsOf = ({ conditions, id }: Way): Param[] => [
  ...conditions.map(({ param }) => param),
  ...(id === undefined ? [] : [id.param]),
]

const wayOf = ({ level, type, access, conditions, id }: Scope): Way => ({
  type,
  access,
  ofPatient: level === 'patient',
  conditions: conditions.map((entries) => ({ entries, param: sql.param(arrayLiteral(entries)) })),
  id: id === undefined ? undefined : { value: id, param: sql.param(id) },
})

const shapeOf = ({ type, access, ofPatient, conditions, id }: Way): string =>
  `${ofPatient ? 'patient' : ''}/${type}.${access.join('')}?${conditions.length}${id === undefined ? '' : 'id'}`

/** Undefined where every row of the type is reached. */
const waySql = (alias: string, { ofPatient, conditions, id }: Way, context: Param): SQL | undefined => {
  const all = [
    ...(ofPatient ? [compartment(alias, context)] : []),
    ...(id === undefined ? [] : [sql`${sql.raw(alias)}.id = ${id.param}`]),
    ...conditions.map(({ param }) => sql`(${sql.raw(alias)}.tokens && ${param}::text::text[]) IS TRUE`),
  ]
  return all.length === 0 ? undefined : sql`(${sql.join(all, sql` AND `)})`
}

/** What concerns the patient, under whatever of its Patients, and what is the same for everybody. */
const compartment = (alias: string, context: Param): SQL => {
  const r = sql.raw(alias)
  const person = sql`(SELECT t.person FROM resource t WHERE t.type = 'Patient' AND t.id = ${context} LIMIT 1)`
  return sql`(${r}.open OR ${r}.person = ${person} OR ${person} = ANY(${r}.others)) IS TRUE`
}

const wayHolds = ({ ofPatient, conditions, id }: Way, row: ReachedRow): boolean =>
  (!ofPatient || row.isOfPatient) &&
  (id === undefined || id.value === row.id) &&
  conditions.every(({ entries }) => entries.some((entry) => row.tokens.includes(entry)))
