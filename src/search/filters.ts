import { type SQL, sql } from 'drizzle-orm'
import { endOf, instantText, startOf } from '../fhir/dates.ts'
import { localReference } from '../fhir/references.ts'
import type { Permit } from '../consent/permit.ts'
import { invalid } from '../problem.ts'
import { list } from '../store/database.ts'
import type { Served } from './parameters.ts'
import type { Filter } from './query.ts'
import { normalized } from './words.ts'

/** What turning a filter into SQL needs: which permit stands under the aliases, and the base of absolute URLs. */
export interface Planning {
  readonly type: string
  readonly permit: Permit
  readonly base: string
  readonly parameters: ReadonlyMap<string, Served>
  /** Whether some filter already narrows the search to a patient's records. */
  readonly patientIsNamed: boolean
}

const r = sql.raw('r')

/** One filter as a condition on the alias `r`. */
export const filterSql = (filter: Filter, planning: Planning): SQL => {
  const special = commonFilter(filter)
  if (special !== undefined) return special
  const parameter = planning.parameters.get(filter.name)
  if (parameter === undefined) return invalid(`unknown search parameter \`${filter.name}\``, filter.name)
  if (filter.modifier !== undefined && !allowsModifier(parameter, filter.modifier))
    invalid(
      `the modifier \`:${filter.modifier}\` is not supported for \`${filter.name}\``,
      filter.name,
      'not-supported',
    )
  switch (parameter.kind) {
    case 'token':
    case 'uri':
      return anyToken(
        filter.values.map((value) => tokenFor(parameter, value)),
        planning,
      )
    case 'reference':
      return or(filter.values.map((value) => referenceSql(parameter, filter, value, planning)))
    case 'string':
      return or(filter.values.map((value) => stringSql(parameter, filter, value, planning)))
    case 'date':
      return or(filter.values.map((value) => dateSql(parameter, value, planning)))
  }
}

const allowsModifier = (parameter: Served, modifier: string): boolean =>
  parameter.kind === 'reference'
    ? parameter.targets.includes(modifier)
    : parameter.kind === 'string' && modifier === 'contains'

const commonFilter = ({ name, modifier, values }: Filter): SQL | undefined => {
  if (modifier !== undefined && name.startsWith('_'))
    invalid(`the modifier \`:${modifier}\` is not supported for \`${name}\``, name, 'not-supported')
  switch (name) {
    case '_id':
      return sql`${r}.id = ANY(${list(values, 'text')})`
    case '_lastUpdated':
      return or(
        values.map((value) => compare(value, name, sql`${r}.updated`, sql`${r}.updated + interval '1 ms'`)),
      )
    case '_profile':
    case '_source':
    case '_tag':
    case '_security':
      return sql`${r}.tokens && ${list(
        values.map((value) => `${name}=${value}`),
        'text',
      )}`
    default:
      return undefined
  }
}

const or = (conditions: readonly SQL[]): SQL => sql`(${sql.join([...conditions], sql` OR `)})`

/** A code of a bound element has its system by definition: a search may name it or not. */
const tokenFor = (parameter: Served, value: string): string => {
  const bound = parameter.paths.every(
    ({ type }) => type === 'code' || type === 'boolean' || type === 'uri' || type === 'canonical',
  )
  if (parameter.kind === 'token' && bound && value.includes('|'))
    return `${parameter.name}=${value.slice(value.indexOf('|') + 1)}`
  return `${parameter.name}=${value}`
}

/**
 * Beside a patient the condition is hidden from the index: the planner would otherwise read the whole posting list of
 * a common code and intersect it with the few rows of the patient.
 */
const anyToken = (tokens: readonly string[], { patientIsNamed }: Pick<Planning, 'patientIsNamed'>): SQL => {
  const [only, ...others] = tokens
  const condition =
    others.length === 0
      ? sql`${r}.tokens @> ${list([only ?? ''], 'text')}`
      : sql`${r}.tokens && ${list(tokens, 'text')}`
  return patientIsNamed ? sql`(${condition}) IS TRUE` : condition
}

