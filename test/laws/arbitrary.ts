import fc from 'fast-check'
import type { Consent, ConsentProvision, FhirResource } from 'fhir/r4'
import type { Asked } from '../../src/consent/asked.ts'
import type { ExceptionKind, ScopeCriterion } from '../../src/consent/exceptions.ts'
import { structure, system } from '../../src/fhir/names.ts'

/** The organizations of every random world: a clinic with its program, a hospital, a psychiatrist, a school, an agency, an agent. */
export const organizations = [
  { id: 'clinic', class: 'covered-entity', part2: false, partOf: null, principal: null, state: 'OR' },
  {
    id: 'program',
    class: 'part2-program',
    part2: true,
    partOf: 'Organization/clinic',
    principal: null,
    state: 'OR',
  },
  { id: 'hospital', class: 'covered-entity', part2: false, partOf: null, principal: null, state: 'WA' },
  { id: 'psychiatry', class: 'covered-entity', part2: false, partOf: null, principal: null, state: 'OR' },
  { id: 'school', class: 'school', part2: false, partOf: null, principal: null, state: 'OR' },
  { id: 'agency', class: 'public-health', part2: false, partOf: null, principal: null, state: 'OR' },
  {
    id: 'agent',
    class: 'business-associate',
    part2: false,
    partOf: null,
    principal: 'Organization/hospital',
    state: 'OR',
  },
  { id: 'broker', class: 'intermediary', part2: false, partOf: null, principal: null, state: 'OR' },
] as const

const custodians = ['Organization/clinic', 'Organization/program', 'Organization/hospital']
const recipients = organizations.map(({ id }) => `Organization/${id}`)
const actLabels = [
  '42CFRPart2',
  'SUD',
  'ETH',
  'ETHUD',
  'OPIOIDUD',
  'HIV',
  'MH',
  'PSY',
  'BH',
  'PSYTHPN',
  'SDV',
]
const purposes = ['TREAT', 'COC', 'ETREAT', 'BTG', 'HPAYMT', 'HOPERAT', 'PUBHLTH', 'CAREMGT', 'FAMRQT']
const types = ['Condition', 'Observation', 'MedicationRequest']
const codes = ['F33.1', 'F11.20', 'B20', 'J45']

const actor = (role: string, references: readonly string[]) =>
  fc.constantFrom(...references).map((reference) => ({
    role: { coding: [{ system: system.participation, code: role }] },
    reference: { reference },
  }))

