import { type SQL, sql } from 'drizzle-orm'
import type { AuditEvent } from 'fhir/r4'
import type { Caller } from '../authenticate/caller.ts'
import { every, untold } from '../consent/labels.ts'
import { actsFor } from '../consent/match.ts'
import type { Ask, Found } from '../disclose.ts'
import { endOf, instantText, startOf } from '../fhir/dates.ts'
import { localReference } from '../fhir/references.ts'
import { invalid, refuse } from '../problem.ts'
import { auditEvent, type AuditRow } from '../record/audit-event.ts'
import type { FoundRow } from '../search/find.ts'
import { readCount } from '../search/query.ts'
import { fhirBase, type Services } from '../services.ts'
import type { Connection } from '../store/database.ts'
import { fhirJson, resourceAnswer } from './resource-answer.ts'

/**
 * The trail, as AuditEvents: a patient sees its own, the custodian's officer the custodian's; everybody else is
 * refused by type (CONSENT rules, section 8).
 */
export const auditRead = (services: Services, request: string, id: string): Ask => ({
  interaction: 'read',
  request,
  needs: [{ type: 'AuditEvent', access: 'r' }],
  find: async (connection, { caller }) => {
    const rows = await readAudit(
      connection,
      services,
      caller,
      { rows: [sql`a.id = ${id}`], patient: undefined },
      1,
    )
    return { rows: rows.map(({ found }) => found), answer: resourceAnswer }
  },
})

/** Search by `patient` and `date`, newest first. */
export const auditSearch = (services: Services, request: string, given: URLSearchParams): Ask => ({
  interaction: 'search-type',
  request,
  needs: [{ type: 'AuditEvent', access: 's' }],
  find: async (connection, { caller }): Promise<Found> => {
    const count = readCount(given.get('_count') ?? '50')
    const rows = await readAudit(connection, services, caller, conditions(given), count)
    const base = fhirBase(services)
    return {
      rows: rows.map(({ found }) => found),
      answer: (released) => ({
        status: 200,
        headers: { 'content-type': fhirJson },
        body: `{"resourceType":"Bundle","type":"searchset","total":${rows[0]?.total ?? 0},"link":[{"relation":"self","url":${JSON.stringify(`${base}/AuditEvent${given.size === 0 ? '' : `?${given.toString()}`}`)}}],"entry":[${released
          .map(
            ({ id, text }) =>
              `{"fullUrl":${JSON.stringify(`${base}/AuditEvent/${id}`)},"resource":${text},"search":{"mode":"match"}}`,
          )
          .join(',')}]}`,
      }),
    }
  },
})

/** What was asked, as conditions on the row, and the patient that its records must concern. */
interface Asked {
  readonly rows: readonly SQL[]
  readonly patient: SQL | undefined
}

const conditions = (given: URLSearchParams): Asked => {
  const rows: SQL[] = []
  let patient: SQL | undefined
  for (const [name, value] of given) {
    if (name === '_count' || name === '_format' || name === '_sort') continue
    if (name === 'patient') patient = personSql(localReference(value) ?? `Patient/${value}`)
    else if (name === 'date') rows.push(dated(value))
    else
      invalid(`AuditEvents are found by \`patient\` and \`date\`, not by \`${name}\``, name, 'not-supported')
  }
  return { rows, patient }
}

const personSql = (reference: string): SQL =>
  sql`(SELECT person FROM resource WHERE type = 'Patient' AND id = ${reference.split('/')[1] ?? ''} LIMIT 1)`

const dated = (value: string): SQL => {
  const [, prefix = 'eq', date = ''] = /^(ge|le|gt|lt|eq)?(.*)$/.exec(value) ?? []
  const [start, end] = [startOf(date), endOf(date)]
  if (Number.isNaN(start))
    return invalid('`date` takes a date such as `2026-01-31` or `ge2026-01`', 'date', 'value')
  const [from, until] = [
    sql`${instantText(start)}::text::timestamptz`,
    sql`${instantText(end)}::text::timestamptz`,
  ]
  return (
    {
      ge: sql`a.at >= ${from}`,
      gt: sql`a.at >= ${until}`,
      lt: sql`a.at < ${from}`,
      le: sql`a.at < ${until}`,
    }[prefix] ?? sql`a.at >= ${from} AND a.at < ${until}`
  )
}

/** Whose trail a caller may see: a patient's own, or that of the custodian it is the officer of. */
const scopeOf = ({ asked, roles, homeKey }: Caller): Scope => {
  if (asked.patient !== undefined) return toldTo(ofPerson(personSql(asked.patient)))
  if (actsFor(asked) && (roles.includes('policy') || asked.role === 'officer'))
    return { row: sql`a.custodians @> ARRAY[${homeKey}::int]`, record: sql`(x->>4)::int = ${homeKey}` }
  return refuse({ kind: 'forbidden', text: 'the trail is for patients and for the officer of the custodian' })
}

/** A condition on a row, and the same on one record in it, `x`. */
interface Scope {
  readonly row: SQL
  readonly record: SQL
}

const ofPerson = (person: SQL): Scope => ({
  row: sql`a.persons @> ARRAY[${person}]`,
  record: sql`(x->>3)::int = ${person}`,
})

/** A patient learns nothing here of a report that the patient does not read (45 CFR 164.512(c)(2), 164.524(a)(3)). */
const toldTo = ({ row, record }: Scope): Scope => ({
  row,
  record: sql`${record} AND NOT EXISTS (SELECT FROM resource d WHERE d.type = split_part(x->>0, '/', 1) AND d.id = split_part(x->>0, '/', 2)
    AND (d.mask & ${String(untold)}::bigint) <> 0)`,
})

/** Rows in which some record is the reader's, each with those records and no others. */
const readAudit = async (
  connection: Connection,
  services: Services,
  caller: Caller,
  { rows: asked, patient }: Asked,
  count: number,
): Promise<{ found: FoundRow; total: number }[]> => {
  const own = [scopeOf(caller), ...(patient === undefined ? [] : [ofPerson(patient)])]
  const rows = await connection.query<
    AuditRow & { total: number; mine: AuditRow['detail']['resources'] }
  >(sql`SELECT a.*, m.mine, count(*) OVER ()::int AS total
    FROM audit a CROSS JOIN LATERAL (SELECT jsonb_agg(x) AS mine FROM jsonb_array_elements(a.detail->'resources') x WHERE ${sql.join(
      own.map(({ record }) => record),
      sql` AND `,
    )}) m
    WHERE ${sql.join([sql`m.mine IS NOT NULL`, ...own.map(({ row }) => row), ...asked], sql` AND `)} ORDER BY a.key DESC LIMIT ${count}`)
  return rows.map(({ total, mine, ...row }) => ({
    total,
    found: foundRow(
      auditEvent({ ...row, detail: { ...row.detail, resources: mine ?? [] } }, fhirBase(services)),
      row,
    ),
  }))
}

const foundRow = (event: AuditEvent, row: AuditRow): FoundRow => ({
  type: 'AuditEvent',
  id: event.id ?? '',
  version: '1',
  updated: new Date(row.at),
  deleted: false,
  mask: 1n,
  custodian: row.custodians?.[0] ?? 0,
  person: null,
  confidentiality: 4,
  author: null,
  codes: null,
  refs: [],
  low: null,
  high: null,
  content: JSON.stringify(event),
  ordinary: every,
  hidden: [],
})
