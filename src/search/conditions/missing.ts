import { type SQL, sql } from 'drizzle-orm'
import { invalid } from '../../problem.ts'
import type { Valued } from '../criterion.ts'
import { isPaired, type Served } from '../parameters.ts'
import { and, column, isParam, or, type Place, type Statement } from '../planning.ts'
import { rowShown } from '../shown.ts'
import { presence } from '../tokens.ts'

/** `:missing`: whether there is a value at all, in the caller's own cut (FHIR R4 search 3.1.1.4.4). */
export const missingSql = ({ parameter, values }: Valued, statement: Statement, place: Place): SQL => {
  const [value] = values
  if (values.length !== 1 || (value !== 'true' && value !== 'false'))
    return invalid(`\`${parameter.name}:missing\` is \`true\` or \`false\``, parameter.name, 'value')
  const present = presentSql(parameter, statement, place)
  return value === 'true' ? sql`NOT ${present}` : present
}

const presentSql = (parameter: Served, statement: Statement, place: Place): SQL => {
  const own = statement.parameters(place.type)
  const { name, kind, among, parts } = parameter
  const joined =
    among.length > 0
      ? among
      : kind === 'composite' && !isPaired(parameter)
        ? parts.map(({ code }) => code)
        : []
  if (joined.length > 0) {
    const each = joined
      .flatMap((part) => own.get(part) ?? [])
      .map((part) => presentSql(part, statement, place))
    return among.length > 0 ? or(each) : and(each)
  }
  if (name === '_id' || name === '_lastUpdated') return sql`true`
  if (parameter.clinical) return sql`(${column(place, 'low')} IS NOT NULL)`
  switch (kind) {
    case 'string':
      return rowsOf('words', name, place)
    case 'date':
      return rowsOf('dates', name, place)
    case 'number':
    case 'quantity':
    case 'special':
      return rowsOf('amounts', name, place)
    case 'reference':
      return citesSomething(name, statement, place)
    case 'composite':
      return sql`(${startsToken(name, place)} OR EXISTS (SELECT FROM amounts x WHERE x.resource = ${column(place, 'key')} AND starts_with(x.param, ${`${name}=`})))`
    default:
      return startsToken(name, place)
  }
}

const rowsOf = (table: 'words' | 'dates' | 'amounts', name: string, place: Place): SQL =>
  sql`EXISTS (SELECT FROM ${sql.raw(table)} x WHERE x.resource = ${column(place, 'key')} AND ${isParam('x', name, place)})`

const startsToken = (name: string, place: Place): SQL =>
  sql`EXISTS (SELECT FROM unnest(${column(place, 'tokens')}) own WHERE starts_with(own, ${`${name}=`}) OR own = ${presence(name)})`

/** A reference to what is hidden counts as never made. */
const citesSomething = (name: string, statement: Statement, place: Place): SQL => {
  const reference = sql`substr(own, ${name.length + 2}::int)`
  return sql`EXISTS (SELECT FROM unnest(${column(place, 'tokens')}) own WHERE own = ${presence(name)} OR starts_with(own, ${`${name}=`})
    AND (NOT ${statement.permit.mayCiteHidden(place.alias)} OR ${rowShown(reference, statement.permit)}))`
}