const securityLabel = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...actLabels).map((code) => ({ system: system.actCode, code })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('N', 'R', 'V').map((code) => ({ system: system.confidentiality, code })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('counseling-notes')
      .map((code) => ({ system: 'https://sluice.example/fhir/CodeSystem/sensitivity', code })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('nonsense').map((code) => ({ system: 'http://else.example', code })),
  },
)

const period = fc.constantFrom(
  { start: '2025-01-01', end: '2027-12-31' },
  { end: '2025-12-31' },
  { start: '2026-06-01' },
  { start: '2026-06-15T12:00:00Z', end: '2026-06-15T12:00:00Z' },
  { start: 'broken' },
)

const sometimes = <T>(arbitrary: fc.Arbitrary<T>, odds = 3) =>
  fc.option(arbitrary, { nil: undefined, freq: odds - 1 })

/** The RelatedPerson of the run that the ids are of. */
const relatedIn = ([first = '']: readonly string[]): string =>
  `RelatedPerson/${/\/(.*)-clinic-0$/.exec(first)?.[1] ?? ''}-related`

/** Provisions to three levels, with every criterion; `ids` are the records that `data` may name. */
const provision = (ids: readonly string[], depth: number): fc.Arbitrary<ConsentProvision> =>
  fc.record({
    type: fc.constantFrom('permit', 'permit', 'deny', undefined),
    period: fc.option(period, { nil: undefined, freq: 1 }),
    actor: sometimes(
      fc.array(
        fc.oneof(
          { weight: 6, arbitrary: actor('IRCP', recipients) },
          { weight: 1, arbitrary: actor('PRCP', ['Practitioner/kim', 'Practitioner/nobody']) },
          { weight: 1, arbitrary: actor('IRCP', [relatedIn(ids)]) },
          { weight: 1, arbitrary: actor('CST', custodians) },
          { weight: 1, arbitrary: actor('WHO', recipients) },
        ),
        { minLength: 1, maxLength: 2 },
      ),
    ),
    action: fc.option(
      fc.constantFrom([{ coding: [{ code: 'disclose' }] }], [{ coding: [{ code: 'correct' }] }]),
      { nil: undefined, freq: 1 },
    ),
    securityLabel: sometimes(fc.array(securityLabel, { minLength: 1, maxLength: 4 }), 4),
    purpose: sometimes(
      fc.array(
        fc.constantFrom(...purposes, 'XYZ').map((code) => ({ system: system.actReason, code })),
        { minLength: 1, maxLength: 3 },
      ),
    ),
    class: fc.option(
      fc.array(
        fc.constantFrom(...types, 'Patient').map((code) => ({ system: system.resourceTypes, code })),
        { minLength: 1, maxLength: 2 },
      ),
      { nil: undefined, freq: 1 },
    ),
    code: fc.option(
      fc.array(
        fc
          .constantFrom(...codes)
          .map((code) => ({ coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code }] })),
        { minLength: 1, maxLength: 2 },
      ),
      { nil: undefined, freq: 1 },
    ),
    dataPeriod: fc.option(period, { nil: undefined, freq: 1 }),
    data: fc.option(
      fc.array(
        fc.record({
          meaning: fc.constantFrom('instance', 'related', 'dependents', 'authoredby'),
          reference: fc.constantFrom(...ids, 'Practitioner/kim').map((reference) => ({ reference })),
        }),
        { minLength: 1, maxLength: 2 },
      ),
      { nil: undefined, freq: 1 },
    ),
    provision:
      depth === 0
        ? fc.constant(undefined)
        : sometimes(fc.array(provision(ids, depth - 1), { minLength: 1, maxLength: 3 })),
    extension: fc.option(
      fc
        .constantFrom('treating-providers', 'tpo-general', 'intermediary', 'nonsense')
        .map((valueCode) => [{ url: structure('recipient-class'), valueCode }]),
      { nil: undefined, freq: 1 },
    ),
  }) as fc.Arbitrary<ConsentProvision>

/** A permit as people sign it: a recipient, treatment, and most of the labels by name; sometimes with an exception. */
const generous = (ids: readonly string[]): fc.Arbitrary<ConsentProvision> =>
  fc
    .record({
      who: actor('IRCP', [
        'Organization/psychiatry',
        'Organization/hospital',
        'Organization/agency',
        relatedIn(ids),
      ]),
      named: fc.subarray(actLabels, { minLength: actLabels.length - 2 }),
      within: sometimes(fc.array(provision(ids, 0), { minLength: 1, maxLength: 1 })),
    })
    .map(({ who, named, within }) => ({
      type: 'permit',
      actor: [who],
      purpose: ['TREAT', 'PUBHLTH', 'FAMRQT'].map((code) => ({ system: system.actReason, code })),
      securityLabel: named
        .filter((code) => code !== 'PSYTHPN')
        .map((code) => ({ system: system.actCode, code })),
      ...(within === undefined ? {} : { provision: within }),
    }))

