import { type SQL, sql } from 'drizzle-orm'
import type { ReportKind } from '../consent/exceptions.ts'
import type { MinorRow } from '../consent/minors.ts'
import { startOf } from '../fhir/dates.ts'
import type { Connection } from './database.ts'

/** To which agency custodians of a state report what. */
export interface ReportRow {
  readonly state: string
  readonly kind: ReportKind
  /** `Organization/<id>` */
  readonly agency: string
  readonly citation: string
}

/** Sets to whom is reported; a row that speaks of the same state and kind is replaced. */
export const setReportRows = (connection: Connection, rows: readonly ReportRow[]): Promise<object[]> =>
  connection.query(sql`INSERT INTO report_row (state, kind, agency, citation)
    SELECT state, kind, agency, citation FROM json_to_recordset(${JSON.stringify(rows)}::text::json)
      AS given(state text, kind text, agency text, citation text)
    ON CONFLICT (state, kind) DO UPDATE SET agency = excluded.agency, citation = excluded.citation`)

/** The row by which a custodian in a state reports. */
export const findReportRow = async (
  connection: Connection,
  state: string,
  kind: ReportKind,
): Promise<ReportRow | undefined> => {
  const [row] = await connection.query<ReportRow>(
    sql`SELECT state, kind, agency, citation FROM report_row WHERE state = ${state} AND kind = ${kind}`,
  )
  return row
}

/** A row of `minorRowsSql`: its days as they were set. */
export interface StoredMinorRow extends Omit<MinorRow, 'since' | 'until'> {
  readonly since: string | null
  readonly until: string | null
}

/** What minors may consent to, by state. */
export const minorRowsSql: SQL = sql`SELECT state, label, minimum_age AS "minimumAge", signs, since::text, until::text, citation FROM minor_row`

/** A stored row as decisions see it. */
export const minorRowOf = ({ since, until, ...row }: StoredMinorRow): MinorRow => ({
  ...row,
  since: since === null ? -Infinity : startOf(since),
  until: until === null ? Infinity : startOf(until),
})

/** Sets what minors may consent to; rows that speak of the same state, label and first day are replaced. */
export const setMinorRows = async (
  connection: Connection,
  rows: readonly StoredMinorRow[],
): Promise<void> => {
  const given = sql`json_to_recordset(${JSON.stringify(rows)}::text::json)
    AS given(state text, label text, "minimumAge" smallint, signs text, since date, until date, citation text)`
  await connection.query(sql`DELETE FROM minor_row m USING ${given}
    WHERE m.state = given.state AND m.label = given.label AND m.since IS NOT DISTINCT FROM given.since`)
  await connection.query(sql`INSERT INTO minor_row (state, label, minimum_age, signs, since, until, citation)
    SELECT state, label, "minimumAge", signs, since, until, citation FROM ${given}`)
}
