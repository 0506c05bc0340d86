import type {
  Appointment,
  CarePlan,
  CareTeam,
  ClinicalImpression,
  Composition,
  DocumentReference,
  Encounter,
  EpisodeOfCare,
  FhirResource,
  List,
  Location,
  MedicationRequest,
  RelatedPerson,
} from 'fhir/r4'
import { buildConsent, type ConsentSpec } from '../consents.ts'
import {
  concept,
  condition,
  document,
  icd10,
  labelled,
  loinc,
  observation,
  patient,
  practitioner,
  serviceRequest,
} from '../records.ts'

/** Resources with their custodian, in the order in which they are stored. */
export interface Held {
  readonly custodian: string
  readonly resources: readonly FhirResource[]
}

const to = (reference: string) => ({ reference })
const said = (reference: string, display: string) => ({ reference, display })
const words = (text: string) => ({
  status: 'generated' as const,
  div: `<div xmlns="http://www.w3.org/1999/xhtml">${text}</div>`,
})
const kilograms = (value: number) => ({
  value,
  unit: 'kg',
  system: 'http://unitsofmeasure.org',
  code: 'kg',
})
const shared = [{ system: 'urn:town', value: 'ann' }]

const encounter = (id: string, more: Partial<Encounter> = {}): Encounter => ({
  resourceType: 'Encounter',
  id,
  status: 'finished',
  class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
  subject: to('Patient/ann'),
  period: { start: '2026-02-01T09:00:00Z', end: '2026-02-01T10:00:00Z' },
  ...more,
})

const medication = (id: string, more: Partial<MedicationRequest> = {}): MedicationRequest => ({
  resourceType: 'MedicationRequest',
  id,
  status: 'active',
  intent: 'order',
  medicationCodeableConcept: concept('urn:drug', 'aspirin', 'Aspirin'),
  subject: to('Patient/ann'),
  authoredOn: '2026-03-01',
  ...more,
})

const relative = (id: string, more: Partial<RelatedPerson> = {}): RelatedPerson => ({
  resourceType: 'RelatedPerson',
  id,
  patient: to('Patient/ann'),
  name: [{ family: `Kin-${id}` }],
  ...more,
})

const impression = (id: string, more: Partial<ClinicalImpression> = {}): ClinicalImpression => ({
  resourceType: 'ClinicalImpression',
  id,
  status: 'completed',
  subject: to('Patient/ann'),
  date: '2026-02-02',
  ...more,
})

/** Where a program works: its address is its name. */
const location: Location = {
  resourceType: 'Location',
  id: 'house',
  name: 'House by the river',
  position: { latitude: 44, longitude: -123 },
  managingOrganization: to('Organization/recovery'),
}

/** What is secret by a label of its own, or of where it comes from. */
const secrets: readonly FhirResource[] = [
  observation('s-obs', 'ann', {
    ...labelled(['HIV']),
    code: loinc('75622-1'),
    category: [concept('urn:category', 'secret', 'secret words')],
    valueQuantity: kilograms(99),
    effectiveDateTime: '2026-05-05',
    identifier: [{ system: 'urn:secret', value: 's-obs', type: concept('urn:type', 'SN') }],
    note: [{ text: 'secret' }],
    component: [{ code: loinc('11111-1'), valueQuantity: kilograms(7) }],
  }),
  observation('s-old', 'ann', { ...labelled(['HIV']), effectiveDateTime: '2020-01-01' }),
  condition('s-cond', 'ann', { code: icd10('F10.20'), onsetDateTime: '2025-05-05' }),
  encounter('s-enc', { ...labelled(['SDV']), type: [concept('urn:visit', 'secret')] }),
  document('s-doc', 'ann', { ...labelled(['HIV']), type: loinc('secret-1'), description: 'secret' }),
  document('note', 'ann', {
    ...labelled(['PSYTHPN']),
    type: loinc('secret-2'),
    author: [to('Practitioner/doc')],
  }),
  serviceRequest('s-order', 'ann', {
    ...labelled(['STD']),
    code: concept('urn:order', 'secret'),
    performer: [to('Practitioner/idle')],
  }),
  medication('s-med', {
    ...labelled(['HIV']),
    medicationCodeableConcept: concept('urn:drug', 'secret'),
  }),
  relative('s-kin', labelled(['VIO'])),
  {
    resourceType: 'List',
    id: 's-list',
    status: 'current',
    mode: 'working',
    title: 'secret',
    subject: to('Patient/ann'),
    entry: [{ item: to('Observation/o1') }],
    ...labelled(['HIV']),
  } satisfies List,
  {
    resourceType: 'Provenance',
    id: 's-prov',
    target: [to('Observation/s-obs')],
    recorded: '2026-05-05T00:00:00Z',
    agent: [{ who: to('Practitioner/idle') }],
  },
]

