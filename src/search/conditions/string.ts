import { type SQL, sql } from 'drizzle-orm'
import type { Valued } from '../criterion.ts'
import { mostIndexed } from '../index-rows.ts'
import { column, isParam, or, type Place } from '../planning.ts'
import { unescaped } from '../values.ts'
import { normalized } from '../words.ts'

/** A string parameter: from the start, anywhere, or to the letter (FHIR R4 search 3.1.1.4.8). */
export const stringSql = ({ parameter, modifier, values }: Valued, place: Place): SQL =>
  wordSql(parameter.name, values, modifier, place)

/** The same of any pieces of text that are kept under a name. */
export const wordSql = (
  param: string,
  values: readonly string[],
  modifier: string | undefined,
  place: Place,
): SQL =>
  sql`EXISTS (SELECT FROM words w WHERE w.resource = ${column(place, 'key')} AND w.type = ${place.type} AND ${isParam('w', param, place)} AND ${or(
    values.map((value) => matching(unescaped(value), modifier)),
  )})`

const matching = (value: string, modifier: string | undefined): SQL => {
  const plain = normalized(value).slice(0, mostIndexed)
  const escaped = plain.replaceAll(/[\\%_]/g, String.raw`\$&`)
  if (modifier === 'contains') return sql`w.value LIKE ${`%${escaped}%`}`
  if (modifier === 'exact') return sql`(w.value = ${plain} AND w.stated = ${value})`
  return sql`(w.value LIKE ${`${escaped}%`}${startsWith(plain)})`
}

/** What LIKE says of a prefix, once more as a range: an index can use it before the parameter is known. */
const startsWith = (prefix: string): SQL =>
  sql` AND w.value ~>=~ ${prefix} AND w.value ~<~ ${`${prefix}\u{10FFFF}`}`
