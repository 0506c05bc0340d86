import { sql } from 'drizzle-orm'
import type { Permit } from '../consent/permit.ts'
import { type Connection, list } from '../store/database.ts'
import { findByKeys, type FoundRow } from './find.ts'

/** Which records of a person: of one custodian or of all, of some types or of all, so many at the most. */
export interface ChartPart {
  readonly person: number
  readonly custodian: number | undefined
  readonly types: readonly string[]
  readonly most: number
}

/** A person's records under a permit, Patients first; one more than `most` where there are more. */
export const findChart = async (
  connection: Connection,
  permit: Permit,
  { person, custodian, types, most }: ChartPart,
): Promise<FoundRow[]> => {
  const held = custodian === undefined ? sql`true` : sql`r.custodian = ${custodian}`
  const typed = types.length === 0 ? sql`true` : sql`r.type = ANY(${list(types, 'text')})`
  const rows = await connection.query<{ key: string }>(
    sql`SELECT r.type || '/' || r.id AS key FROM resource r WHERE r.person = ${person} AND ${held} AND ${typed} AND NOT r.deleted
      AND ${permit.visible('r')} ORDER BY r.type <> 'Patient', r.type, r.low DESC NULLS LAST, r.id LIMIT ${most + 1}::int`,
  )
  return findByKeys(
    connection,
    permit,
    rows.map(({ key }) => key),
  )
}