/** A Consent of the patient; mostly complete, now and then without an element of 42 CFR 2.31. */
const consent = (run: string, place: number, ids: readonly string[]): fc.Arbitrary<Consent> =>
  fc
    .record({
      root: fc.oneof({ weight: 3, arbitrary: provision(ids, 2) }, { weight: 2, arbitrary: generous(ids) }),
      lacks: fc.option(
        fc.constantFrom(
          'signature',
          'capacity',
          'revocation',
          'description',
          'expiry',
          'dateTime',
          'custodian',
        ),
        { nil: undefined, freq: 1 },
      ),
      status: fc.constantFrom('active', 'active', 'active', 'inactive'),
      signer: fc.constantFrom('patient', 'patient', 'parent'),
      rule: fc.constantFrom(undefined, 'OPTIN', 'OPTOUT'),
    })
    .map(({ root, lacks, status, rule, signer }) => ({
      resourceType: 'Consent',
      id: `${run}-consent-${place}`,
      status: status as Consent['status'],
      scope: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }],
      },
      category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
      patient: { reference: `Patient/${run}-clinic` },
      ...(lacks === 'dateTime' ? {} : { dateTime: '2026-01-01' }),
      ...(lacks === 'custodian' ? {} : { organization: custodians.map((reference) => ({ reference })) }),
      ...(rule === undefined
        ? { policy: [{ uri: 'https://www.ecfr.gov/current/title-42/part-2' }] }
        : { policyRule: { coding: [{ system: system.actCode, code: rule }] } }),
      extension: [
        ...(lacks === 'description'
          ? []
          : [{ url: structure('consent-description'), valueString: 'what was signed' }]),
        ...(lacks === 'revocation'
          ? []
          : [{ url: structure('revocation-statement'), valueString: 'in writing' }]),
        ...(lacks === 'expiry'
          ? []
          : [{ url: structure('expiry-event'), valueString: 'the end of the school year' }]),
        { url: structure('tpo-statements'), valueString: 'may be redisclosed' },
        ...(lacks === 'signature'
          ? []
          : [
              {
                url: structure('consent-signature'),
                valueSignature: {
                  type: [
                    { system: 'urn:iso-astm:E1762-95:2013', code: '1.2.840.10065.1.12.1.7' },
                    ...(lacks === 'capacity'
                      ? []
                      : [
                          {
                            system: 'https://sluice.example/fhir/CodeSystem/signer-capacity',
                            code: signer,
                          },
                        ]),
                  ],
                  when: '2026-01-01T00:00:00Z',
                  who: { reference: `Patient/${run}-clinic` },
                  ...(signer === 'patient' ? {} : { onBehalfOf: { reference: `Patient/${run}-clinic` } }),
                },
              },
            ]),
      ],
      provision: JSON.parse(JSON.stringify(root)) as ConsentProvision,
    }))

const labelled = fc
  .subarray(actLabels, { maxLength: 2 })
  .map((chosen) => chosen.map((code) => ({ system: system.actCode, code })))

/** A label of one element (DS4P). */
const inline = (code: string) => ({
  url: 'http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label',
  valueCoding: { system: system.actCode, code },
})

const record = (
  run: string,
  custodian: string,
  place: number,
  ids: readonly string[],
): fc.Arbitrary<FhirResource> =>
  fc
    .record({
      type: fc.constantFrom(...types),
      code: fc.constantFrom(...codes),
      security: labelled,
      date: fc.constantFrom(undefined, '2026-03-01', '2024-05', '2026-06-15T12:00:00Z'),
      cites: fc.option(fc.constantFrom(...ids), { nil: undefined, freq: 2 }),
      kim: fc.boolean(),
      note: sometimes(fc.constantFrom('SUD', 'HIV', 'PSY'), 4),
    })
    .map(({ code, security, date, cites, kim, note }) => {
      const subject = { reference: `Patient/${run}-${custodian}` }
      const concept = { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code }] }
      const id = ids[place] ?? ''
      const meta = security.length === 0 ? {} : { meta: { security } }
      const kept = { id: id.split('/')[1] ?? '', ...meta, subject }
      const who = kim ? { reference: 'Practitioner/kim' } : undefined
      if (id.startsWith('Condition'))
        return {
          resourceType: 'Condition',
          ...kept,
          code: concept,
          ...(date === undefined ? {} : { onsetDateTime: date }),
          ...(who === undefined ? {} : { recorder: who }),
          ...(cites === undefined ? {} : { evidence: [{ detail: [{ reference: cites }] }] }),
        }
      if (id.startsWith('Observation'))
        return {
          resourceType: 'Observation',
          ...kept,
          status: 'final',
          code: concept,
          ...(date === undefined ? {} : { effectiveDateTime: date }),
          ...(who === undefined ? {} : { performer: [who] }),
          ...(note === undefined ? {} : { note: [{ text: `${note} in a note`, extension: [inline(note)] }] }),
          ...(cites?.startsWith('Observation') === true && cites !== id
            ? { derivedFrom: [{ reference: cites }] }
            : {}),
        }
      return {
        resourceType: 'MedicationRequest',
        ...kept,
        status: 'active',
        intent: 'order',
        medicationCodeableConcept: concept,
        ...(date === undefined ? {} : { authoredOn: date }),
        ...(who === undefined ? {} : { requester: who }),
        ...(cites?.startsWith('Condition') === true ? { reasonReference: [{ reference: cites }] } : {}),
      }
    })

