import { type SQL, sql } from 'drizzle-orm'
import { isResourceType } from '../../fhir/definitions/structures.ts'
import { localReference } from '../../fhir/references.ts'
import { invalid } from '../../problem.ts'
import { list } from '../../store/database.ts'
import type { Chained, Criterion, Having, Listed, Valued, Within } from '../criterion.ts'
import type { Served } from '../parameters.ts'
import { addWith, column, or, type Place, type Statement } from '../planning.ts'
import { citingTokens } from '../shown.ts'
import { unescaped } from '../values.ts'
import { anyToken } from './token.ts'

/**
 * A reference parameter: by id, type and id, or URL (FHIR R4 search 3.1.1.4.12). A search that names a hidden record
 * finds nothing, as if it had never been cited. What is not stored here at all can only be cited, so it is no secret.
 */
export const referenceSql = (
  { parameter, modifier, values }: Valued,
  statement: Statement,
  place: Place,
): SQL => {
  const { name } = parameter
  if (modifier === 'identifier')
    return anyToken(
      values.map((value) => `${name}:identifier=${unescaped(value)}`),
      place,
    )
  const named = values.flatMap((value) =>
    referencesFor(parameter, modifier, unescaped(value), statement.base),
  )
  return cites([parameter], named, statement, place)
}

/** In a compartment: its owner is cited by one of the parameters that make it. */
export const withinSql = ({ parameters, owner, itself }: Within, statement: Statement, place: Place): SQL =>
  or([
    ...(parameters.length === 0 ? [] : [cites(parameters, [owner], statement, place)]),
    ...(itself ? [sql`${column(place, 'id')} = ${owner.slice(owner.indexOf('/') + 1)}`] : []),
  ])

const cites = (
  parameters: readonly Served[],
  named: readonly string[],
  statement: Statement,
  place: Place,
): SQL => {
  const shown = named.map((reference) => shownSql(reference, statement))
  const each = named.map((reference, at) => {
    const tokens = parameters.map(({ name }) => `${name}=${reference}`)
    const isNarrow = reference.startsWith('Patient/') && areSubject(parameters, place.type)
    const cited = anyToken(tokens, { ...place, patientIsNamed: place.patientIsNamed || isNarrow })
    const narrowed = isNarrow
      ? sql`${column(place, 'person')} = ${personSql(reference, statement)} AND `
      : sql``
    return sql`(${narrowed}${cited} AND ${shown[at] ?? sql`true`})`
  })
  return or(each)
}

const personSql = (reference: string, { whose }: Statement): SQL =>
  whose?.reference === reference
    ? sql`(SELECT person FROM ${whose.person})`
    : sql`(SELECT person FROM resource t WHERE t.type = 'Patient' AND t.id = ${reference.slice('Patient/'.length)} LIMIT 1)`

/** Whether a reference may be known of: what it points to is visible, or is not kept here. Asked once per statement. */
const shownSql = (reference: string, { permit }: Statement): SQL => {
  const [type = '', id = ''] = reference.split('/')
  const target = sql`t.type = ${type} AND t.id = ${id}`
  return sql`(NOT EXISTS (SELECT FROM resource t WHERE ${target}) OR EXISTS (SELECT FROM resource t WHERE ${target} AND ${permit.decision.visible('t', type)}))`
}

/** References that a value may mean: `Type/id`, an absolute URL, or an id of any type the parameter points to. */
export const referencesFor = (
  { name, targets: possible }: Served,
  modifier: string | undefined,
  value: string,
  base: string,
): string[] => {
  const literal = localReference(value, base)
  if (literal !== undefined)
    return modifier === undefined || literal.startsWith(`${modifier}/`) ? [literal] : []
  if (value.includes('/') || value.includes(':')) return [value]
  const targets = modifier === undefined ? possible : [modifier]
  if (targets.length === 0)
    invalid(`\`${name}\` may point to any type: name it, as in \`Patient/<id>\``, name, 'value')
  return targets.map((type) => `${type}/${value}`)
}

/** Types whose records may concern several patients by the same parameter. */
const shared = new Set([
  'Account',
  'Appointment',
  'Contract',
  'Group',
  'Person',
  'Provenance',
  'Schedule',
  'List',
  'Bundle',
])

/** Whether a parameter names the patient whose record it is: then the person on the row narrows the search. */
export const isSubject = ({ name }: Served, type: string): boolean =>
  (name === 'patient' || name === 'subject') && !shared.has(type)

const areSubject = ([only, ...others]: readonly Served[], type: string): boolean =>
  only !== undefined && others.length === 0 && isSubject(only, type)

/** Whether a criterion leaves the records of one patient, or of the few that it names, found by the person on the row. */
export const isOfPatients = (criterion: Criterion, type: string, base: string): boolean => {
  if (criterion.kind === 'compartment')
    return (
      criterion.owner.startsWith('Patient/') && !criterion.itself && areSubject(criterion.parameters, type)
    )
  if (criterion.kind !== 'value') return false
  const { parameter, modifier, values } = criterion
  if ((modifier !== undefined && modifier !== 'Patient') || !isSubject(parameter, type)) return false
  return values
    .flatMap((value) => referencesFor(parameter, modifier, unescaped(value), base))
    .every((reference) => reference.startsWith('Patient/'))
}

/** The condition of a criterion on the rows of a type under an alias, with the permit: made by the caller, to any depth. */
export type Rows = (criterion: Chained['targets'][number], statement: Statement, alias: string) => SQL

