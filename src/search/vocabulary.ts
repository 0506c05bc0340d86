import { type SQL, sql } from 'drizzle-orm'
import type { Permit } from '../consent/permit.ts'
import { localReference } from '../fhir/references.ts'
import { invalid } from '../problem.ts'
import type { Connection } from '../store/database.ts'
import { type Codes, isA } from '../terminology/code-system.ts'
import { canonicalParts, compose, isUnlisted, type Loaded } from '../terminology/compose.ts'
import { type Concept, enumerate, type Imported, type Selection } from '../terminology/selection.ts'
import { isBound } from './conditions/token.ts'
import type { Criterion, Valued } from './criterion.ts'
import type { Served } from './parameters.ts'
import { aboveSql } from './terminology/hierarchy-sql.ts'
import { rowsSql } from './terminology/selection-sql.ts'
import { readStored } from './terminology/stored.ts'
import type { ToBase } from './units.ts'
import { split, unescaped } from './values.ts'

/** Index entries that are asked for: so few that they are listed, and those that a subquery gives as `token`. */
export interface Entries {
  readonly tokens: readonly string[]
  readonly queries: readonly SQL[]
}

/** What codes and units mean, as far as one search asks for it. */
export interface Vocabulary {
  readonly toBase: ToBase
  /** Index entries of the codes that the values of an `:in`, `:not-in`, `:below` or `:above` mean. */
  entries(criterion: Valued): Entries
}

/** What is known without the database. */
export interface Known {
  readonly terminology: Loaded
  readonly toBase: ToBase
  /** The base of this server's own addresses. */
  readonly base: string
}

/** The codes that one value means: listed, or as a subquery with `system` and `code` where there are very many. */
type Meant = { readonly concepts: readonly Concept[] } | { readonly rows: SQL }

/** The vocabulary of a search: what the gateway brings, and what the site stored and imported. */
export const readVocabulary = async (
  connection: Connection,
  permit: Permit,
  { terminology, toBase, base }: Known,
  criteria: readonly Criterion[],
): Promise<Vocabulary> => {
  const asked = criteria.flatMap(valued).filter(asksForMeaning)
  const meant = new Map<string, Meant>()
  if (asked.length > 0) {
    const urls = asked.flatMap((criterion) => criterion.values.map((value) => urlOf(criterion, value, base)))
    const types = ['ValueSet', 'CodeSystem'] as const
    const { loaded } = await readStored(connection, permit, terminology, { urls, types })
    for (const criterion of asked)
      for (const value of criterion.values)
        meant.set(nameOf(criterion, value), await meaningOf(connection, loaded, criterion, value, base))
  }
  return { toBase, entries: (criterion) => entriesOf(meant, criterion) }
}

const valued = (criterion: Criterion): Valued[] => {
  switch (criterion.kind) {
    case 'value':
      return [criterion]
    case 'chain':
      return criterion.targets.flatMap(({ next }) => valued(next))
    case 'has':
      return valued(criterion.next)
    default:
      return []
  }
}

const isMembership = ({ modifier }: Pick<Valued, 'modifier'>): boolean =>
  modifier === 'in' || modifier === 'not-in'

const asksForMeaning = ({ modifier, parameter }: Valued): boolean =>
  parameter.kind === 'token' && (isMembership({ modifier }) || modifier === 'above' || modifier === 'below')

const nameOf = ({ modifier = '' }: Pick<Valued, 'modifier'>, value: string): string =>
  `${modifier === 'not-in' ? 'in' : modifier} ${value}`

/** A value set by its canonical URL, or by where it is stored: `ValueSet/<id>` (FHIR R4 search 3.1.1.4.4, `:in`). */
const canonicalOf = (value: string, base: string): string =>
  localReference(unescaped(value), base) ?? unescaped(value)

const urlOf = (criterion: Valued, value: string, base: string): string =>
  isMembership(criterion) ? canonicalParts(canonicalOf(value, base))[0] : partsOf(value)[0]

