import { type SQL, sql } from 'drizzle-orm'
import type { ExceptionKind } from '../consent/exceptions.ts'
import type { Connection } from './database.ts'
import type { Finding } from './exceptions.ts'
import { rebuildPermits } from './permits.ts'

/** An exception as its reviewer sees it. */
export interface ReviewedException {
  readonly id: string
  readonly kind: ExceptionKind
  readonly purpose: string
  readonly finding: Finding
  /** The Patients whom it opens; none where it is for all of a custodian's, or opened nothing. */
  readonly patients: readonly string[]
  readonly custodian: string | null
  readonly recipient: string
  readonly name: string
  readonly client: string | null
  readonly opened: string
  /** The end, as it is now; null where nothing was opened. */
  readonly end: string | null
  readonly inForce: boolean
  readonly form: Readonly<Record<string, unknown>>
  /** How many rows of the accounting name it. */
  readonly disclosures: number
  readonly endedBy: string | null
  readonly reviewed: string | null
  readonly reviewedBy: string | null
  readonly outcome: string | null
  readonly note: string | null
}

/** The exceptions, oldest first; `open` leaves those that are over and reviewed out. */
export const listExceptions = (
  connection: Connection,
  now: Date,
  open: boolean,
): Promise<ReviewedException[]> => {
  const inForce = sql`x.valid @> ${now.toISOString()}::text::timestamptz`
  return connection.query<ReviewedException>(sql`SELECT x.id, x.kind, x.purpose, x.finding, x.client, x.form, x.outcome, x.note,
      ARRAY(SELECT 'Patient/' || p.id FROM resource p WHERE p.type = 'Patient' AND p.richer IS NULL AND NOT p.deleted AND p.person = x.person
        AND (x.custodian IS NULL OR p.custodian = x.custodian) ORDER BY p.key) AS patients,
      'Organization/' || c.id AS custodian, 'Organization/' || o.id AS recipient, o.name,
      ${instant(sql`x.opened`)} AS opened, ${instant(sql`upper(x.valid)`)} AS "end", ${inForce} AS "inForce",
      (SELECT count(*)::int FROM accounting a WHERE (x.person IS NULL OR a.person = x.person)
        AND a.basis @> jsonb_build_array(jsonb_build_object('exception', x.id))) AS disclosures,
      x.ended_by AS "endedBy", ${instant(sql`x.reviewed`)} AS reviewed, x.reviewed_by AS "reviewedBy"
    FROM exception x JOIN organization o ON o.key = x.organization LEFT JOIN organization c ON c.key = x.custodian
    WHERE ${!open} OR ${inForce} OR x.reviewed IS NULL ORDER BY x.key`)
}

const instant = (column: SQL): SQL =>
  sql`to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

/** The row of an exception, held until the transaction ends. */
export interface ExceptionRow {
  readonly key: number
  readonly id: string
  readonly organization: string
  readonly purpose: string
  readonly person: number | null
  readonly custodian: number | null
  readonly in_force: boolean
  readonly reviewed: Date | null
  readonly reviewed_by: string | null
  readonly outcome: string | null
  /** The report that it opens. */
  readonly document: string | null
}

/** Finds an exception, and lets nobody else change it meanwhile. */
export const holdException = async (
  connection: Connection,
  id: string,
  now: Date,
): Promise<ExceptionRow | undefined> => {
  const [row] = await connection.query<ExceptionRow>(
    sql`SELECT x.key, x.id, 'Organization/' || o.id AS organization, x.purpose, x.person, x.custodian, x.reviewed, x.reviewed_by, x.outcome, x.form->>'document' AS document,
        upper(x.valid) > ${now.toISOString()}::text::timestamptz AS in_force
      FROM exception x JOIN organization o ON o.key = x.organization WHERE x.id = ${id} FOR UPDATE OF x`,
  )
  return row
}

/** Ends an exception now; the permits that follow from it are built again in the same transaction. */
export const endException = async (
  connection: Connection,
  { key, person, organization, purpose }: ExceptionRow,
  now: Date,
  by: string | null,
): Promise<void> => {
  const moment = sql`${now.toISOString()}::text::timestamptz`
  await connection.query(sql`UPDATE exception SET ended = ${moment}, ended_by = ${by},
      valid = valid * tstzrange(NULL, ${moment}) WHERE key = ${key}`)
  await rebuildPermits(connection, subjectsOf(person), { organization, purpose })
}

/** Keeps what the review found. */
export const reviewException = (
  connection: Connection,
  { key }: ExceptionRow,
  now: Date,
  { outcome, by, note }: { readonly outcome: string; readonly by: string; readonly note: string },
): Promise<object[]> =>
  connection.query(sql`UPDATE exception SET reviewed = ${now.toISOString()}::text::timestamptz,
      reviewed_by = ${by}, outcome = ${outcome}, note = ${note} WHERE key = ${key}`)

/**
 * The persons whose permits depend on an exception. Where it is for all of a custodian's, everybody: whoever becomes
 * one of them at the same moment waits for its turn, and is not missed.
 */
export const subjectsOf = (person: number | null): readonly number[] | 'all' =>
  person === null ? 'all' : [person]
