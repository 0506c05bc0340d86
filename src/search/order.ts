import { type SQL, sql } from 'drizzle-orm'
import type { Permit } from '../consent/permit.ts'
import type { Place as CursorPlace } from './cursor.ts'
import type { Served } from './parameters.ts'
import { or } from './planning.ts'
import type { SearchQuery, SortKey } from './query.ts'
import { citingTokens, isEnclosed, rowShown, shownOf } from './shown.ts'

/** One key of an order, as a value of the row under `r`. Without a value a row comes last, in either direction. */
export interface OrderKey {
  readonly value: SQL
  readonly descending: boolean
  /** Whether every row has one: then an index gives the order, for none puts rows without a value last. */
  readonly always?: true
  /** The type that its text is read as. */
  readonly type: 'text' | 'timestamptz' | 'float8'
}

/** The order of a search: as asked, then newest first, and type and id so that it is stable (FHIR R4 search 3.1.1.5.1). */
export const orderOf = ({ sort, types }: SearchQuery, permit: Permit): OrderKey[] => {
  const [only] = types
  const single = types.length === 1 && only !== undefined ? only.type : undefined
  const usual: OrderKey = {
    value: single === undefined ? sql`r.updated` : sql`r.low`,
    descending: true,
    type: 'timestamptz',
    ...(single === undefined ? { always: true } : {}),
  }
  return [
    ...(sort.length === 0 ? [usual] : sort.map((key) => asked(key, permit))),
    ...(single === undefined
      ? [{ value: sql`r.type`, descending: false, type: 'text', always: true } as const]
      : []),
    { value: sql`r.id`, descending: false, type: 'text', always: true },
  ]
}

/** Whether an index of a type gives the order: by the clinical date or by `_lastUpdated`, newest first, as where nothing is said. */
export const hasIndex = (sort: SearchQuery['sort']): boolean => {
  const [first, ...others] = sort
  if (first === undefined) return true
  const { parameter, descending } = first
  return others.length === 0 && descending && (parameter.clinical || parameter.name === '_lastUpdated')
}

/** Codes are in the order of the code itself, whatever their system. */
const asked = ({ parameter, descending }: SortKey, permit: Permit): OrderKey => {
  const { name, kind, clinical } = parameter
  const pick = sql.raw(descending ? 'max' : 'min')
  if (name === '_id') return { value: sql`r.id`, descending, type: 'text', always: true }
  if (name === '_lastUpdated') return { value: sql`r.updated`, descending, type: 'timestamptz', always: true }
  if (clinical) return { value: sql`r.low`, descending, type: 'timestamptz' }
  switch (kind) {
    case 'date':
      return {
        value: sql`(SELECT ${pick}(d.low) FROM dates d WHERE d.resource = r.key AND ${paramIs('d', parameter, permit)})`,
        descending,
        type: 'timestamptz',
      }
    case 'string':
      return {
        value: sql`(SELECT ${pick}(w.value) FROM words w WHERE w.resource = r.key AND ${paramIs('w', parameter, permit)})`,
        descending,
        type: 'text',
      }
    case 'number':
    case 'quantity':
      return {
        value: sql`(SELECT ${pick}(coalesce(a.base_low, a.low)) FROM amounts a WHERE a.resource = r.key AND a.param = ${name})`,
        descending,
        type: 'float8',
      }
    default:
      return {
        value: sql`(SELECT ${pick}(own) FROM unnest(${citingTokens(parameter, 'r', permit)}) own
          WHERE starts_with(own, ${`${name}=`}) AND strpos(own, '|') = 0${isKnown(parameter, permit)})`,
        descending,
        type: 'text',
      }
  }
}

/** INVARIANT: no order tells of what is hidden, or of what would go with a reference to it. */
const isKnown = ({ name, kind }: Served, permit: Permit): SQL =>
  kind === 'reference'
    ? sql` AND (NOT ${permit.mayCiteHidden('r')} OR ${rowShown(sql`substr(own, ${name.length + 2}::int)`, permit)})`
    : sql``

const paramIs = (alias: string, parameter: Served, permit: Permit): SQL => {
  const param = sql.raw(`${alias}.param`)
  return isEnclosed(parameter)
    ? sql`CASE WHEN ${permit.mayCiteHidden('r')} THEN ${param} = ANY(${shownOf('r', permit).names(parameter.name)}) ELSE ${param} = ${parameter.name} END`
    : sql`${param} = ${parameter.name}`
}

/** The keys under their names `k0`, `k1` …, as columns. */
export const keyColumns = (order: readonly OrderKey[]): SQL =>
  sql.join(
    order.map(({ value }, place) => sql`${value} AS ${sql.raw(`k${place}`)}`),
    sql`, `,
  )

/** The keys as text, under which a cursor keeps them: exact, whatever their type. */
export const keyTexts = (order: readonly OrderKey[]): SQL =>
  sql.raw(`json_build_array(${order.map((_, place) => `k${place}::text`).join(', ')}) AS place`)

/** The order itself, or the other way round. */
export const sorting = (order: readonly OrderKey[], backward: boolean, names?: readonly SQL[]): SQL =>
  sql.join(
    order.map(({ descending, always }, place) => {
      const name = names?.[place] ?? sql.raw(`k${place}`)
      const down = descending !== backward
      const empty = always === true ? '' : ` NULLS ${backward ? 'FIRST' : 'LAST'}`
      return sql`${name} ${sql.raw(`${down ? 'DESC' : 'ASC'}${empty}`)}`
    }),
    sql`, `,
  )

/** What comes after a place in the order, or before it. Keys are compared from the first to the last. */
export const beyond = (
  order: readonly OrderKey[],
  at: CursorPlace,
  backward: boolean,
  names: readonly SQL[],
): SQL =>
  or(
    order.map((_, last) =>
      sql.join(
        order
          .slice(0, last + 1)
          .map((key, place) =>
            place < last
              ? equal(key, names[place] ?? sql``, at[place])
              : follows(key, names[place] ?? sql``, at[place], backward),
          ),
        sql` AND `,
      ),
    ),
  )

const given = ({ type }: OrderKey, value: CursorPlace[number] | undefined): SQL =>
  sql`${String(value)}::text::${sql.raw(type)}`

const equal = (key: OrderKey, name: SQL, value: CursorPlace[number] | undefined): SQL =>
  value === null ? sql`${name} IS NULL` : sql`${name} = ${given(key, value)}`

const follows = (
  key: OrderKey,
  name: SQL,
  value: CursorPlace[number] | undefined,
  backward: boolean,
): SQL => {
  if (value === null) return backward ? sql`${name} IS NOT NULL` : sql`false`
  const down = key.descending !== backward
  const compared = sql`${name} ${sql.raw(down ? '<' : '>')} ${given(key, value)}`
  return backward || key.always === true ? compared : sql`(${compared} OR ${name} IS NULL)`
}