/** References that a value may mean: `Type/id`, an absolute URL, or an id of any type the parameter points to. */
const referencesFor = (parameter: Served, { modifier }: Filter, value: string, base: string): string[] => {
  const literal = localReference(value, base)
  if (literal !== undefined) return [literal]
  if (value.includes('/') || value.includes(':')) return [value]
  const targets = modifier === undefined ? parameter.targets : [modifier]
  if (targets.length === 0)
    invalid(
      `\`${parameter.name}\` may point to any type: name it, as in \`Patient/${'<id>'}\``,
      parameter.name,
      'value',
    )
  return targets.map((type) => `${type}/${value}`)
}

/**
 * A search that names a hidden record finds nothing, as if it had never been cited. What is not stored here at all
 * can only be cited, so it is no secret.
 */
const referenceSql = (parameter: Served, filter: Filter, value: string, planning: Planning): SQL => {
  const named = referencesFor(parameter, filter, value, planning.base)
  return or(
    named.map((reference) => {
      const cited = anyToken([`${parameter.name}=${reference}`], {
        patientIsNamed: planning.patientIsNamed || reference.startsWith('Patient/'),
      })
      const [type = '', id = ''] = reference.split('/')
      const target = sql`t.type = ${type} AND t.id = ${id}`
      const shown = sql`(NOT EXISTS (SELECT FROM resource t WHERE ${target}) OR EXISTS (SELECT FROM resource t WHERE ${target} AND ${planning.permit.visible('t', type)}))`
      if (type !== 'Patient' || !isSubject(parameter, planning.type)) return sql`(${cited} AND ${shown})`
      const person = sql`(SELECT person FROM resource t WHERE ${target} LIMIT 1)`
      return sql`(${r}.person = ${person} AND ${cited} AND ${shown})`
    }),
  )
}

/** Types whose records may concern several patients by the same parameter. */
const shared = new Set(['Appointment', 'Group', 'Provenance', 'Schedule', 'List', 'Bundle'])

/** Whether a parameter names the patient whose record it is: then the person on the row narrows the search. */
const isSubject = ({ name }: Served, type: string): boolean =>
  (name === 'patient' || name === 'subject') && !shared.has(type)

const stringSql = (parameter: Served, { modifier }: Filter, value: string, { type }: Planning): SQL => {
  const escaped = normalized(value).replaceAll(/[\\%_]/g, String.raw`\$&`)
  const pattern = modifier === 'contains' ? `%${escaped}%` : `${escaped}%`
  return sql`${r}.key IN (SELECT w.resource FROM words w WHERE w.type = ${type} AND w.param = ${parameter.name} AND w.value LIKE ${pattern}${
    modifier === 'contains' ? sql`` : startsWith(normalized(value))
  })`
}

/** What LIKE says of a prefix, once more as a range: an index can use it before the parameter is known. */
const startsWith = (prefix: string): SQL =>
  sql` AND w.value ~>=~ ${prefix} AND w.value ~<~ ${`${prefix}\u{10FFFF}`}`

const dateSql = (parameter: Served, value: string, { type }: Planning): SQL => {
  if (parameter.clinical) return compare(value, parameter.name, sql`${r}.low`, sql`${r}.high`)
  const condition = compare(value, parameter.name, sql`d.low`, sql`d.high`)
  return sql`EXISTS (SELECT FROM dates d WHERE d.resource = ${r}.key AND d.type = ${type} AND d.param = ${parameter.name} AND ${condition})`
}

/** A stored span against a prefixed date (FHIR R4 search 3.1.1.4.5 and 3.1.1.4.7). Ends are exclusive on both sides. */
const compare = (value: string, name: string, low: SQL, high: SQL): SQL => {
  const match = /^(?<prefix>eq|ne|lt|gt|le|ge|sa|eb|ap)?(?<date>\d.*)$/.exec(value)
  const { prefix = 'eq', date = '' } = match?.groups ?? {}
  const [start, end] = [startOf(date), endOf(date)]
  if (Number.isNaN(start) || Number.isNaN(end))
    return invalid(`\`${name}\` takes a date such as \`2026-01-31\` or \`ge2026-01\``, name, 'value')
  const [from, until] = [
    sql`${instantText(start)}::text::timestamptz`,
    sql`${instantText(end)}::text::timestamptz`,
  ]
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
    case 'ap':
      return sql`(${low} < ${until} + interval '7 days' AND ${high} > ${from} - interval '7 days')`
    default:
      return sql`(${low} >= ${from} AND ${high} <= ${until})`
  }
}
