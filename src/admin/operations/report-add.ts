import { sql } from 'drizzle-orm'
import type { Patient } from 'fhir/r4'
import { exceptionFor, exceptionKinds, type ReportKind } from '../../consent/exceptions.ts'
import { type Mask } from '../../consent/labels.ts'
import { reportDocument } from '../../exchange/report-document.ts'
import type { Services } from '../../services.ts'
import { type Connection, list } from '../../store/database.ts'
import { insertException } from '../../store/exceptions.ts'
import { rebuildPermits } from '../../store/permits.ts'
import { findReportRow, type ReportRow } from '../../store/state-rows.ts'
import { within } from '../administered.ts'
import { fail } from '../fault.ts'
import { operation } from '../operation.ts'
import { demandOrganization } from '../organizations.ts'
import { isTold, type ReportForm, reportForm } from '../report-form.ts'
import { storeRecords } from '../store-records.ts'

/** For how long the agency can fetch a report, in days: it is given once, and is no standing access. */
const lasting = 365

/**
 * Writes a mandated report: a document of its own that the agency of the state row may read, and nothing else of the
 * patient (42 CFR 2.12(c)(6), 45 CFR 164.512(b)(1)(ii), (c)). The document, what opens it and its audit row are stored
 * in one transaction.
 */
export const addReport = operation(reportForm, ({ services }, form) =>
  services.database.transaction(async (connection) => {
    const custodian = await demandCustodian(connection, form)
    const row = await demandRow(connection, custodian, form.kind)
    const agency = await demandAgency(connection, row)
    const patient = await demandOwnPatient(connection, form.patient, custodian.key)
    await demandOwnRecords(connection, form.records, patient.person, custodian.key)
    const id = services.ids.resource()
    const document = `DocumentReference/${id}`
    const now = services.clock.now()
    const report = { ...form, citation: row.citation, written: now, person: calledBy(patient) }
    await storeRecords(
      within(services, connection),
      form.custodian,
      [
        reportDocument(
          {
            ...report,
            custodian: { reference: form.custodian, name: custodian.name },
            agency: { reference: row.agency, name: agency.name },
          },
          id,
        ),
      ],
      'plain',
      {
        interaction: 'report-add',
        marks: ['mandated-report', ...(isTold(form) ? [] : (['patient-untold'] as const))],
      },
    )
    return {
      ...(await open(connection, services, form, row, {
        document,
        person: patient.person,
        custodian: custodian.key,
        agency: agency.key,
      })),
      document,
      agency: row.agency,
      citation: row.citation,
    }
  }),
)

interface Opened {
  readonly document: string
  readonly person: number
  readonly custodian: number
  readonly agency: number
}

/** Opens the document to the agency, for the purpose THREAT and no other. */
const open = async (
  connection: Connection,
  { clock }: Services,
  form: ReportForm,
  { agency: organization, citation }: ReportRow,
  { document, agency, ...whose }: Opened,
): Promise<{ id: string; purpose: string; until: string }> => {
  const kind = exceptionFor(form.kind)
  const { purpose } = exceptionKinds[kind]
  const start = clock.now().getTime()
  const end = start + lasting * 24 * 60 * 60 * 1000
  const id = await insertException(connection, {
    ...whose,
    kind,
    organization: agency,
    client: null,
    start,
    end,
    allowed: await leastLabels(connection, document),
    criteria: [{ kind: 'data', meanings: [{ meaning: 'instance', reference: document }] }],
    form: { ...form, agency: organization, citation, document },
    finding: 'opened',
  })
  await rebuildPermits(connection, [whose.person], { organization, purpose })
  return { id, purpose, until: new Date(end).toISOString() }
}

/** The labels that every cut of the document has: what it names beyond them stays out. */
const leastLabels = async (connection: Connection, document: string): Promise<Mask> => {
  const [row] = await connection.query<{ mask: bigint }>(
    sql`SELECT bit_and(mask) AS mask FROM resource WHERE type = 'DocumentReference' AND id = ${document.split('/')[1] ?? ''}`,
  )
  return BigInt(row?.mask ?? 0n)
}

interface Custodian {
  readonly key: number
  readonly name: string
  readonly state: string | null
  readonly part2: boolean
}

const demandCustodian = async (
  connection: Connection,
  { custodian, kind }: ReportForm,
): Promise<Custodian> => {
  const { key } = await demandOrganization(connection, custodian)
  const [row] = await connection.query<Custodian>(
    sql`SELECT key, name, state, part2 FROM organization WHERE key = ${key}`,
  )
  if (row === undefined) return fail('`custodian`: is not known')
  if (row.part2 && kind !== 'child-abuse')
    return fail(
      '`kind`: a Part 2 program reports child abuse and neglect without consent, and nothing else (42 CFR 2.12(c)(6)); another report needs a consent of the patient or a court order',
    )
  return row
}

const demandRow = async (
  connection: Connection,
  { state }: Custodian,
  kind: ReportKind,
): Promise<ReportRow> => {
  if (state === null)
    return fail(
      '`custodian`: its state is not known; say it with `partner add`, since the state names the agency',
    )
  return (
    (await findReportRow(connection, state, kind)) ??
    fail(
      `\`kind\`: no row says that ${state} demands a report of \`${kind}\`, or to whom; nothing is reported. Set one with \`table set\`: {"reports": [{"state": "${state}", "kind": "${kind}", "agency": "Organization/<id>", "citation": "…"}]}`,
    )
  )
}

const demandAgency = async (
  connection: Connection,
  { agency }: ReportRow,
): Promise<{ key: number; name: string }> => {
  const { key } = await demandOrganization(connection, agency)
  const [row] = await connection.query<{ name: string }>(
    sql`SELECT name FROM organization WHERE key = ${key}`,
  )
  return { key, name: row?.name ?? agency }
}

interface OwnPatient {
  readonly person: number
  readonly content: string
}

/** A Patient of this custodian's; another custodian's answers like one that does not exist. */
const demandOwnPatient = async (
  connection: Connection,
  reference: string,
  custodian: number,
): Promise<OwnPatient> => {
  const [row] = await connection.query<OwnPatient>(
    sql`SELECT person, content FROM resource WHERE type = 'Patient' AND id = ${reference.slice('Patient/'.length)}
      AND custodian = ${custodian} AND person IS NOT NULL AND NOT deleted AND richer IS NULL`,
  )
  return row ?? fail(`\`patient\`: the custodian has no \`${reference}\``)
}

const calledBy = ({ content }: OwnPatient): { name: string; birthDate: string } => {
  const { name = [], birthDate } = JSON.parse(content) as Patient
  const [first] = name
  const called = first?.text ?? [...(first?.given ?? []), first?.family ?? ''].join(' ').trim()
  return { name: called === '' ? 'name not known' : called, birthDate: birthDate ?? 'on a day not known' }
}

/** What a report names is the custodian's own, and the patient's. */
const demandOwnRecords = async (
  connection: Connection,
  records: readonly string[],
  person: number,
  custodian: number,
): Promise<void> => {
  const rows = await connection.query<{ key: string }>(
    sql`SELECT DISTINCT type || '/' || id AS key FROM resource WHERE (type, id) IN
        (SELECT split_part(k, '/', 1), split_part(k, '/', 2) FROM unnest(${list(records, 'text')}) k)
      AND person = ${person} AND custodian = ${custodian} AND NOT deleted`,
  )
  const held = new Set(rows.map(({ key }) => key))
  const missing = records.filter((reference) => !held.has(reference))
  if (missing.length > 0)
    fail(`\`records\`: the custodian has no ${missing.map((own) => `\`${own}\``).join(', ')} of this patient`)
}
