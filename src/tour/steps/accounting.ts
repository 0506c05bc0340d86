import type { AuditEvent } from 'fhir/r4'
import * as z from 'zod'
import { type Guide, matchesIn, summed } from '../guide.ts'
import type { Student } from './revocation.ts'

const rowsSchema = z.array(
  z.object({
    date: z.string(),
    recipient: z.string(),
    name: z.string().nullable(),
    purpose: z.string(),
    consents: z.array(z.string()),
    what: z.array(z.object({ resource: z.string() })),
    notice: z.string().nullable(),
    request: z.string(),
  }),
)

type Row = z.output<typeof rowsSchema>[number]

/** Every consented disclosure of this tour is accounted for: when, to whom, for what, under which consent. */
export const account = async (guide: Guide, student: Student | undefined): Promise<void> => {
  const daniel = await accounting(guide, 'Patient/daniel')
  const release = daniel.find(({ what }) =>
    what.some(({ resource }) => resource.endsWith('/daniel-buprenorphine')),
  )
  guide.check(
    'the hospital’s look at Daniel’s prescription, with consent, recipient, purpose and notice',
    told(release),
    {
      recipient: 'Organization/mercy-general',
      purpose: 'TREAT',
      consents: ['Consent/daniel-consent'],
      what: ['MedicationRequest/daniel-buprenorphine'],
      notice: 'part 2',
    },
  )
  const priya = await accounting(guide, 'Patient/priya')
  guide.check(
    'Priya’s HIV test, to each of the two that she let have it',
    distinct(priya.filter(({ what }) => what.some(({ resource }) => resource === 'Observation/priya-hiv'))),
    ['mercy-general', 'harbor-psychiatry'].map((name) => [
      `Organization/${name}`,
      'TREAT',
      ['Consent/priya-consent'],
    ]),
  )
  const lena = await accounting(guide, 'Patient/lena')
  guide.check(
    'Lena’s summary and letter, under her mother’s consent',
    lena.map(brief),
    [1, 2].map(() => ['Organization/lakeside-schools', 'COC', ['Consent/lena-consent']]),
  )
  guide.check('with the notice that went with them (34 CFR 99.33)', lena.map(noticeOf), ['school', 'school'])
  if (student !== undefined) {
    const tour = await accounting(guide, student.patient)
    guide.check('and the one letter that left before the consent was taken back', tour.map(brief), [
      ['Organization/lakeside-schools', 'COC', [student.consent]],
    ])
  }
  await trail(guide, release)
}

const accounting = async (guide: Guide, patient: string): Promise<Row[]> => {
  const since = guide.began.toISOString()
  const rows = rowsSchema.parse(
    await guide.operate(`accounting --patient ${patient} --since ${since}`, 'accounting', { patient, since }),
  )
  if (rows.length === 0) guide.came('no disclosures')
  for (const { date, recipient, name, purpose, consents, what } of rows)
    guide.came(
      `${date}  ${name ?? recipient}  ${purpose}  ${consents.join(', ')}  ${what.map(({ resource }) => resource).join(', ')}`,
    )
  return rows
}

/** Whoever else uses the gateway meanwhile may have got the same. */
const distinct = (rows: readonly Row[]): unknown[] => [
  ...new Map(rows.map((row) => [JSON.stringify(brief(row)), brief(row)])).values(),
]

const brief = ({ recipient, purpose, consents }: Row): unknown[] => [recipient, purpose, consents]

const noticeOf = ({ notice }: Pick<Row, 'notice'>): string => {
  if (notice === null) return 'none'
  if (notice === '42 CFR part 2 prohibits unauthorized use or disclosure of these records.') return 'part 2'
  return notice.includes('may not pass it on') ? 'school' : 'another'
}

const told = (row: Row | undefined): object | undefined =>
  row && {
    recipient: row.recipient,
    purpose: row.purpose,
    consents: row.consents,
    what: row.what.map(({ resource }) => resource),
    notice: noticeOf(row),
  }

/** The trail, as the custodian's officer finds it; everybody else is refused. */
const trail = async (guide: Guide, release: Row | undefined): Promise<void> => {
  const path = '/fhir/AuditEvent?patient=Patient/daniel&_count=20'
  const found = await guide.ask('riverbend-recovery', 'GET', path)
  const events = matchesIn<AuditEvent>(found)
  const event = events.find(({ entity }) =>
    entity?.some(({ what }) => release !== undefined && what?.identifier?.value === release.request),
  )
  guide.came(
    summed(found, `${events.length} AuditEvents, AuditEvent/${event?.id} of that release among them`),
  )
  guide.check(
    'the program’s officer finds the release in the trail',
    [
      event?.outcomeDesc,
      event?.agent.map(({ who }) => who?.reference).includes('Organization/mercy-general'),
      event?.entity?.some(({ what }) => what?.reference === 'MedicationRequest/daniel-buprenorphine'),
    ],
    ['disclosed', true, true],
  )
  const refused = await guide.ask('mercy-general', 'GET', path)
  guide.came(summed(refused, 'the trail is for the patient and for the custodian’s officer'))
  guide.check('the hospital may not read it', refused.status, 403)
}
