import type { Bundle, Condition, Patient, ServiceRequest, Task } from 'fhir/r4'
import { hl7, icd10, mercyMrn, ref } from '../demo/codes.ts'
import { structure } from '../fhir/names.ts'

/** One referral of Mercy General to Riverbend, to be written in either language. */
export interface Referral {
  readonly mrn: string
  /** Message control id, MSH-10. */
  readonly control: string
  /** The hospital's own number of the referral, RF1-6. */
  readonly number: string
  readonly at: Date
}

const diagnoses = [
  ['F33.1', 'Major depressive disorder, recurrent, moderate'],
  ['F41.1', 'Generalized anxiety disorder'],
] as const

const note = 'Low mood and poor sleep for six weeks. Prefers appointments after 4 pm.'

const stamp = (at: Date): string => at.toISOString().replaceAll(/\D/g, '').slice(0, 14)
const dayOf = (at: Date): string => at.toISOString().slice(0, 10)

/** REF^I12 (HL7 v2.5.1, 11.5.1). */
export const asMessage = ({ mrn, control, number, at }: Referral): string => {
  const day = stamp(at).slice(0, 8)
  return [
    `MSH|^~\\&|EPIC|MERCY|SLUICE|RIVERBEND|${stamp(at)}+0000||REF^I12^REF_I12|${control}|P|2.5.1`,
    `RF1|P^Pending^HL70283|A^ASAP^HL70280|PSY^Psychiatric^HL70281||O^Outpatient^HL70284|${number}^MERCY|${day}||${stamp(at)}+0000`,
    'PRD|RP^Referring provider^HL70286|Okafor^James^^^Dr.^MD',
    'PRD|RT^Referred to provider^HL70286',
    `PID|1||${mrn}^^^MERCY^MR||Rivera^Elena^Marisol^^^^L||19930417|F`,
    ...diagnoses.map(([code, display], place) => `DG1|${place + 1}||${code}^${display}^I10C||${day}|W`),
    'PV1|1|E',
    `NTE|1||${note}`,
  ]
    .map((segment) => `${segment}\r`)
    .join('')
}

const [patientUrl, requestUrl, taskUrl, ...conditionUrls] = [1, 2, 3, 4, 5].map(
  (place) => `urn:uuid:00000000-0000-4000-8000-00000000000${place}`,
)

const coded = (system: string, code: string, display: string) => ({ system, code, display })
const v2 = (table: string): string => `http://terminology.hl7.org/CodeSystem/v2-${table}`
const snomed = 'http://snomed.info/sct'

/** The same as a FHIR transaction. */
export const asTransaction = (referral: Referral): Bundle => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    {
      fullUrl: patientUrl,
      resource: patient(referral),
      request: { method: 'POST', url: 'Patient', ifNoneExist: `identifier=${mercyMrn}|${referral.mrn}` },
    },
    ...diagnoses.map((diagnosis, place) => ({
      fullUrl: conditionUrls[place],
      resource: condition(diagnosis, referral.at),
      request: { method: 'POST' as const, url: 'Condition' },
    })),
    { fullUrl: requestUrl, resource: request(referral), request: { method: 'POST', url: 'ServiceRequest' } },
    { fullUrl: taskUrl, resource: task(referral.at), request: { method: 'POST', url: 'Task' } },
  ],
})

const patient = ({ mrn }: Referral): Patient => ({
  resourceType: 'Patient',
  identifier: [
    {
      type: { coding: [coded(v2('0203'), 'MR', 'Medical record number')] },
      system: mercyMrn,
      value: mrn,
    },
  ],
  name: [{ use: 'official', family: 'Rivera', given: ['Elena', 'Marisol'] }],
  gender: 'female',
  birthDate: '1993-04-17',
})

const condition = ([code, display]: readonly [string, string], at: Date): Condition => ({
  resourceType: 'Condition',
  meta: { profile: [structure('behavioral-health-condition')] },
  clinicalStatus: hl7('condition-clinical', 'active'),
  verificationStatus: hl7('condition-ver-status', 'provisional'),
  category: [hl7('condition-category', 'encounter-diagnosis')],
  code: icd10(code, display),
  subject: ref(patientUrl ?? ''),
  onsetDateTime: dayOf(at),
})

const instant = (at: Date): string => `${at.toISOString().slice(0, 19)}+00:00`

const request = ({ number, at }: Referral): ServiceRequest => ({
  resourceType: 'ServiceRequest',
  meta: { profile: [structure('referral-request')] },
  identifier: [
    {
      type: { coding: [coded(v2('0203'), 'PLAC', 'Placer Identifier')] },
      value: number,
      assigner: ref('Organization/mercy-general'),
    },
  ],
  status: 'active',
  intent: 'order',
  category: [
    { coding: [coded(snomed, '3457005', 'Patient referral')] },
    { coding: [coded(v2('0284'), 'O', 'Outpatient')], text: 'Outpatient' },
  ],
  priority: 'asap',
  code: {
    coding: [
      coded(snomed, '183524004', 'Referral to psychiatry service'),
      coded(v2('0281'), 'PSY', 'Psychiatric'),
    ],
    text: 'Psychiatric',
  },
  subject: ref(patientUrl ?? ''),
  occurrencePeriod: { start: dayOf(at) },
  authoredOn: instant(at),
  requester: ref('Organization/mercy-general', 'Dr. James Okafor'),
  performer: [ref('Organization/riverbend')],
  reasonReference: conditionUrls.map((url) => ref(url)),
  note: [{ authorReference: ref('Organization/mercy-general'), text: note }],
})

const task = (at: Date): Task => ({
  resourceType: 'Task',
  meta: { profile: [structure('referral-task')] },
  status: 'requested',
  intent: 'order',
  priority: 'asap',
  code: {
    coding: [coded('http://hl7.org/fhir/CodeSystem/task-code', 'fulfill', 'Fulfill the focal request')],
  },
  focus: ref(requestUrl ?? ''),
  for: ref(patientUrl ?? ''),
  authoredOn: instant(at),
  requester: ref('Organization/mercy-general'),
  owner: ref('Organization/riverbend'),
})