/** An exception before consent; organizations by their references, times from the moment of asking in milliseconds. */
export interface DrawnException {
  readonly kind: ExceptionKind
  readonly everybody: boolean
  readonly organization: string
  readonly custodian: string | undefined
  readonly start: number
  readonly end: number
  readonly labels: readonly string[] | undefined
  readonly criteria: readonly ScopeCriterion[]
}

const hour = 3_600_000

const exception = (ids: readonly string[]): fc.Arbitrary<DrawnException> =>
  fc.record({
    kind: fc.constantFrom('emergency', 'emergency', 'court-order', 'audit', 'research', 'child-abuse-report'),
    everybody: fc.boolean(),
    organization: fc.constantFrom(
      'Organization/psychiatry',
      'Organization/psychiatry',
      'Organization/clinic',
      'Organization/agent',
      'Organization/agency',
    ),
    custodian: fc.constantFrom(undefined, ...custodians),
    start: fc.constantFrom(-hour, -hour, 0, 1, hour),
    end: fc.constantFrom(2 * hour, 2 * hour, 0, 1),
    labels: fc.option(fc.subarray(actLabels, { minLength: 3 }), { nil: undefined, freq: 1 }),
    criteria: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      {
        weight: 1,
        arbitrary: fc
          .subarray(types, { minLength: 1, maxLength: 2 })
          .map((values): ScopeCriterion[] => [{ kind: 'class', values }]),
      },
      {
        weight: 1,
        arbitrary: fc.constant<ScopeCriterion[]>([
          { kind: 'dataPeriod', start: Date.parse('2026-01-01'), end: Date.parse('2026-06-15') },
        ]),
      },
      {
        weight: 1,
        arbitrary: fc
          .constantFrom(...ids)
          .map((reference): ScopeCriterion[] => [
            { kind: 'data', meanings: [{ meaning: 'instance', reference }] },
          ]),
      },
    ),
  })

/** One person with Patients at three custodians, records that cite each other, and consents of every shape. */
export interface World {
  readonly records: Readonly<Record<string, readonly FhirResource[]>>
  readonly consents: readonly Consent[]
  readonly knownTo: readonly string[]
  readonly exceptions: readonly DrawnException[]
}

