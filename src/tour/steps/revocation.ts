import type { Bundle, Consent, FhirResource } from 'fhir/r4'
import { accommodation, documentType, lakesideSis, ref, riverbendMrn, roleCode } from '../../demo/codes.ts'
import { consent } from '../../demo/consent.ts'
import { type Guide, type Reply, resourceIn, summed, tellingOf } from '../guide.ts'
import { summaryPath } from './school.ts'

/** A student of this tour alone, and the consent that was given and taken back. */
export interface Student {
  readonly number: string
  readonly patient: string
  readonly consent: string
}

const school = 'lakeside-schools'

/** A mother consents, the school gets the letter; she revokes, and on the next request the student is unknown. */
export const revoke = async (guide: Guide): Promise<Student> => {
  const student = await enroll(guide)
  const unknown = tellingOf(await summary(guide, `S-none-${guide.tag}`, true))
  const before = await summary(guide, student.number)
  guide.came(summed(before, 'no consent yet'))
  guide.check('without a consent the student is unknown', tellingOf(before), unknown)

  guide.explain(
    'Her mother signs: the accommodations to the school, for coordination of care, until she takes it back.',
  )
  const given = await guide.ask('riverbend', 'POST', '/fhir/Consent', {
    body: student.form,
    saying: `Consent: ${school} may have ${student.plan}, for COC; signed by ${student.mother}`,
  })
  const stored = resourceIn<Consent>(given)
  guide.came(summed(given, `Consent/${stored.id}: ${stored.status}`))
  const after = await summary(guide, student.number)
  guide.came(summed(after, after.status === 200 ? 'the letter' : 'not found'))
  guide.check(
    'with it the school gets the letter, on its next request',
    [given.status, after.status, after.text.includes(`Consent/${stored.id}`)],
    [201, 200, true],
  )

  guide.explain('Her mother takes it back.')
  const revoked = await guide.ask('riverbend', 'PUT', `/fhir/Consent/${stored.id}`, {
    body: { ...stored, status: 'inactive' },
    headers: { 'if-match': given.headers.get('etag') ?? '' },
    saying: 'If-Match: its version; the Consent with status inactive',
  })
  guide.came(summed(revoked, `Consent: ${resourceIn<Consent>(revoked).status}`))
  const last = await summary(guide, student.number)
  guide.came(summed(last))
  guide.check(
    'the clinic revokes it: status inactive',
    [revoked.status, resourceIn<Consent>(revoked).status],
    [200, 'inactive'],
  )
  guide.check(
    'the very next request is answered as for an unknown student, byte for byte',
    tellingOf(last),
    unknown,
  )
  return { number: student.number, patient: student.patient, consent: `Consent/${stored.id ?? ''}` }
}

const summary = (guide: Guide, number: string, quiet = false): Promise<Reply> =>
  guide.ask(school, 'GET', summaryPath(number), { quiet })

const [patientUrl = '', motherUrl = '', planUrl = ''] = [6, 7, 8].map(
  (place) => `urn:uuid:00000000-0000-4000-8000-00000000000${place}`,
)

/** The clinic writes the student down, and the school's number for her. */
const enroll = async (guide: Guide) => {
  guide.explain(
    'A new student in care at Riverbend, with a paper for the school, and known to it under its own number.',
  )
  const signed = new Date(guide.began.getTime() - 24 * 3_600_000).toISOString().slice(0, 10)
  const created = await guide.ask('riverbend', 'POST', '/fhir', {
    body: papers(guide.tag, signed),
    saying: 'transaction: Patient, her mother as RelatedPerson, a CarePlan of school accommodations',
  })
  const [patient = '', mother = '', plan = ''] = (resourceIn<Bundle>(created).entry ?? []).map(
    ({ response }) => /(\w+\/[^/]+)\/_history\//.exec(response?.location ?? '')?.[1] ?? '',
  )
  guide.came(summed(created, [patient, mother, plan].join(', ')))
  const number = `S-${guide.tag}`
  await guide.operate(
    `crosswalk add --organization Organization/${school} --patient ${patient} --identifier "${lakesideSis}|${number}"`,
    'crosswalk add',
    { organization: `Organization/${school}`, patient, identifier: { system: lakesideSis, value: number } },
  )
  return { number, patient, mother, plan, form: form(patient, mother, plan, signed) }
}

const papers = (tag: string, from: string): Bundle<FhirResource> => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    {
      fullUrl: patientUrl,
      resource: {
        resourceType: 'Patient',
        identifier: [{ system: riverbendMrn, value: `R-${tag}` }],
        name: [{ use: 'official', family: 'Sato', given: ['Mina'] }],
        birthDate: '2012-05-09',
      },
      request: { method: 'POST', url: 'Patient' },
    },
    {
      fullUrl: motherUrl,
      resource: {
        resourceType: 'RelatedPerson',
        patient: ref(patientUrl),
        relationship: [roleCode('MTH', 'mother')],
        name: [{ family: 'Sato', given: ['Keiko'] }],
      },
      request: { method: 'POST', url: 'RelatedPerson' },
    },
    {
      fullUrl: planUrl,
      resource: {
        resourceType: 'CarePlan',
        status: 'active',
        intent: 'plan',
        category: [documentType('school-accommodations', 'School accommodations')],
        title: 'School accommodations',
        subject: ref(patientUrl),
        period: { start: from },
        author: ref('Practitioner/chen'),
        activity: [
          { detail: { code: accommodation('quiet-room', 'A quiet room for tests'), status: 'in-progress' } },
        ],
      },
      request: { method: 'POST', url: 'CarePlan' },
    },
  ],
})

const form = (patient: string, mother: string, plan: string, signed: string): Consent => {
  const { id: _id, ...written } = consent({
    id: 'none',
    patient,
    name: 'Mina Sato',
    from: ['riverbend'],
    words: 'The accommodations my daughter needs at school.',
    signed,
    end: `${Number(signed.slice(0, 4)) + 1}-12-31`,
    signer: { who: mother, capacity: 'parent', onBehalfOf: patient },
    policies: ['hipaa', 'ferpa'],
    rules: [{ to: [school], purposes: ['COC'], classes: ['CarePlan'], instances: [plan] }],
  })
  return written
}
