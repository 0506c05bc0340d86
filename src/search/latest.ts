import { type SQL, sql } from 'drizzle-orm'

/** What an observation is of: the first coding of its code, else its words. Another coding beside it makes no other group. */
const group =
  sql.raw(`(SELECT coalesce(coalesce(code->'coding'->0->>'system', '') || '|' || (code->'coding'->0->>'code'), ' ' || (code->>'text'))
  FROM (VALUES (r.content::json->'code')) own(code))`)

/**
 * Rows under `r`, or of each group by code only so many of the most recent (https://hl7.org/fhir/R4/observation-operation-lastn.html).
 * What is hidden is no row here, so it takes nobody's place.
 */
export const latestOf = (most: number | undefined, columns: SQL, from: SQL): SQL => {
  if (most === undefined) return sql`SELECT ${columns} FROM ${from}`
  const rank = sql`row_number() OVER (PARTITION BY ${group} ORDER BY r.low DESC NULLS LAST, r.id)`
  return sql`SELECT * FROM (SELECT ${columns}, ${rank} AS recent FROM ${from}) ranked WHERE recent <= ${most}::int`
}