/** A chain: what it leads to is found first, under the permit, and then who points there (FHIR R4 search 3.1.1.4.9). */
export const chainSql = (
  { parameter, targets }: Chained,
  statement: Statement,
  place: Place,
  rows: Rows,
): SQL =>
  or(
    targets.map((target) => {
      const ends = addWith(
        statement,
        sql`SELECT token, c.person FROM resource c, LATERAL (${namesOf(parameter)}) own(token) WHERE ${rows(target, statement, 'c')}`,
      )
      const tokens = column(place, 'tokens')
      // Looked up in a hash: a semi-join would read all ends again with every row. `IS TRUE` keeps it from becoming one.
      if (target.type === 'Patient' && isSubject(parameter, place.type)) {
        const person = column(place, 'person')
        const among = statement.oneByOne
          ? sql`(${person} IN (SELECT person FROM ${ends})) IS TRUE`
          : sql`${person} = ANY(ARRAY(SELECT person FROM ${ends}))`
        return sql`(${among} AND EXISTS (SELECT FROM unnest(${tokens}) own WHERE (own IN (SELECT token FROM ${ends})) IS TRUE))`
      }
      const condition = sql`${tokens} && ARRAY(SELECT token FROM ${ends})`
      return place.patientIsNamed ? sql`(${condition}) IS TRUE` : condition
    }),
  )

/** Index entries by which a parameter cites the row under `c`: type and id, or the canonical URL with the version or with none. */
const namesOf = ({ name, paths }: Served): SQL => {
  const literal = sql`SELECT ${`${name}=`}::text || c.type || '/' || c.id`
  return paths.every(({ type }) => type !== 'canonical')
    ? literal
    : sql`${literal} UNION ALL SELECT ${name}::text || '=' || substr(url, 5) || '|' || version FROM unnest(c.tokens) url,
      unnest(ARRAY(SELECT substr(own, 9) FROM unnest(c.tokens) own WHERE starts_with(own, 'version=')) || ''::text) version WHERE starts_with(url, 'url=')`
}

/**
 * `_has`: who points here is found first, under the permit, with what it points to (FHIR R4 search 3.1.1.4.9); where rows
 * are looked at one by one, what points to each. `OFFSET 0` keeps that from being made one join over all.
 */
export const havingSql = (
  { type, parameter, next }: Having,
  statement: Statement,
  place: Place,
  rows: Rows,
): SQL => {
  const start = `${parameter.name}=${place.type}/`
  if (statement.oneByOne && place.type === 'Patient' && isSubject(parameter, type))
    return sql`EXISTS (SELECT FROM resource c WHERE c.person = ${column(place, 'person')}
      AND (${start}::text || ${column(place, 'id')}) = ANY(${citingTokens(parameter, 'c', statement.permit)}) AND ${rows({ type, next }, statement, 'c')} OFFSET 0)`
  const sources = addWith(
    statement,
    sql`SELECT DISTINCT substr(own, ${start.length + 1}::int) AS id FROM resource c, unnest(${citingTokens(parameter, 'c', statement.permit)}) own
      WHERE starts_with(own, ${start}) AND ${rows({ type, next }, statement, 'c')}`,
  )
  const cited = sql`${column(place, 'id')} = ANY(ARRAY(SELECT id FROM ${sources}))`
  return parameter.paths.every((branch) => branch.type !== 'canonical')
    ? cited
    : sql`(${cited} OR ${canonicallyCited({ type, parameter, next }, statement, place, rows)})`
}

/** The same where it is the canonical URL that is pointed to, of any version or of this one. */
const canonicallyCited = (
  { type, parameter, next }: Pick<Having, 'type' | 'parameter' | 'next'>,
  statement: Statement,
  place: Place,
  rows: Rows,
): SQL => {
  const start = `${parameter.name}=`
  const sources = addWith(
    statement,
    sql`SELECT DISTINCT 'url=' || split_part(canonical, '|', 1) AS url, 'version=' || split_part(canonical, '|', 2) AS version
      FROM resource c, unnest(c.tokens) own, substr(own, ${start.length + 1}::int) canonical
      WHERE starts_with(own, ${start}) AND strpos(canonical, '|') > 0 AND ${rows({ type, next }, statement, 'c')}`,
  )
  const tokens = column(place, 'tokens')
  return sql`EXISTS (SELECT FROM ${sources} cited WHERE cited.url = ANY(${tokens}) AND (cited.version = 'version=' OR cited.version = ANY(${tokens})))`
}

/** Where a List cites what is on it. */
const itemOfList = { paths: [{ path: ['entry', 'item'], type: 'Reference' }] }

/** `_list`: what a List has as items, where the caller may see the List (FHIR R4 search 3.1.1.4.16). */
export const listedSql = ({ ids }: Listed, statement: Statement, place: Place): SQL => {
  const named = ids.map((id) => unescaped(id).replace(/^List\//, ''))
  if (named.some((id) => id.startsWith('$')))
    invalid(
      'functional lists such as `$current-allergies` are not kept; name a List by its id',
      '_list',
      'not-supported',
    )
  const start = `item=${place.type}/`
  const items = addWith(
    statement,
    sql`SELECT substr(own, ${start.length + 1}::int) AS id FROM resource l, unnest(${citingTokens(itemOfList, 'l', statement.permit)}) own
      WHERE l.type = 'List' AND l.id = ANY(${list(named, 'text')}) AND NOT l.deleted AND starts_with(own, ${start}) AND ${statement.permit.visible('l', 'List')}`,
  )
  return sql`${column(place, 'id')} = ANY(ARRAY(SELECT id FROM ${items}))`
}

/** Whether a modifier is the name of a type that a reference parameter may point to. */
export const isTargetType = ({ targets }: Served, modifier: string): boolean =>
  isResourceType(modifier) && (targets.length === 0 || targets.includes(modifier))
