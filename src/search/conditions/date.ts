import { type SQL, sql } from 'drizzle-orm'
import { instantText, span } from '../../fhir/dates.ts'
import { invalid } from '../../problem.ts'
import type { Valued } from '../criterion.ts'
import { column, isParam, or, type Place, type Statement } from '../planning.ts'
import { unescaped } from '../values.ts'

/** A date parameter: the clinical date is on the row, others have rows of their own (FHIR R4 search 3.1.1.4.7). */
export const dateSql = ({ parameter, values }: Valued, { permit }: Statement, place: Place): SQL => {
  const { name } = parameter
  const compared = (low: SQL, high: SQL): SQL =>
    or(values.map((value) => compare(unescaped(value), name, low, high, permit.moment)))
  if (name === '_lastUpdated')
    return compared(column(place, 'updated'), sql`${column(place, 'updated')} + interval '1 ms'`)
  if (parameter.clinical) return compared(column(place, 'low'), column(place, 'high'))
  return sql`EXISTS (SELECT FROM dates d WHERE d.resource = ${column(place, 'key')} AND d.type = ${place.type} AND ${isParam('d', name, place)} AND ${compared(sql.raw('d.low'), sql.raw('d.high'))})`
}

/** A stored span against a prefixed date (FHIR R4 search 3.1.1.4.5 and 3.1.1.4.7). Ends are exclusive on both sides. */
export const compare = (value: string, name: string, low: SQL, high: SQL, now: Date): SQL => {
  const match = /^(?<prefix>eq|ne|lt|gt|le|ge|sa|eb|ap)?(?<date>\d.*)$/.exec(value)
  const { prefix = 'eq', date = '' } = match?.groups ?? {}
  const [start, end] = span(date)
  if (Number.isNaN(start) || Number.isNaN(end))
    return invalid(`\`${name}\` takes a date such as \`2026-01-31\` or \`ge2026-01\``, name, 'value')
  const [from, until] = [instant(start), instant(end)]
  switch (prefix) {
    case 'ne':
      return sql`NOT (${low} >= ${from} AND ${high} <= ${until})`
    case 'lt':
      return sql`${low} < ${from}`
    case 'gt':
      return sql`${high} > ${until}`
    case 'le':
      return sql`(${low} < ${from} OR ${low} >= ${from} AND ${high} <= ${until})`
    case 'ge':
      return sql`(${high} > ${until} OR ${low} >= ${from} AND ${high} <= ${until})`
    case 'sa':
      return sql`${low} >= ${until}`
    case 'eb':
      return sql`${high} <= ${from}`
    case 'ap': {
      const around = Math.abs(now.getTime() - start) / 10
      return sql`(${low} < ${instant(end + around)} AND ${high} > ${instant(start - around)})`
    }
    default:
      return sql`(${low} >= ${from} AND ${high} <= ${until})`
  }
}

const instant = (moment: number): SQL => sql`${instantText(moment)}::text::timestamptz`