/** Ordinary records that cite what is secret, in every way that is pruned, masked or inherited. */
const citing: readonly FhirResource[] = [
  observation('o1', 'ann', { valueQuantity: kilograms(70), effectiveDateTime: '2026-01-10' }),
  observation('o2', 'ann', {
    encounter: {
      ...said('Encounter/s-enc', 'secret visit'),
      identifier: { system: 'urn:e', value: 'secret' },
    },
    valueQuantity: kilograms(71),
    basedOn: [to('ServiceRequest/s-order'), to('ServiceRequest/order')],
    text: words('secret'),
    effectiveDateTime: '2026-02-10',
    subject: { reference: 'Patient/ann', identifier: { system: 'urn:town', value: 'ann' } },
    performer: [{ ...to('Practitioner/doc'), identifier: { system: 'urn:staff', value: 'doc' } }],
  }),
  observation('o3', 'ann', {
    encounter: to('Encounter/visit'),
    subject: { reference: 'Patient/ann', identifier: { system: 'urn:town', value: 'ann' } },
    effectiveDateTime: '2026-03-10',
  }),
  observation('o4', 'ann', { derivedFrom: [to('Observation/s-obs')], effectiveDateTime: '2026-04-10' }),
  condition('c1', 'ann', { encounter: to('Encounter/visit'), recordedDate: '2026-01-01' }),
  condition('c2', 'ann', { encounter: to('Encounter/s-enc'), recordedDate: '2026-01-02' }),
  condition('c3', 'ann', {
    evidence: [{ code: [concept('urn:sign', 'rash')], detail: [to('Observation/s-obs')] }],
  }),
  encounter('visit', {
    participant: [
      { individual: to('Practitioner/doc'), type: [concept('urn:part', 'attending')] },
      { individual: to('RelatedPerson/s-kin'), type: [concept('urn:part', 'secret')] },
    ],
    diagnosis: [{ condition: to('Condition/s-cond') }, { condition: to('Condition/c1') }],
    reasonReference: [to('Condition/s-cond')],
  }),
  encounter('visit2', { partOf: to('Encounter/visit'), period: { start: '2026-03-01' } }),
  document('d1', 'ann', {
    relatesTo: [
      { code: 'replaces', target: to('DocumentReference/s-doc') },
      { code: 'appends', target: to('DocumentReference/d2') },
    ],
    context: {
      encounter: [to('Encounter/s-enc'), to('Encounter/visit')],
      related: [to('Observation/s-obs')],
    },
  }),
  document('d2', 'ann'),
  serviceRequest('order', 'ann', {
    reasonReference: [to('Condition/s-cond')],
    supportingInfo: [to('Observation/s-obs')],
    requisition: { system: 'urn:req', value: '1' },
  }),
  serviceRequest('order2', 'ann', {
    basedOn: [to('ServiceRequest/s-order')],
    replaces: [to('ServiceRequest/order')],
  }),
  medication('m1', { encounter: to('Encounter/s-enc') }),
  medication('m2', { reasonReference: [to('Condition/s-cond')], authoredOn: '2026-04-01' }),
  relative('kin'),
  {
    resourceType: 'CarePlan',
    id: 'plan',
    status: 'active',
    intent: 'plan',
    text: words('secret'),
    title: 'Plan',
    subject: to('Patient/ann'),
    encounter: to('Encounter/visit'),
    period: { start: '2026-01-01', end: '2026-12-31' },
    addresses: [said('Condition/c1', 'cold'), said('Condition/s-cond', 'secret')],
    activity: [
      {
        detail: {
          status: 'scheduled',
          code: concept('urn:act', 'rest'),
          scheduledPeriod: { start: '2026-02-01', end: '2026-02-02' },
        },
      },
      {
        outcomeReference: [to('Observation/s-obs')],
        detail: {
          status: 'scheduled',
          code: concept('urn:act', 'secret'),
          scheduledPeriod: { start: '2026-08-01', end: '2026-08-02' },
          performer: [to('Practitioner/idle')],
        },
      },
      { reference: to('ServiceRequest/s-order') },
      { reference: to('ServiceRequest/order') },
      { detail: { status: 'scheduled', code: icd10('F11.20') } },
    ],
    supportingInfo: [to('DocumentReference/note')],
    careTeam: [to('CareTeam/team')],
  } satisfies CarePlan,
  {
    resourceType: 'CarePlan',
    id: 'plan2',
    status: 'draft',
    intent: 'plan',
    subject: to('Patient/ann'),
    basedOn: [to('CarePlan/plan')],
    activity: [{ reference: to('ServiceRequest/s-order'), outcomeReference: [to('Observation/o1')] }],
  } satisfies CarePlan,
  {
    resourceType: 'CareTeam',
    id: 'team',
    status: 'active',
    subject: to('Patient/ann'),
    encounter: to('Encounter/s-enc'),
    participant: [
      { member: to('Practitioner/doc'), onBehalfOf: to('Organization/clinic') },
      { member: to('RelatedPerson/s-kin') },
      { member: to('Organization/recovery') },
    ],
  } satisfies CareTeam,
  {
    resourceType: 'Composition',
    id: 'letter',
    status: 'final',
    type: loinc('34133-9'),
    subject: to('Patient/ann'),
    date: '2026-04-04',
    author: [to('Practitioner/doc')],
    title: 'Letter',
    encounter: to('Encounter/s-enc'),
    section: [
      { title: 'Shown', code: concept('urn:section', 'shown'), entry: [to('Observation/o1')] },
      {
        title: 'Secret',
        code: concept('urn:section', 'secret'),
        entry: [to('Observation/s-obs'), to('Observation/o3')],
      },
    ],
  } satisfies Composition,
  {
    resourceType: 'List',
    id: 'list',
    status: 'current',
    mode: 'working',
    subject: to('Patient/ann'),
    encounter: to('Encounter/visit'),
    entry: [
      { item: to('Observation/o1') },
      { item: to('Observation/s-obs') },
      { item: to('Condition/s-cond') },
      { item: to('Condition/c1') },
    ],
    note: [{ text: 'shown words' }, { text: 'secret words', authorReference: to('RelatedPerson/s-kin') }],
  } satisfies List,
  impression('think', {
    finding: [
      { itemCodeableConcept: concept('urn:finding', 'shown') },
      { itemCodeableConcept: concept('urn:finding', 'secret'), itemReference: to('Condition/s-cond') },
    ],
    problem: [to('Condition/s-cond'), to('Condition/c1')],
    previous: to('ClinicalImpression/think2'),
    supportingInfo: [to('DocumentReference/note')],
  }),
  impression('think2', { encounter: to('Encounter/s-enc'), date: '2026-02-03' }),
  {
    resourceType: 'Appointment',
    id: 'meet',
    status: 'booked',
    start: '2026-07-01T09:00:00Z',
    end: '2026-07-01T10:00:00Z',
    participant: [
      { actor: to('Patient/ann'), status: 'accepted' },
      { actor: to('RelatedPerson/s-kin'), status: 'tentative' },
      { actor: to('Location/house'), status: 'needs-action' },
    ],
  } satisfies Appointment,
  {
    resourceType: 'EpisodeOfCare',
    id: 'episode',
    status: 'active',
    patient: to('Patient/ann'),
    diagnosis: [{ condition: to('Condition/s-cond') }],
    managingOrganization: to('Organization/recovery'),
    period: { start: '2026-01-01' },
  } satisfies EpisodeOfCare,
  {
    resourceType: 'Goal',
    id: 'goal',
    lifecycleStatus: 'active',
    description: { text: 'sleep' },
    subject: to('Patient/ann'),
    addresses: [to('Condition/s-cond')],
    startDate: '2026-01-01',
  },
  {
    resourceType: 'Procedure',
    id: 'proc',
    status: 'completed',
    code: concept('urn:proc', 'x'),
    subject: to('Patient/ann'),
    performedDateTime: '2026-02-01',
    reasonReference: [to('Condition/s-cond')],
    report: [to('DocumentReference/s-doc')],
    performer: [{ actor: to('Practitioner/doc') }],
    location: to('Location/house'),
  },
  {
    resourceType: 'Provenance',
    id: 'prov',
    target: [to('Observation/o1')],
    recorded: '2026-05-06T00:00:00Z',
    agent: [{ who: to('Practitioner/doc') }],
  },
]

