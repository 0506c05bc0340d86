import { sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { Patient } from 'fhir/r4'
import { authenticate } from '../../authenticate/bearer.ts'
import type { Caller } from '../../authenticate/caller.ts'
import { pagePolicy } from '../../console/page.ts'
import type { Permit } from '../../consent/permit.ts'
import { type Answer, type Ask, disclose, type Found } from '../../disclose.ts'
import { refuse } from '../../problem.ts'
import { noticeFor } from '../../redact/redact.ts'
import type { ReleasedResource } from '../../redact/released.ts'
import { respond } from '../../respond.ts'
import { findByKeys, type FoundRow } from '../../search/find.ts'
import type { Services } from '../../services.ts'
import { type Connection, list } from '../../store/database.ts'
import { letter } from './letter.ts'
import { isSchoolPaper } from './select.ts'
import type { Paper, Person } from './source.ts'
import { schoolSummary } from './summary.ts'

/**
 * `GET /exchange/school/students/{localId}/summary`: what a school may know of its student, by the school's own
 * number; JSON, or a letter to print. Unknown, not consented and revoked answer alike (PARTNERS, school).
 */
export const schoolRoute = async (services: Services, context: Context): Promise<Response> => {
  const caller = await authenticate(services, context.req.header('authorization'), services.digest)
  const wantsLetter = (context.req.query('_format') ?? context.req.header('accept') ?? '').includes('html')
  const request = services.ids.request()
  return respond(
    await disclose(
      services,
      caller,
      summaryAsk(services, caller, request, context.req.param('localId') ?? '', wantsLetter),
    ),
  )
}

const summaryAsk = (
  services: Services,
  caller: Caller,
  request: string,
  localId: string,
  wantsLetter: boolean,
): Ask => ({
  interaction: 'school-summary',
  request,
  needs: [
    { type: 'Patient', access: 'r' },
    { type: 'DocumentReference', access: 'r' },
  ],
  find: async (connection, _grant, permit): Promise<Found> => {
    const school = await schoolOf(connection, caller)
    const rows = await findPapers(connection, permit, await studentOf(connection, caller, localId))
    return {
      rows,
      answer: (released) => answer(released, { localId, school, wantsLetter, now: services.clock.now() }),
    }
  },
})

const schoolOf = async (connection: Connection, { asked }: Caller): Promise<School> => {
  const [row] = await connection.query<School>(
    sql`SELECT id, name, policies->>'timeZone' AS "timeZone" FROM organization WHERE id = ${asked.organization.split('/')[1] ?? ''}`,
  )
  return row ?? { id: '', name: '', timeZone: null }
}

/** No id of a resource is a hyphen alone here: a number that is unknown, or two students', stands for nobody. */
const nobody = 'Patient/-'

/** The Patient that a school's own number stands for, in the district or one of its schools. */
const studentOf = async (connection: Connection, { homeKey }: Caller, localId: string): Promise<string> => {
  const rows = await connection.query<{
    patient: string
  }>(sql`SELECT DISTINCT c.patient FROM crosswalk c JOIN organization o ON o.key = c.organization
    JOIN organization h ON h.key = ${homeKey} WHERE c.value = ${localId} AND (o.key = h.key OR o.part_of = 'Organization/' || h.id) LIMIT 2`)
  return rows.length === 1 ? (rows[0]?.patient ?? nobody) : nobody
}

/** The student, the papers that may be shown, and who wrote them: the same statements whether there are any or not. */
const findPapers = async (connection: Connection, permit: Permit, patient: string): Promise<FoundRow[]> => {
  const keys = await connection.query<{ key: string }>(sql`SELECT r.type || '/' || r.id AS key FROM resource r
    WHERE r.person = (SELECT person FROM resource WHERE type = 'Patient' AND id = ${patient.slice('Patient/'.length)} LIMIT 1)
      AND r.type IN ('CarePlan', 'DocumentReference') AND r.tokens && ${list([`subject=${patient}`, `patient=${patient}`], 'text')} AND NOT r.deleted AND ${permit.visible('r')}`)
  const found = await findByKeys(connection, permit, [...new Set([patient, ...keys.map(({ key }) => key)])])
  const papers = found.filter(
    ({ type, content }) => type !== 'Patient' && isSchoolPaper(JSON.parse(content) as Paper, patient, false),
  )
  const people = papers.flatMap(({ refs }) =>
    refs.filter((reference) => /^(Practitioner|Organization)\//.test(reference)),
  )
  return [
    ...found.filter(({ type }) => type === 'Patient'),
    ...papers,
    ...(await findByKeys(connection, permit, [...new Set(people)])),
  ]
}

interface School {
  readonly id: string
  readonly name: string
  /** IANA zone: the day of an evening visit depends on it. */
  readonly timeZone: string | null
}

interface Showing {
  readonly localId: string
  readonly school: School
  readonly wantsLetter: boolean
  readonly now: Date
}

const answer = (
  released: readonly ReleasedResource[],
  { localId, school, wantsLetter, now }: Showing,
): Answer => {
  const patient = released.find(({ type }) => type === 'Patient')
  const papers = released.filter(({ type }) => type === 'CarePlan' || type === 'DocumentReference')
  const consent = consentOf(papers)
  if (patient === undefined || consent === undefined) return refuse({ kind: 'not-found' })
  const labels = [...patient.disclosure.labels, ...papers.flatMap(({ disclosure }) => disclosure.labels)]
  const people = released.filter(({ type }) => type === 'Practitioner' || type === 'Organization')
  const hideClinic = labels.includes('42CFRPart2')
  const summary = schoolSummary({
    localId,
    school: { id: school.id, name: school.name },
    ...(school.timeZone === null ? {} : { timeZone: school.timeZone }),
    patient: JSON.parse(patient.text) as Patient,
    documents: papers.map(({ text }) => JSON.parse(text) as Paper),
    people: new Map(people.map(({ type, id, text }) => [`${type}/${id}`, JSON.parse(text) as Person])),
    consent,
    notice: noticeFor(labels, 'school') ?? '',
    retrieved: now,
    allowedLabels: labels,
    hideClinic,
  })
  if ('problem' in summary) return refuse(summary.problem)
  return wantsLetter
    ? {
        status: 200,
        headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': pagePolicy },
        body: letter(summary),
      }
    : {
        status: 200,
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(summary),
      }
}

/** The consents that the papers went under, and the first day on which one of them ends. */
const consentOf = (papers: readonly ReleasedResource[]) => {
  const consents = [
    ...new Map(
      papers.flatMap(({ disclosure }) => disclosure.consents).map((own) => [own.consent, own]),
    ).values(),
  ]
  const [expires] = consents.flatMap((own) => own.expires ?? []).toSorted()
  if (consents.length === 0) return undefined
  return {
    reference: consents.map(({ consent }) => consent).join(', '),
    scope: consents.map(({ scope }) => scope).join('; '),
    ...(expires === undefined ? {} : { expires }),
  }
}
