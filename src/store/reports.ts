import { sql } from 'drizzle-orm'
import type { ReportKind } from '../consent/exceptions.ts'
import type { Connection } from './database.ts'

/** A mandated report as its custodian's officer sees it. */
export interface WrittenReport {
  readonly id: string
  readonly kind: ReportKind
  /** `DocumentReference/<id>` */
  readonly document: string
  readonly patient: string
  readonly custodian: string
  readonly agency: string
  readonly name: string
  readonly written: string
  /** Until when the agency can fetch it. */
  readonly until: string
  readonly form: Readonly<Record<string, unknown>>
  /** How often it left. */
  readonly disclosures: number
  readonly outcome: string | null
  /** The document as it is stored. */
  readonly content: string
}

/** The mandated reports, oldest first; one alone by its id. */
export const listReports = (connection: Connection, id?: string): Promise<WrittenReport[]> =>
  connection.query<WrittenReport>(sql`SELECT x.id, x.form->>'kind' AS kind, x.form->>'document' AS document, x.form->>'patient' AS patient,
      'Organization/' || c.id AS custodian, 'Organization/' || o.id AS agency, o.name, x.form, x.outcome, d.content,
      to_char(x.opened AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS written,
      to_char(upper(x.valid) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS until,
      (SELECT count(*)::int FROM accounting a WHERE a.person = x.person
        AND a.basis @> jsonb_build_array(jsonb_build_object('exception', x.id))) AS disclosures
    FROM exception x JOIN organization o ON o.key = x.organization JOIN organization c ON c.key = x.custodian
      JOIN resource d ON d.type = 'DocumentReference' AND d.id = split_part(x.form->>'document', '/', 2) AND d.richer IS NULL
    WHERE x.kind LIKE '%-report' AND (${id ?? null}::text IS NULL OR x.id = ${id ?? null}) ORDER BY x.key`)