/** The directory, and the patients of the clinic. */
const directory: readonly FhirResource[] = [
  practitioner('doc'),
  practitioner('idle'),
  location,
  patient('ann', {
    identifier: shared,
    name: [{ family: 'Same', given: ['Ann'] }],
    managingOrganization: to('Organization/recovery'),
    generalPractitioner: [to('Practitioner/doc')],
    link: [{ other: to('Patient/bea'), type: 'seealso' }],
  }),
  patient('bea'),
  observation('b1', 'bea', { focus: [to('Observation/s-obs')] }),
  observation('b2', 'bea', {
    hasMember: [to('Observation/o1')],
    note: [{ text: 'b2', authorReference: to('Patient/ann') }],
  }),
  observation('b3', 'bea', { basedOn: [to('ServiceRequest/order')], encounter: to('Encounter/visit') }),
]

const consentOf = (id: string, spec: ConsentSpec): FhirResource =>
  JSON.parse(JSON.stringify(buildConsent(id, spec)).replaceAll('@patient', 'Patient/ann')) as FhirResource

/** All that there is, where what is hidden is hidden by labels. */
export const byLabels: readonly Held[] = [
  { custodian: 'clinic', resources: [...directory, ...secrets, ...citing] },
  {
    custodian: 'recovery',
    resources: [
      patient('ann-r', { identifier: shared, name: [{ family: 'Same', given: ['Ann'] }] }),
      observation('r1', 'ann-r', { effectiveDateTime: '2026-02-11' }),
    ],
  },
  {
    custodian: 'hospital',
    resources: [
      patient('ann-h', { identifier: shared, name: [{ family: 'Same', given: ['Ann'] }], link: [{ other: to('Patient/ann-r'), type: 'seealso' }, { other: to('Patient/ann'), type: 'seealso' }] }),
      patient('cyd'),
      observation('h1', 'ann-h', {
        encounter: to('Encounter/s-enc'),
        subject: { reference: 'Patient/ann-h', identifier: { system: 'urn:town', value: 'ann' } },
        effectiveDateTime: '2026-02-12',
      }),
      observation('h2', 'ann-h', { encounter: to('Encounter/visit'), effectiveDateTime: '2026-02-13' }),
      {
        ...(citing.find(({ id }) => id === 'd1') as DocumentReference),
        id: 'hd1',
        subject: to('Patient/ann-h'),
      },
      { ...(citing.find(({ id }) => id === 'plan') as CarePlan), id: 'hplan', subject: to('Patient/ann-h') },
      { ...(citing.find(({ id }) => id === 'visit') as Encounter), id: 'hvisit', subject: to('Patient/ann-h') },
      { ...(citing.find(({ id }) => id === 'list') as List), id: 'hlist', subject: to('Patient/ann-h') },
      { ...(citing.find(({ id }) => id === 'letter') as Composition), id: 'hletter', subject: to('Patient/ann-h') },
      { ...(citing.find(({ id }) => id === 'think') as ClinicalImpression), id: 'hthink', subject: to('Patient/ann-h') },
      { ...(citing.find(({ id }) => id === 'team') as CareTeam), id: 'hteam', subject: to('Patient/ann-h') },
    ],
  },
] // prettier-ignore

