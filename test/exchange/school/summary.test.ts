import type { CarePlan, DocumentReference, Organization } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { labelCheck } from '../../../src/exchange/school/labels.ts'
import { schoolSummarySchema } from '../../../src/exchange/school/schema.ts'
import { schoolModel } from '../../../src/exchange/school/source.ts'
import { schoolSummary } from '../../../src/exchange/school/summary.ts'
import { shape } from '../../../src/fhir/definitions/structures.ts'
import { chen, excuse, fixture, given, inputOf, plan, problemOf, summaryOf } from './fixtures.ts'

const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
const labelled = (code: string, system = actCode): DocumentReference => ({
  ...excuse,
  meta: { security: [{ system, code }] },
})
const typed = (code: string): DocumentReference => ({
  ...excuse,
  type: { coding: [{ system: 'https://sluice.example/fhir/CodeSystem/document-type', code }] },
})
const withCode = (code: string): CarePlan => ({
  ...plan,
  activity: [
    {
      detail: {
        status: 'in-progress',
        code: { coding: [{ system: 'https://sluice.example/fhir/CodeSystem/accommodation', code }] },
      },
    },
  ],
})

describe('the fixtures', () => {
  it('consented: what the allow-list names, and nothing else', () => {
    expect(schoolSummary(inputOf('consented'))).toEqual(fixture('consented.summary.json'))
  })

  it('denied: nothing comes out, as for a student who is not known', () => {
    expect(schoolSummary(inputOf('denied'))).toEqual(fixture('denied.problem.json'))
  })
})

describe('a document', () => {
  const hidden: readonly (readonly [string, CarePlan | DocumentReference])[] = [
    ['of another type', typed('consult-note')],
    ['without a type', { ...excuse, type: { text: 'excuse' } }],
    ['of another patient', { ...excuse, subject: { reference: 'Patient/lenard' } }],
    ['of nobody', { ...excuse, subject: { display: 'Lena Park' } }],
    ['entered in error', { ...excuse, status: 'entered-in-error' }],
    ['superseded', { ...excuse, status: 'superseded' }],
    ['still a draft', { ...excuse, docStatus: 'preliminary' }],
    ['revoked', { ...plan, status: 'revoked' }],
    ['with a modifier', { ...excuse, modifierExtension: [{ url: 'urn:not', valueBoolean: true }] }],
    [
      'with a modified activity',
      { ...plan, activity: [{ modifierExtension: [{ url: 'urn:not', valueBoolean: true }] }] },
    ],
    ['for the nurse', typed('medication-administration')],
  ]
  it.each(hidden)('%s stays out', (_, document) => {
    expect(problemOf({ documents: [document] })).toEqual({ kind: 'not-found' })
    expect(summaryOf({ documents: [document, excuse] }).documents).toHaveLength(1)
  })

  it('for the nurse is there for the nurse, without the medication', () => {
    const [document] = summaryOf({ documents: [typed('medication-administration')], nurse: true }).documents
    expect(Object.keys(document ?? {}).toSorted()).toEqual(['authors', 'date', 'type'])
  })

  it('has its time in care only as an excuse', () => {
    const [document] = summaryOf({ documents: [typed('return-to-school')] }).documents
    expect(document).not.toHaveProperty('timeInCare')
  })

  it('says on which day it was in the zone of the school, or as written', () => {
    expect(summaryOf({ documents: [excuse] }).documents[0]?.date).toBe('2026-03-11')
    const { timeZone: _, ...unzoned } = given
    expect(schoolSummary({ ...unzoned, documents: [excuse] })).toMatchObject({
      documents: [{ date: '2026-03-12', timeInCare: { start: '2026-03-12T00:00:00Z' } }],
    })
    expect(summaryOf({ documents: [excuse], timeZone: 'Europe/London' }).documents[0]).toMatchObject({
      timeInCare: { start: '2026-03-12T00:00:00+00:00' },
    })
  })

  it('that has no coded accommodation says so with an empty list', () => {
    const bare = { ...plan, activity: [{ detail: { status: 'in-progress', description: 'x' } }] } as CarePlan
    expect(summaryOf({ documents: [bare] }).documents[0]).toHaveProperty('accommodations', [])
  })

  it('that is a paper has accommodations of none', () => {
    expect(summaryOf({ documents: [typed('accommodation-letter')] }).documents[0]).toHaveProperty(
      'accommodations',
      [],
    )
  })
})

describe('a refusal', () => {
  it('comes with an accommodation outside the list: none is lost unseen, and its code is not repeated', () => {
    const problem = problemOf({ documents: [withCode('anxiety-room'), excuse] })
    expect(problem).toMatchObject({
      kind: 'unprocessable',
      issues: [{ expression: 'documents[0][].accommodations' }],
    })
    expect(JSON.stringify(problem)).not.toContain('anxiety')
  })

  it('comes with what is missing, ambiguous or broken', () => {
    const { date: _, context: __, ...undated } = excuse
    const two = {
      coding: [...(typed('excuse').type?.coding ?? []), ...(typed('return-to-school').type?.coding ?? [])],
    }
    for (const document of [undated, { ...excuse, type: two }, { ...excuse, date: 'yesterday' }])
      expect(problemOf({ documents: [document] }).kind).toBe('unprocessable')
    expect(problemOf({ patient: { ...given.patient, name: [] } }).kind).toBe('unprocessable')
  })

  it.each(['2026-06-15T11:59:59Z', '2026-06', '2025', 'never', ''])(
    'comes with a consent that ended %s',
    (expires) => {
      const retrieved = new Date('2026-07-01T00:00:00Z')
      expect(problemOf({ consent: { reference: 'Consent/x', expires }, retrieved }).kind).toBe('not-found')
    },
  )
})