const partsOf = (value: string): [string, string] => {
  const [system = '', code = ''] = split(value, '|').map(unescaped)
  return [system, code]
}

const meaningOf = (
  connection: Connection,
  loaded: Loaded,
  criterion: Valued,
  value: string,
  base: string,
): Promise<Meant> =>
  isMembership(criterion)
    ? listedOrQuery(connection, membersOf(loaded, criterion.parameter, canonicalOf(value, base)))
    : related(connection, loaded, criterion, value)

const membersOf = (loaded: Loaded, { name }: Served, canonical: string): Selection => {
  const selection = compose(loaded, canonical)
  return isUnlisted(selection)
    ? invalid(
        'the value set is not known here, or its codes cannot be listed; store it as a ValueSet first',
        `${name}:in`,
        'not-found',
      )
    : selection
}

/** Codes that are listed in a statement, at the most. */
const mostListed = 1000

/** Codes of imported systems are listed where they are few: then an index leads to them. */
const listedOrQuery = async (connection: Connection, selection: Selection): Promise<Meant> => {
  const concepts = enumerate(selection)
  return concepts === undefined ? fewOrQuery(connection, rowsSql(selection)) : { concepts }
}

const fewOrQuery = async (connection: Connection, rows: SQL): Promise<Meant> => {
  const found = await connection.query<Concept>(
    sql`SELECT found.system, found.code FROM (${rows}) found LIMIT ${mostListed + 1}::int`,
  )
  return found.length > mostListed ? { rows } : { concepts: found }
}

const related = async (
  connection: Connection,
  { systems, imported }: Loaded,
  { parameter, modifier }: Valued,
  value: string,
): Promise<Meant> => {
  const [system, code] = partsOf(value)
  const [from, codes] = [imported.get(system), systems.get(system)]
  if (system === '' || code === '' || (from ?? codes)?.isSubsuming !== true)
    return invalid(
      'name a code as `system|code`, of a code system with a hierarchy that is stored or imported here',
      parameter.name,
      'not-supported',
    )
  if (from !== undefined) return fewOrQuery(connection, relatedSql(from, code, modifier === 'below'))
  return { concepts: codes === undefined ? [] : relatedIn(codes, code, modifier === 'below') }
}

/** The code itself is asked for whether the system has it or not. */
const relatedSql = (from: Imported, code: string, isBelow: boolean): SQL => {
  const { key, system } = from
  return isBelow
    ? rowsSql({
        kind: 'any',
        of: [
          { kind: 'listed', concepts: [{ system, code }] },
          { kind: 'imported', from, conditions: [{ kind: 'below', code, itself: true }] },
        ],
      })
    : sql`SELECT ${system}::text AS system, code FROM ${aboveSql(key, sql`${code}`)} above`
}

const relatedIn = (codes: Codes, code: string, isBelow: boolean): Concept[] => {
  const others = [...codes.concepts.keys()].filter(
    (other) => other !== code && (isBelow ? isA(codes, other, code) : isA(codes, code, other)),
  )
  return [code, ...others].map((one) => ({ system: codes.url, code: one }))
}

const entriesOf = (meant: ReadonlyMap<string, Meant>, criterion: Valued): Entries => {
  const { parameter, values } = criterion
  const all = values.flatMap((value) => meant.get(nameOf(criterion, value)) ?? [])
  const bound = isBound(parameter) && isMembership(criterion)
  return {
    tokens: all.flatMap((one) =>
      'rows' in one
        ? []
        : one.concepts.map(({ system, code }) => `${parameter.name}=${bound ? '' : `${system}|`}${code}`),
    ),
    queries: all.flatMap((one) =>
      'rows' in one
        ? [
            bound
              ? sql`SELECT ${`${parameter.name}=`} || code AS token FROM (${one.rows}) meant`
              : sql`SELECT ${`${parameter.name}=`} || system || '|' || code AS token FROM (${one.rows}) meant`,
          ]
        : [],
    ),
  }
}
