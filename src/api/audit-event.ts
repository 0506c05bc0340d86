import { type SQL, sql } from 'drizzle-orm'
import type { AuditEvent } from 'fhir/r4'
import type { Caller } from '../authenticate/caller.ts'
import { every } from '../consent/labels.ts'
import type { Ask, Found } from '../disclose.ts'
import { endOf, startOf } from '../fhir/dates.ts'
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
    const rows = /^\d{1,15}$/.test(id)
      ? await readAudit(connection, services, caller, [sql`a.key = ${id}::text::bigint`], 1, 0)
      : []
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
    const rows = await readAudit(connection, services, caller, conditions(given), count, 0)
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

const conditions = (given: URLSearchParams): SQL[] =>
  [...given].flatMap(([name, value]) => {
    if (name === '_count' || name === '_format' || name === '_sort') return []
    if (name === 'patient')
      return [
        sql`a.persons @> ARRAY[(SELECT person FROM resource WHERE type = 'Patient' AND id = ${(localReference(value) ?? `Patient/${value}`).slice(8)} LIMIT 1)]`,
      ]
    if (name === 'date') return [dated(value)]
    return invalid(
      `AuditEvents are found by \`patient\` and \`date\`, not by \`${name}\``,
      name,
      'not-supported',
    )
  })

const dated = (value: string): SQL => {
  const [, prefix = 'eq', date = ''] = /^(ge|le|gt|lt|eq)?(.*)$/.exec(value) ?? []
  const [start, end] = [startOf(date), endOf(date)]
  if (Number.isNaN(start))
    return invalid('`date` takes a date such as `2026-01-31` or `ge2026-01`', 'date', 'value')
  const [from, until] = [
    sql`${new Date(start).toISOString()}::timestamptz`,
    sql`${new Date(end).toISOString()}::timestamptz`,
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
const scopeOf = ({
  asked,
  roles,
  homeKey,
}: Caller): { condition: SQL; mine: (person: number | null, custodian: number) => boolean } => {
  if (asked.patient !== undefined) {
    const id = asked.patient.split('/')[1] ?? ''
    return {
      condition: sql`a.persons @> ARRAY[(SELECT person FROM resource WHERE type = 'Patient' AND id = ${id} LIMIT 1)]`,
      mine: () => true,
    }
  }
  if (roles.includes('policy') || asked.role === 'officer')
    return {
      condition: sql`a.custodians @> ARRAY[${homeKey}::int]`,
      mine: (_person, custodian) => custodian === homeKey,
    }
  return refuse({ kind: 'forbidden', text: 'the trail is for patients and for the officer of the custodian' })
}

const readAudit = async (
  connection: Connection,
  services: Services,
  caller: Caller,
  asked: readonly SQL[],
  count: number,
  offset: number,
): Promise<{ found: FoundRow; total: number }[]> => {
  const { condition, mine } = scopeOf(caller)
  const rows = await connection.query<
    AuditRow & { total: number }
  >(sql`SELECT a.*, count(*) OVER ()::int AS total FROM audit a
    WHERE ${sql.join([condition, ...asked], sql` AND `)} ORDER BY a.key DESC LIMIT ${count} OFFSET ${offset}`)
  const persons =
    caller.asked.patient === undefined ? undefined : await personOf(connection, caller.asked.patient)
  return rows.map(({ total, ...row }) => ({
    total,
    found: foundRow(
      auditEvent(
        row,
        fhirBase(services),
        (person, custodian) => mine(person, custodian) && (persons === undefined || person === persons),
      ),
      row,
    ),
  }))
}

const personOf = async (connection: Connection, patient: string): Promise<number> => {
  const [row] = await connection.query<{ person: number }>(
    sql`SELECT person FROM resource WHERE type = 'Patient' AND id = ${patient.split('/')[1] ?? ''} LIMIT 1`,
  )
  return row?.person ?? -1
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