const unlabelled = <T extends FhirResource>(resource: T): T => {
  const { meta: _meta, ...rest } = resource
  return rest as T
}

/** The same without labels: what is hidden is hidden by rules about the single record, by instance, class, code or date. */
export const byRules: readonly Held[] = [
  {
    custodian: 'clinic',
    resources: [
      ...directory.map(unlabelled),
      ...secrets.map(unlabelled).map((one) =>
        one.resourceType === 'Condition' ? { ...one, code: icd10('J01') } : one,
      ),
      ...citing.map((one) =>
        one.id === 'plan' ? { ...one, activity: (one as CarePlan).activity?.slice(0, -1) ?? [] } : one,
      ),
      consentOf('rules', {
        root: {
          effect: 'permit',
          to: ['hospital', 'psychiatry'],
          purposes: ['TREAT'],
          provision: [
            {
              effect: 'deny',
              data: ['Observation/s-obs', 'Encounter/s-enc', 'DocumentReference/s-doc', 'RelatedPerson/s-kin', 'List/s-list', 'Provenance/s-prov', 'MedicationRequest/s-med', 'ServiceRequest/s-order', 'DocumentReference/note'].map((one) => ['instance', one]),
            },
            { effect: 'deny', codes: ['http://hl7.org/fhir/sid/icd-10-cm|J01'] },
            { effect: 'deny', dataPeriod: ['2019-01-01', '2021-01-01'] },
          ],
        },
      }),
    ] as FhirResource[],
  },
  ...byLabels.slice(1),
] // prettier-ignore
