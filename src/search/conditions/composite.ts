import { type SQL, sql } from 'drizzle-orm'
import type { Component } from '../../fhir/definitions/search-parameters.ts'
import { localReference } from '../../fhir/references.ts'
import { invalid } from '../../problem.ts'
import type { Criterion, Valued } from '../criterion.ts'
import { isPaired, type Served } from '../parameters.ts'
import { and, column, or, type Place, type Statement } from '../planning.ts'
import { split, unescaped } from '../values.ts'
import { amountRows, compareNumber, readNumber } from './amount.ts'
import { anyToken, tokenForm } from './token.ts'

/** The condition of one criterion on a place, which the parts of a composite come back to. */
export type One = (criterion: Criterion, statement: Statement, place: Place) => SQL

/** A composite parameter (FHIR R4 search 3.1.1.4.14): values that must hold together, in one element where it repeats. */
export const compositeSql = (
  { parameter, values }: Valued,
  statement: Statement,
  place: Place,
  one: One,
): SQL =>
  or(
    values.map((value) => {
      const given = split(value, '$')
      if (given.length !== parameter.parts.length || given.includes(''))
        return invalid(
          `\`${parameter.name}\` takes ${parameter.parts.map(({ code }) => `<${code}>`).join('$')}`,
          parameter.name,
          'value',
        )
      return isPaired(parameter)
        ? paired(parameter, given, statement, place)
        : joined(parameter, given, statement, place, one)
    }),
  )

/** Parts that the resource has once: each is a parameter of its own. */
const joined = (
  { parts }: Served,
  given: readonly string[],
  statement: Statement,
  place: Place,
  one: One,
): SQL =>
  and(
    parts.flatMap(({ code }, at) => {
      const parameter = statement.parameters(place.type).get(code)
      return parameter === undefined
        ? []
        : one({ kind: 'value', parameter, modifier: undefined, values: [given[at] ?? ''] }, statement, place)
    }),
  )

const paired = (
  { name, parts }: Served,
  given: readonly string[],
  statement: Statement,
  place: Place,
): SQL => {
  const [code = '', value = '', end] = given
  const [first, second] = parts
  const param = `${name}=${tokenForm({ kind: 'token', paths: first?.paths ?? [] }, code)}`
  if (end !== undefined) return stretch(param, name, value, end, place)
  if (second?.kind === 'quantity' || second?.kind === 'number')
    return amountRows(param, [value], name, statement, place)
  return anyToken([`${param}$${partForm(second, value, statement.base)}`], place)
}

const partForm = (part: Component | undefined, value: string, base: string): string =>
  part?.paths.every(({ type }) => type === 'Reference') === true
    ? (localReference(unescaped(value), base) ?? unescaped(value))
    : tokenForm({ kind: 'token', paths: part?.paths ?? [] }, value)

/** A code with a start and an end, each compared on its own. */
const stretch = (param: string, name: string, start: string, end: string, place: Place): SQL => {
  const [low, high] = [sql.raw('a.low'), sql.raw('a.high')]
  return sql`EXISTS (SELECT FROM amounts a WHERE a.resource = ${column(place, 'key')} AND a.type = ${place.type} AND a.param = ${param}
    AND ${compareNumber(readNumber(start, name), low, low)} AND ${compareNumber(readNumber(end, name), high, high)})`
}
