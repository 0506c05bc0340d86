import { sql } from 'drizzle-orm'
import { referencesFor, isSubject } from './conditions/reference.ts'
import type { Criterion } from './criterion.ts'
import { addWith, type Statement, type Whose } from './planning.ts'
import { unescaped } from './values.ts'

/** What one type is asked. */
interface Asked {
  readonly type: string
  readonly criteria: readonly Criterion[]
}

/**
 * The one patient whose records all that is found must be, where a search names one: who that is and what the caller
 * may have of them is then looked up once, and not with every row.
 */
export const findWhose = (types: readonly Asked[], statement: Statement): Whose | undefined => {
  const [first, ...others] = types.map((asked) => namedBy(asked, statement.base))
  if (first === undefined || others.some((other) => other !== first)) return undefined
  const person = addWith(
    statement,
    sql`SELECT person FROM resource t WHERE t.type = 'Patient' AND t.id = ${first.slice('Patient/'.length)} LIMIT 1`,
  )
  const permits = addWith(statement, statement.permit.permitsOf(sql`(SELECT person FROM ${person})`))
  return { reference: first, person, permits }
}

/** INVARIANT: the condition on the patient is and-ed with all others, so no row of anybody else is found. */
const namedBy = ({ type, criteria }: Asked, base: string): string | undefined =>
  criteria.map((criterion) => patientOf(criterion, type, base)).find((reference) => reference !== undefined)

const patientOf = (criterion: Criterion, type: string, base: string): string | undefined => {
  if (criterion.kind === 'compartment') {
    const { owner, parameters, itself } = criterion
    const [only, ...others] = parameters
    if (only === undefined || others.length > 0 || itself || !isSubject(only, type)) return undefined
    return owner.startsWith('Patient/') ? owner : undefined
  }
  if (criterion.kind !== 'value' || !isSubject(criterion.parameter, type)) return undefined
  const { parameter, modifier, values } = criterion
  const [value, ...others] = values
  if (value === undefined || others.length > 0 || (modifier !== undefined && modifier !== 'Patient'))
    return undefined
  const [reference, ...more] = referencesFor(parameter, modifier, unescaped(value), base)
  return reference?.startsWith('Patient/') === true && more.length === 0 ? reference : undefined
}
