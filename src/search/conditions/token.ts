import { type SQL, sql } from 'drizzle-orm'
import { list } from '../../store/database.ts'
import type { Valued } from '../criterion.ts'
import { mostIndexed } from '../index-rows.ts'
import type { Served } from '../parameters.ts'
import { addWith, column, or, type Place, type Statement } from '../planning.ts'
import { unescaped } from '../values.ts'
import { wordSql } from './string.ts'

/**
 * A token or uri parameter (FHIR R4 search 3.1.1.4.10 and 3.1.1.4.15): every form under which a value may be asked for
 * is one entry of the row, so a search is one look into one index.
 */
export const tokenSql = (criterion: Valued, statement: Statement, place: Place): SQL => {
  const { parameter, modifier, values } = criterion
  const tokens = tokensOf(criterion)
  switch (modifier) {
    case 'not':
      return sql`NOT (${anyToken(tokens, place)})`
    case 'text':
      return wordSql(`${parameter.name}:text`, values, undefined, place)
    case 'in':
      return meantSql(criterion, statement, place)
    case 'not-in':
      return sql`NOT (${meantSql(criterion, statement, place)})`
    case 'below':
      return parameter.kind === 'uri' ? startingWith(tokens, place) : meantSql(criterion, statement, place)
    case 'above':
      return parameter.kind === 'uri'
        ? anyToken(
            values.flatMap((value) => aboveOf(parameter.name, unescaped(value))),
            place,
          )
        : meantSql(criterion, statement, place)
    case 'of-type':
    case 'ofType':
      return anyToken(
        values.map((value) => `${parameter.name}:ofType=${unescaped(value)}`),
        place,
      )
    default:
      return anyToken(tokens, place)
  }
}

/** The index entries that its values stand for, without a modifier. */
export const tokensOf = ({ parameter, values }: Valued): string[] =>
  values.map((value) => `${parameter.name}=${tokenForm(parameter, value)}`)

/** A code of a bound element has its system by definition: a search may name it or not. */
export const tokenForm = ({ kind, paths }: Pick<Served, 'kind' | 'paths'>, value: string): string => {
  const text = unescaped(value)
  return kind === 'token' && isBound({ paths }) ? text.slice(text.indexOf('|') + 1) : text
}

/** Whether the values of a parameter are plain codes: their system is that of the binding. */
export const isBound = ({ paths }: Pick<Served, 'paths'>): boolean =>
  paths.length > 0 && paths.every(({ type }) => type === 'code' || type === 'boolean')

/**
 * Beside a patient the condition is hidden from the index: the planner would otherwise read the whole posting list of
 * a common code and intersect it with the few rows of the patient.
 */
export const anyToken = (tokens: readonly string[], place: Place): SQL => {
  const known = tokens.filter((token) => token.length <= mostIndexed)
  if (known.length === 0) return sql`false`
  const held = column(place, 'tokens')
  const [only, ...others] = known
  if (others.length === 0 && place.patientIsNamed) return sql`${only ?? ''} = ANY(${held})`
  const asked = place.patientIsNamed ? once(known) : list(known, 'text')
  const condition = others.length === 0 ? sql`${held} @> ${asked}` : sql`${held} && ${asked}`
  return place.patientIsNamed ? sql`(${condition}) IS TRUE` : condition
}

/**
 * What codes mean: few are listed. Very many are gathered once and each row's entries are looked up among them, since an
 * index of entries is slower with so many than the rows themselves.
 */
const meantSql = (criterion: Valued, statement: Statement, place: Place): SQL => {
  const { tokens, queries } = statement.vocabulary.entries(criterion)
  const listed = anyToken(tokens, place)
  if (queries.length === 0) return listed
  const meant = addWith(statement, sql.join([...queries], sql` UNION ALL `))
  return or([
    ...(tokens.length === 0 ? [] : [listed]),
    sql`EXISTS (SELECT FROM unnest(${column(place, 'tokens')}) own WHERE own IN (SELECT token FROM ${meant}))`,
  ])
}

/** A list that is read once and not with every row: a literal is text, and made an array each time it is looked at. */
const once = (tokens: readonly string[]): SQL => sql`(SELECT ${list(tokens, 'text')})`

/** `:below` on a uri: whatever begins with it. */
const startingWith = (tokens: readonly string[], place: Place): SQL =>
  sql`EXISTS (SELECT FROM unnest(${column(place, 'tokens')}) own, unnest(${list(tokens, 'text')}) asked WHERE starts_with(own, asked))`

/** `:above` on a uri: itself and every address on the way up to the authority. */
const aboveOf = (name: string, url: string): string[] => {
  const places = [...url.matchAll(/[/:]/g)].map(({ index }) => index)
  const starts = places.flatMap((at) => [url.slice(0, at), url.slice(0, at + 1)])
  return [url, ...starts].filter((part) => part !== '').map((part) => `${name}=${part}`)
}