export const world = (run: string): fc.Arbitrary<World> => {
  const ids = (custodian: string) =>
    ['Condition', 'Observation', 'MedicationRequest', 'Observation'].map(
      (type, place) => `${type}/${run}-${custodian}-${place}`,
    )
  const all = ['clinic', 'program', 'hospital'].flatMap(ids)
  const related = fc.constantFrom('MTH', 'MTH', 'GUARD', 'GUARD', 'NBOR').map((code): FhirResource => ({
    resourceType: 'RelatedPerson',
    id: `${run}-related`,
    patient: { reference: `Patient/${run}-clinic` },
    relationship: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code }] }],
  }))
  const patient = (custodian: string, birthDate: string): FhirResource => ({
    resourceType: 'Patient',
    id: `${run}-${custodian}`,
    identifier: [{ system: 'urn:mrn', value: run }],
    name: [{ family: 'Doe', given: ['J'] }],
    birthDate,
  })
  const held = (custodian: string, birthDate: string) =>
    fc
      .tuple(
        ...ids(custodian).map((_, place) =>
          record(run, custodian, place, ids(custodian).concat(all)).map((resource) => resource),
        ),
      )
      .map((records) => [patient(custodian, birthDate), ...records])
  const drawn = fc.record({
    records: fc
      .constantFrom('1990-01-01', '2008-06-15', '2008-06-16', '2012-06-15', '2012-06-16', '2016-02-29')
      .chain((born) =>
        fc.record({
          clinic: fc
            .tuple(held('clinic', born), related)
            .map(([records, one]): FhirResource[] => [...records, one]),
          program: held('program', born),
          hospital: held('hospital', born),
        }),
      ),
    consents: fc
      .integer({ min: 0, max: 4 })
      .chain((count) => fc.tuple(...Array.from({ length: count }, (_, place) => consent(run, place, all)))),
    knownTo: fc.subarray(['psychiatry', 'school', 'agency', 'broker', 'hospital']),
    exceptions: fc.array(exception(all), { maxLength: 3 }),
  })
  return drawn.map(withoutPartsUnderLevels)
}

/**
 * Where a consent speaks of levels no note is labelled apart: of a record whose whole is denied by its level, and whose rest
 * would not be, nothing goes out, while the rules would let the rest go (ARCHITECTURE, settled on the side of denying).
 */
const withoutPartsUnderLevels = (drawn: World): World =>
  JSON.stringify(drawn.consents).includes(system.confidentiality)
    ? {
        ...drawn,
        records: Object.fromEntries(
          Object.entries(drawn.records).map(([custodian, own]) => [custodian, own.map(withoutNotes)]),
        ),
      }
    : drawn

const withoutNotes = (resource: FhirResource): FhirResource => {
  if (resource.resourceType !== 'Observation') return resource
  const { note: _note, ...rest } = resource
  return rest
}

/** Everybody who may ask about a world. */
export const askers = (run: string): Asked[] => [
  ...recipients.flatMap((organization) =>
    ['TREAT', 'PUBHLTH', 'HOPERAT'].map((purpose) => ({ organization, purpose })),
  ),
  { organization: 'Organization/psychiatry', purpose: 'ETREAT' },
  ...['BTG', 'HLEGAL', 'HCOMPL', 'HRESCH', 'THREAT'].map((purpose) => ({
    organization: 'Organization/psychiatry',
    purpose,
  })),
  { organization: 'Organization/agent', purpose: 'HCOMPL' },
  { organization: 'Organization/agency', purpose: 'HRESCH' },
  { organization: 'Organization/psychiatry', purpose: 'BTG', user: 'Practitioner/kim', role: 'clinician' },
  { organization: 'Organization/clinic', purpose: 'BTG', user: 'Practitioner/kim', role: 'clinician' },
  { organization: 'Organization/clinic', purpose: 'BTG', patient: `Patient/${run}-clinic` },
  { organization: 'Organization/psychiatry', purpose: 'COC', user: 'Practitioner/kim', role: 'clinician' },
  { organization: 'Organization/clinic', purpose: 'TREAT', user: 'Practitioner/kim', role: 'clinician' },
  { organization: 'Organization/clinic', purpose: 'TREAT', user: 'Practitioner/lee', role: 'officer' },
  { organization: 'Organization/clinic', purpose: 'PATRQT', patient: `Patient/${run}-clinic` },
  ...[
    ['Organization/broker', 'FAMRQT'],
    ['Organization/clinic', 'FAMRQT'],
    ['Organization/clinic', 'TREAT'],
    ['Organization/agent', 'HOPERAT'],
  ].map(([organization = '', purpose = '']) => ({
    organization,
    purpose,
    user: `RelatedPerson/${run}-related`,
    role: 'representative',
  })),
]
