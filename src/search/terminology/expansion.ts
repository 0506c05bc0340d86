import { sql } from 'drizzle-orm'
import { type Connection, list } from '../../store/database.ts'
import type { Concept, Imported, Selection } from '../../terminology/selection.ts'
import { or } from '../planning.ts'
import { type Narrowing, rowsSql } from './selection-sql.ts'

/** A part of the codes of a value set. */
export interface ExpansionPage {
  /** How many there are in all. */
  readonly total: number
  readonly concepts: readonly Concept[]
}

export interface PageAsked {
  readonly filter: string | undefined
  readonly offset: number
  readonly count: number
}

/** A page of a selection, in its order, and how many codes it has: of those that a text filter leaves (ValueSet/$expand). */
export const readExpansion = async (
  connection: Connection,
  selection: Selection,
  { filter, offset, count }: PageAsked,
): Promise<ExpansionPage> => {
  const rows = await connection.query<{
    total: number
    system: string | null
    code: string | null
    display: string | null
  }>(sql`WITH members AS MATERIALIZED (${rowsSql(selection, narrowingOf(filter))}),
      page AS (SELECT * FROM members ORDER BY place, ord, code COLLATE "C", system COLLATE "C" LIMIT ${count}::int OFFSET ${offset}::int)
    SELECT counted.total, page.system, page.code, page.display FROM (SELECT count(*)::int AS total FROM members) counted
      LEFT JOIN page ON true ORDER BY place, ord, code COLLATE "C", system COLLATE "C"`)
  return {
    total: rows[0]?.total ?? 0,
    concepts: rows.flatMap(({ system, code, display }) =>
      system === null || code === null ? [] : [{ system, code, ...(display === null ? {} : { display }) }],
    ),
  }
}

/** After every other character. */
const last = '\u{10FFFF}'

/** Every word of the filter begins a word of what a code is called, or the code begins with the filter. */
const narrowingOf = (filter: string | undefined): Narrowing | undefined => {
  const text = filter?.trim() ?? ''
  if (text === '') return undefined
  const words = sql`(SELECT string_agg(quote_literal(word) || ':*', ' & ')::tsquery FROM unnest(tsvector_to_array(words_of(${text}))) word)`
  const starting = [text, text.toUpperCase()].map(
    (start) => sql`k.code BETWEEN ${start} AND ${`${start}${last}`}`,
  )
  return {
    imported: (release) =>
      sql`c.code IN (SELECT t.code FROM concept_term t WHERE t.release = ${release}::int AND words_of(t.term) @@ ${words}
        UNION ALL SELECT k.code FROM concept k WHERE k.release = ${release}::int AND ${or(starting)})`,
    listed: sql`(starts_with(lower(l.code), lower(${text})) OR words_of(l.display) @@ ${words} OR (l.system, l.code) IN (SELECT e.system, t.code
      FROM concept_term t JOIN code_release e ON e.key = t.release WHERE e.stage = 'current' AND words_of(t.term) @@ ${words}))`,
  }
}

/** What is known of codes of imported systems: what they are called there, and whether they are in use. */
export const readDetails = async (
  connection: Connection,
  concepts: readonly Concept[],
  imported: ReadonlyMap<string, Imported>,
): Promise<Concept[]> => {
  const own = concepts.filter(({ system }) => imported.has(system))
  const rows =
    own.length === 0
      ? []
      : await connection.query<{ system: string; code: string; display: string | null; active: boolean }>(
          sql`SELECT e.system, c.code, c.display, c.active FROM unnest(${list(own.map(({ system }) => system), 'text')},
            ${list(own.map(({ code }) => code), 'text')}) AS asked(system, code)
          JOIN code_release e ON e.system = asked.system AND e.stage = 'current' JOIN concept c ON c.release = e.key AND c.code = asked.code`,
        ) // prettier-ignore
  const known = new Map(rows.map((row) => [`${row.system}|${row.code}`, row]))
  return concepts.map((concept) => {
    const row = known.get(`${concept.system}|${concept.code}`)
    if (row === undefined) return concept
    const display = concept.display ?? row.display ?? undefined
    return {
      ...concept,
      ...(display === undefined ? {} : { display }),
      ...(row.active ? {} : { inactive: true }),
    }
  })
}
