import { type SQL, sql } from 'drizzle-orm'

/**
 * The codes below a code of a release, itself first, each once. One step is one look into the index for each code (the
 * `OFFSET 0` holds the planner to that), so that it takes as long as there are codes, whatever the size of the system.
 */
export const belowSql = (release: number, code: SQL): SQL => walk(release, code, 'parent', 'child')

/** The codes above a code of a release, itself first, each once. */
export const aboveSql = (release: number, code: SQL): SQL => walk(release, code, 'child', 'parent')

const walk = (release: number, code: SQL, from: 'child' | 'parent', to: 'child' | 'parent'): SQL => {
  const [start, end] = [sql.raw(from), sql.raw(to)]
  return sql`(WITH RECURSIVE way(code) AS (SELECT ${code}::text COLLATE "C" UNION SELECT step.code FROM way
    CROSS JOIN LATERAL (SELECT p.${end} AS code FROM concept_parent p WHERE p.release = ${release}::int AND p.${start} = way.code OFFSET 0) step)
    SELECT code FROM way)`
}