describe('labels', () => {
  const codes = [
    'SUD',
    'ETH',
    'ETHUD',
    'OPIOIDUD',
    'OPIOUD',
    'HIV',
    '42CFRPart2',
    'PSYTHPN',
    'MH',
    'SDV',
    'NEW',
  ]
  it.each(codes)('%s keeps a document out unless it is allowed', (code) => {
    expect(labelCheck([labelled(code)], [])).toEqual({ shown: [], withheld: [labelled(code)] })
    expect(problemOf({ documents: [labelled(code)] }).kind).toBe('not-found')
  })

  it.each(['SUD', 'HIV', '42CFRPart2'])('%s lets it through when it is allowed', (code) => {
    expect(labelCheck([labelled(code)], ['MH', code]).shown).toHaveLength(1)
  })

  it('must all be allowed, and one that is unknown never is', () => {
    const both = {
      ...excuse,
      meta: {
        security: [
          { system: actCode, code: 'MH' },
          { system: actCode, code: 'SUD' },
        ],
      },
    }
    expect(labelCheck([both], ['MH']).shown).toEqual([])
    expect(labelCheck([labelled('x', 'urn:mine')], ['x', 'unknown-label']).shown).toEqual([])
  })

  it('leave confidentiality and handling alone', () => {
    const restricted = labelled('R', 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality')
    expect(labelCheck([restricted, labelled('NORDSCLCD')], []).withheld).toEqual([])
  })

  it('hold for the patient and for the authors', () => {
    const security = [{ system: actCode, code: '42CFRPart2' }]
    expect(problemOf({ patient: { ...given.patient, meta: { security } } }).kind).toBe('not-found')
    const people = new Map([['Practitioner/chen', { ...chen, meta: { security } }]])
    expect(summaryOf({ people }).documents.flatMap(({ authors }) => authors)).toEqual([])
  })
})

describe('an author', () => {
  const clinic: Organization = {
    resourceType: 'Organization',
    name: 'Riverbend Recovery',
    telecom: [
      { system: 'phone', value: '555-0101 ext. 4' },
      { system: 'email', value: 'desk@recovery.example' },
      { system: 'phone', value: 'ask for the methadone desk' },
    ],
  }
  const people = new Map([['Organization/rr', clinic]])
  const documents = [
    { ...plan, author: { reference: 'Organization/rr/_history/2', display: 'Riverbend Recovery' } },
  ]

  it('that is a clinic has its name and contact', () => {
    expect(summaryOf({ people, documents }).documents[0]?.authors).toEqual([
      {
        name: 'Riverbend Recovery',
        contact: [
          { kind: 'phone', value: '555-0101 ext. 4' },
          { kind: 'email', value: 'desk@recovery.example' },
        ],
      },
    ])
  })

  it('that is a Part 2 program has a telephone and no name (42 CFR 2.13)', () => {
    const summary = summaryOf({ people, documents, hideClinic: true })
    expect(summary.documents[0]?.authors).toEqual([
      { contact: [{ kind: 'phone', value: '555-0101 ext. 4' }] },
    ])
    expect(JSON.stringify(summary)).not.toMatch(/recovery/i)
  })

  it('who is a person keeps the name, without titles', () => {
    expect(summaryOf({ hideClinic: true }).documents[0]?.authors[0]?.name).toBe('Wei Chen')
  })

  it('who was not released has no name', () => {
    expect(summaryOf({ people: new Map() }).documents.flatMap(({ authors }) => authors)).toEqual([])
  })
})

describe('the words of the consent', () => {
  it('go along with Part 2 records only (42 CFR 2.32(b))', () => {
    expect(summaryOf().consent).not.toHaveProperty('scope')
    expect(summaryOf({ hideClinic: true }).consent.scope).toBe(given.consent.scope)
    const part2 = { documents: [labelled('42CFRPart2')], allowedLabels: ['42CFRPart2'] }
    expect(summaryOf(part2).consent.scope).toBe(given.consent.scope)
  })
})

describe('the gate', () => {
  it('refuses an element that is not on the list, wherever it is', () => {
    const summary = summaryOf()
    const [first] = summary.documents
    const diagnosis = 'F41.1'
    for (const wider of [
      { ...summary, diagnosis },
      { ...summary, student: { ...summary.student, diagnosis } },
      { ...summary, consent: { ...summary.consent, diagnosis } },
      { ...summary, documents: [{ ...first, diagnosis }] },
      { ...summary, documents: [{ ...first, authors: [{ contact: [], diagnosis }] }] },
    ])
      expect(schoolSummarySchema.safeParse(wider).success).toBe(false)
  })

  it('reads only what R4 has', () => {
    const own = ['Source', 'School', 'ConsentTerms', 'Document', 'Author']
    const unknown = Object.entries(schoolModel)
      .filter(([type]) => !own.includes(type))
      .flatMap(([type, fields]) => Object.keys(fields).filter((field) => !shape(type)?.properties.has(field)))
    expect(unknown).toEqual([])
  })
})
