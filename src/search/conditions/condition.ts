import { type SQL, sql } from 'drizzle-orm'
import { invalid } from '../../problem.ts'
import { list } from '../../store/database.ts'
import type { Criterion, Valued } from '../criterion.ts'
import type { Served } from '../parameters.ts'
import { and, column, or, type Place, type Statement } from '../planning.ts'
import { looksBeside, shownOf } from '../shown.ts'
import { unescaped } from '../values.ts'
import { amountSql } from './amount.ts'
import { compositeSql } from './composite.ts'
import { dateSql } from './date.ts'
import { missingSql } from './missing.ts'
import { nearSql } from './near.ts'
import {
  chainSql,
  havingSql,
  isOfPatients,
  isTargetType,
  listedSql,
  referenceSql,
  type Rows,
  withinSql,
} from './reference.ts'
import { stringSql } from './string.ts'
import { tokenSql, tokensOf } from './token.ts'

/**
 * One criterion as a condition on the rows of a place. Of a row that may cite something hidden, what stands beside such
 * a reference does not count.
 */
export const conditionSql = (criterion: Criterion, statement: Statement, place: Place): SQL => {
  if (place.shown !== undefined || !looksBeside(criterion)) return plainSql(criterion, statement, place)
  const { permit } = statement
  const plain = plainSql(criterion, statement, place)
  const shown = plainSql(criterion, statement, { ...place, shown: shownOf(place.alias, permit) })
  const exact = sql`CASE WHEN ${permit.mayCiteHidden(place.alias)} THEN ${shown}`
  return isMet(criterion) ? sql`(${plain} AND ${exact} ELSE true END)` : sql`${exact} ELSE ${plain} END`
}

/** Whether a row that meets a criterion when something is left out of it also meets it as it is. */
const isMet = (criterion: Criterion): boolean =>
  criterion.kind !== 'value' || !['not', 'not-in', 'missing'].includes(criterion.modifier ?? '')

const plainSql = (criterion: Criterion, statement: Statement, place: Place): SQL => {
  switch (criterion.kind) {
    case 'value':
      return valueSql(criterion, statement, place)
    case 'chain':
      return chainSql(criterion, statement, place, visibleRows)
    case 'has':
      return havingSql(criterion, statement, place, visibleRows)
    case 'list':
      return listedSql(criterion, statement, place)
    case 'compartment':
      return withinSql(criterion, statement, place)
  }
}

/** INVARIANT: whatever a chain or `_has` touches stands under the permit, at every step. */
const visibleRows: Rows = ({ type, next }, statement, alias) => {
  const place = {
    alias,
    type,
    patientIsNamed: isOfPatients(next, type, statement.base) || statement.oneByOne,
  }
  return and([
    typeSql(place, [next], statement),
    sql`NOT ${column(place, 'deleted')}`,
    conditionSql(next, statement, place),
    statement.permit.visible(alias, type),
  ])
}

/**
 * That the row is of the type of its place. Where an entry that few rows have leads to them the planner is kept from the
 * index of the type: it would read all of that, to intersect it.
 */
export const typeSql = (place: Place, criteria: readonly Criterion[], { common }: Statement): SQL => {
  const is = sql`${column(place, 'type')} = ${place.type}`
  const leads =
    !place.patientIsNamed &&
    criteria.every(({ kind }) => kind === 'value' || kind === 'compartment') &&
    criteria.some((criterion) => isRare(criterion, common))
  return leads ? sql`(${is}) IS TRUE` : is
}

/** A patient is cited by few, whatever the parameter. */
const isRare = (criterion: Criterion, common: ReadonlySet<string>): boolean => {
  if (criterion.kind === 'compartment') return criterion.owner.startsWith('Patient/') && !criterion.itself
  if (criterion.kind !== 'value' || criterion.modifier !== undefined) return false
  const { parameter, values } = criterion
  if (parameter.kind === 'reference') return values.every((value) => value.startsWith('Patient/'))
  return (
    parameter.kind === 'token' &&
    parameter.name !== '_id' &&
    tokensOf(criterion).every((token) => !common.has(token))
  )
}

/** Whether some criterion names a patient, so that few records are found. */
export const namesPatient = (criteria: readonly Criterion[]): boolean =>
  criteria.some(
    (criterion) =>
      (criterion.kind === 'compartment' && criterion.owner.startsWith('Patient/')) ||
      (criterion.kind === 'value' &&
        criterion.modifier !== 'missing' &&
        criterion.modifier !== 'identifier' &&
        criterion.parameter.targets.includes('Patient') &&
        criterion.values.some(
          (value) =>
            value.startsWith('Patient/') ||
            value.includes('/Patient/') ||
            criterion.parameter.name === 'patient',
        )),
  )

/** Values of one kind that are or-ed one by one; codes and references take as many as fit the address. */
const mostValues = 200

const valueSql = (criterion: Valued, statement: Statement, place: Place): SQL => {
  const { parameter, modifier, values } = criterion
  requireModifier(parameter, modifier)
  if (modifier === 'missing') return missingSql(criterion, statement, place)
  if (parameter.among.length > 0) return amongSql(criterion, statement, place)
  if (parameter.name === '_id') return idSql(criterion, place)
  if (values.length > mostValues && parameter.kind !== 'token' && parameter.kind !== 'uri')
    invalid(
      `\`${parameter.name}\` takes at most ${mostValues} values; ask in several searches`,
      parameter.name,
      'too-costly',
    )
  switch (parameter.kind) {
    case 'token':
    case 'uri':
      return tokenSql(criterion, statement, place)
    case 'reference':
      return referenceSql(criterion, statement, place)
    case 'string':
      return stringSql(criterion, place)
    case 'date':
      return dateSql(criterion, statement, place)
    case 'number':
    case 'quantity':
      return amountSql(criterion, statement, place)
    case 'composite':
      return compositeSql(criterion, statement, place, conditionSql)
    case 'special':
      return nearSql(criterion, place)
  }
}

const idSql = ({ values, modifier }: Valued, place: Place): SQL => {
  const found = sql`${column(place, 'id')} = ANY(${list(values.map(unescaped), 'text')})`
  return modifier === 'not' ? sql`NOT (${found})` : found
}

/** A `combo-` parameter is any of the parameters that it joins. */
const amongSql = (criterion: Valued, statement: Statement, place: Place): SQL =>
  or(
    criterion.parameter.among
      .flatMap((name) => statement.parameters(place.type).get(name) ?? [])
      .map((parameter) => valueSql({ ...criterion, parameter }, statement, place)),
  )

/** Modifiers of each kind of parameter (FHIR R4 search 3.1.1.4.4). */
const modifiers: Readonly<Record<Served['kind'], readonly string[]>> = {
  token: ['missing', 'not', 'text', 'in', 'not-in', 'above', 'below', 'of-type', 'ofType'],
  uri: ['missing', 'above', 'below', 'not'],
  reference: ['missing', 'identifier'],
  string: ['missing', 'exact', 'contains'],
  date: ['missing'],
  number: ['missing'],
  quantity: ['missing'],
  composite: ['missing'],
  special: ['missing'],
}

const requireModifier = (parameter: Served, modifier: string | undefined): void => {
  if (modifier === undefined) return
  const known =
    modifiers[parameter.kind].includes(modifier) &&
    (parameter.name !== '_id' || modifier === 'missing' || modifier === 'not')
  if (!known && !(parameter.kind === 'reference' && isTargetType(parameter, modifier)))
    invalid(
      `the modifier \`:${modifier}\` is not supported for \`${parameter.name}\``,
      parameter.name,
      'not-supported',
    )
}
