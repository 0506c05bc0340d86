import { type SQL, sql } from 'drizzle-orm'
import { invalid } from '../../problem.ts'
import type { Valued } from '../criterion.ts'
import { column, or, type Place, type Statement } from '../planning.ts'
import { ucum } from '../units.ts'
import { split, unescaped } from '../values.ts'

/** A number or quantity parameter (FHIR R4 search 3.1.1.4.6 and 3.1.1.4.13). */
export const amountSql = ({ parameter, values }: Valued, statement: Statement, place: Place): SQL =>
  amountRows(parameter.name, values, parameter.name, statement, place)

/** The same of the amounts that are kept under a name. */
export const amountRows = (
  param: string,
  values: readonly string[],
  name: string,
  { vocabulary }: Statement,
  place: Place,
): SQL =>
  sql`EXISTS (SELECT FROM amounts a WHERE a.resource = ${column(place, 'key')} AND a.type = ${place.type} AND a.param = ${param} AND ${or(
    values.map((value) => matching(value, name, vocabulary.toBase)),
  )})`

const matching = (value: string, name: string, toBase: Statement['vocabulary']['toBase']): SQL => {
  const [text = '', system = '', code = ''] = split(value, '|').map(unescaped)
  const asked = readNumber(text, name)
  const [low, high] = [sql.raw('a.low'), sql.raw('a.high')]
  if (system === '' && code === '') return compareNumber(asked, low, high)
  if (system === '') return sql`(a.code = ${code} OR a.unit = ${code}) AND ${compareNumber(asked, low, high)}`
  const base = system === ucum ? toBase(code, asked.number) : undefined
  const [least, most] = [asked.least, asked.most].map((bound) => toBase(code, bound)?.value)
  if (base === undefined || least === undefined || most === undefined)
    return code === ''
      ? sql`a.system = ${system} AND ${compareNumber(asked, low, high)}`
      : sql`a.system = ${system} AND a.code = ${code} AND ${compareNumber(asked, low, high)}`
  const inBase = { ...asked, number: base.value, least: Math.min(least, most), most: Math.max(least, most) }
  return sql`a.base = ${base.unit} AND ${compareNumber(inBase, sql.raw('a.base_low'), sql.raw('a.base_high'))}`
}

/** A number as it was asked for: `100` means 99.5 up to 100.5, `1.00e2` means 99.5 up to 100.5 as well. */
export interface AskedNumber {
  readonly prefix: string
  readonly number: number
  readonly least: number
  readonly most: number
}

const shape =
  /^(?<prefix>eq|ne|lt|gt|le|ge|sa|eb|ap)?(?<number>[+-]?\d{1,30}(?:\.(?<fraction>\d{1,30}))?(?:[eE](?<power>[+-]?\d{1,3}))?)$/

/** Reads a number with its prefix; its precision is half of its last digit. */
export const readNumber = (text: string, name: string): AskedNumber => {
  const { prefix = 'eq', number = '', fraction = '', power = '0' } = shape.exec(text)?.groups ?? {}
  if (number === '')
    return invalid(
      `\`${name}\` takes a number such as \`5.4\`, \`ge100\` or \`5.4|http://unitsofmeasure.org|mg\``,
      name,
      'value',
    )
  const value = Number(number)
  const half = Number(`0.5e${Number(power) - fraction.length}`)
  return { prefix, number: value, least: value - half, most: value + half }
}

/** A stored amount against a number (FHIR R4 search 3.1.1.4.5): with other prefixes than `eq` and `ne` it is exact. */
export const compareNumber = ({ prefix, number, least, most }: AskedNumber, low: SQL, high: SQL): SQL => {
  const at = float(number)
  const within = sql`(${low} >= ${float(least)} AND ${high} < ${float(Math.max(most, after(number)))})`
  switch (prefix) {
    case 'ne':
      return sql`NOT ${within}`
    case 'lt':
      return sql`${low} < ${at}`
    case 'gt':
      return sql`${high} > ${at}`
    case 'le':
      return sql`${low} <= ${at}`
    case 'ge':
      return sql`${high} >= ${at}`
    case 'sa':
      return sql`${low} > ${at}`
    case 'eb':
      return sql`${high} < ${at}`
    case 'ap': {
      const around = Math.abs(number) / 10
      return sql`(${low} <= ${float(number + around)} AND ${high} >= ${float(number - around)})`
    }
    default:
      return within
  }
}

/** Above a number by no more than it is kept to: one with more digits than that is still found by itself. */
const after = (number: number): number => number + Math.abs(number) * Number.EPSILON

const float = (value: number): SQL => sql`${String(value)}::text::float8`
