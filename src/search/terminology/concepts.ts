import { sql } from 'drizzle-orm'
import type { Connection } from '../../store/database.ts'
import { type Codes, isAbstract, isA, isInactive } from '../../terminology/code-system.ts'
import type { Imported } from '../../terminology/selection.ts'
import { aboveSql } from './hierarchy-sql.ts'

/** A code system that is known: imported, or as a CodeSystem has it. */
export interface KnownSystem {
  readonly from: Imported | undefined
  readonly codes: Codes | undefined
}

/** What a code system says of one of its codes. */
export interface Details {
  readonly display: string | undefined
  readonly definition: string | undefined
  /** Whatever else it is called. */
  readonly terms: readonly { readonly value: string; readonly language?: string; readonly use?: object }[]
  readonly parents: readonly string[]
  readonly children: readonly string[]
  readonly inactive: boolean
  readonly abstract: boolean
  /** Other properties, each as a parameter has it. */
  readonly properties: readonly { readonly code: string; readonly value: Readonly<Record<string, unknown>> }[]
}

/** What is known of a code; undefined where the system has none such, as far as it is here. */
export const readConcept = (
  connection: Connection,
  { from, codes }: KnownSystem,
  code: string,
): Promise<Details | undefined> =>
  from === undefined
    ? Promise.resolve(codes === undefined ? undefined : detailsIn(codes, code))
    : imported(connection, from.key, code)

const detailsIn = (codes: Codes, code: string): Details | undefined => {
  const own = codes.concepts.get(code)
  if (own === undefined) return undefined
  const children = [...codes.concepts]
    .filter(([, { parents }]) => parents.includes(code))
    .map(([child]) => child)
  return {
    display: own.display,
    definition: own.definition,
    terms: own.designation.map(({ value, language, use }) => ({
      value,
      ...(language === undefined ? {} : { language }),
      ...(use === undefined ? {} : { use }),
    })),
    parents: own.parents,
    children,
    inactive: isInactive(own),
    abstract: isAbstract(own),
    properties: own.properties
      .filter((property) => !['parent', 'child', 'subsumedBy', 'inactive'].includes(property.code))
      .map(({ code: name, ...rest }) => ({ code: name, value: rest })),
  }
}

interface Row {
  readonly display: string | null
  readonly active: boolean
  readonly properties: Readonly<Record<string, string | boolean>>
  readonly terms: readonly string[]
  readonly parents: readonly string[]
  readonly children: readonly string[]
}

const imported = async (
  connection: Connection,
  release: number,
  code: string,
): Promise<Details | undefined> => {
  const of = sql`release = ${release}::int`
  const [row] = await connection.query<Row>(sql`SELECT c.display, c.active, c.properties,
      ARRAY(SELECT t.term FROM concept_term t WHERE t.release = c.release AND t.code = c.code AND t.term IS DISTINCT FROM c.display ORDER BY 1) AS terms,
      ARRAY(SELECT p.parent FROM concept_parent p WHERE p.release = c.release AND p.child = c.code ORDER BY 1) AS parents,
      ARRAY(SELECT p.child FROM concept_parent p WHERE p.release = c.release AND p.parent = c.code ORDER BY 1) AS children
    FROM concept c WHERE c.${of} AND c.code = ${code}`)
  if (row === undefined) return undefined
  return {
    display: row.display ?? undefined,
    definition: undefined,
    terms: row.terms.map((value) => ({ value })),
    parents: row.parents,
    children: row.children,
    inactive: !row.active,
    abstract: false,
    properties: Object.entries(row.properties).map(([name, value]) => ({
      code: name,
      value: typeof value === 'boolean' ? { valueBoolean: value } : { valueString: value },
    })),
  }
}

/** Whether a display is one of those that a code has; case and white space do not count. */
export const isNamed = ({ display, terms }: Pick<Details, 'display' | 'terms'>, given: string): boolean =>
  [display, ...terms.map(({ value }) => value)].some(
    (own) => own !== undefined && folded(own) === folded(given),
  )

const folded = (words: string): string => words.trim().toLowerCase().replaceAll(/\s+/g, ' ')

/** Whether each of two codes is the other or above it. */
export const readOrder = async (
  connection: Connection,
  { from, codes }: KnownSystem,
  one: string,
  other: string,
): Promise<{ readonly above: boolean; readonly below: boolean }> => {
  if (from === undefined)
    return codes === undefined
      ? { above: false, below: false }
      : { above: isA(codes, other, one), below: isA(codes, one, other) }
  const [row] = await connection.query<{ above: boolean; below: boolean }>(
    sql`SELECT ${one} IN ${aboveSql(from.key, sql`${other}`)} AS above, ${other} IN ${aboveSql(from.key, sql`${one}`)} AS below`,
  )
  return row ?? { above: false, below: false }
}
