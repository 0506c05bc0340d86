import type { FhirResource } from 'fhir/r4'
import { describe, expect, test } from 'vitest'
import * as given from './examples.ts'
import { system } from './labels.ts'
import { explain, matches, rho, search } from './twin.ts'
import type { TwinAsker, TwinRecord, TwinWorld } from './twin.ts'

const { asker, condition, held, observation, patient, world } = given

const clinic = asker('clinic')
const hospital = asker('hospital')
const cite = (reference: string): { reference: string; display: string } => ({ reference, display: 'shown' })
const narrative = { status: 'generated', div: '<div>all of it</div>' }
const sud = condition('hospital', 'sud', 'p-hospital', 'F10.20')
const pulse = observation('hospital', 'pulse', 'p-hospital')

const seen = (from: TwinWorld, who: TwinAsker, id: string): FhirResource | undefined =>
  rho(from, who).find(({ resource }) => resource.id === id)?.resource

const plan = (more: object): TwinRecord =>
  held('hospital', {
    resourceType: 'CarePlan',
    id: 'plan',
    status: 'active',
    intent: 'plan',
    subject: cite('Patient/p-hospital'),
    text: narrative,
    ...more,
  })

describe('labels: LABELS.md and CONSENT.md section 6', () => {
  const basesOf = (from: TwinWorld, reference: string) =>
    explain(from, hospital, reference)?.labels.map(({ label, bases }) => [label, bases])
  test('by code, with the basis kept', () => {
    expect(basesOf(world([sud]), 'Condition/sud')).toEqual([['ETHUD', ['code F10.20']]])
  })
  test('by the source program alone: the encounter that a program serves', () => {
    const encounter = { resourceType: 'Encounter', id: 'e', serviceProvider: cite('Organization/program') }
    const within = observation('hospital', 'o', 'p-hospital', { encounter: cite('Encounter/e') })
    const from = world([held('hospital', encounter), within])
    expect(basesOf(from, 'Encounter/e')).toEqual([['42CFRPart2', ['belongs to a program']]])
    expect(basesOf(from, 'Observation/o')).toEqual([['42CFRPart2', ['in an encounter of a program']]])
  })
  test('by the instrument', () => {
    const questionnaire = 'https://sluice.example/fhir/Questionnaire/audit|1.0'
    const response = {
      resourceType: 'QuestionnaireResponse',
      id: 'r',
      questionnaire,
      subject: cite('Patient/p-hospital'),
    }
    const score = observation('hospital', 's', 'p-hospital', {
      derivedFrom: [cite('QuestionnaireResponse/r')],
    })
    const from = world([held('hospital', response), score])
    expect(basesOf(from, 'Observation/s')).toEqual([['SUD', ['from QuestionnaireResponse/r']]])
  })
  test('sensitivity propagates between custodians, 42CFRPart2 does not', () => {
    const source = condition('program', 'theirs', 'p-program', 'F11.20')
    const copy = observation('hospital', 'o', 'p-hospital', { derivedFrom: [cite('Condition/theirs')] })
    expect(basesOf(world([source, copy]), 'Observation/o')).toEqual([['OPIOIDUD', ['from Condition/theirs']]])
  })
  test('to a fixed point', () => {
    const panel = observation('hospital', 'a', 'p-hospital', { hasMember: [cite('Observation/b')] })
    const middle = observation('hospital', 'b', 'p-hospital', { derivedFrom: [cite('Condition/sud')] })
    expect(basesOf(world([panel, middle, sud]), 'Observation/a')).toEqual([['ETHUD', ['from Observation/b']]])
  })
  test('a sender raises; one confidentiality code, then sensitivity', () => {
    const raised = observation('hospital', 'o', 'p-hospital', {
      meta: {
        versionId: '7',
        security: [{ system: system.confidentiality, code: 'V' }, ...given.labels('MH')],
      },
    })
    expect(seen(world([raised]), hospital, 'o')?.meta).toEqual({
      versionId: '7',
      security: [
        { system: system.confidentiality, code: 'V' },
        { system: system.actCode, code: 'MH' },
      ],
    })
  })
})

describe('cuts: CONSENT.md section 6, DESIGN.md section 1', () => {
  test('only the addressed condition goes, with its display and the narrative', () => {
    const asthma = condition('hospital', 'asthma', 'p-hospital', 'J45.909')
    const from = world([sud, asthma, plan({ addresses: [cite('Condition/sud'), cite('Condition/asthma')] })])
    const left = seen(from, clinic, 'plan')
    expect(left).toMatchObject({ addresses: [cite('Condition/asthma')] })
    expect(left).not.toHaveProperty('text')
    expect(left?.meta?.security).toEqual([{ system: system.confidentiality, code: 'N' }])
    expect(seen(from, hospital, 'plan')).toHaveProperty('text')
    expect(explain(from, clinic, 'CarePlan/plan')?.effect).toBe('redact')
  })
  test('an activity goes whole', () => {
    const activity = [
      { reference: cite('Condition/sud'), progress: [{ text: 'sober' }] },
      { detail: { status: 'completed' } },
    ]
    expect(seen(world([sud, plan({ activity })]), clinic, 'plan')).toMatchObject({ activity: [activity[1]] })
  })
  test('the innermost section goes, and an empty list with it', () => {
    const section = [
      { title: 'outer', text: narrative, section: [{ title: 'inner', entry: [cite('Condition/sud')] }] },
    ]
    const composition = held('hospital', {
      resourceType: 'Composition',
      id: 'c',
      subject: cite('Patient/p-hospital'),
      section,
    })
    expect(seen(world([sud, composition]), clinic, 'c')).toMatchObject({ section: [{ title: 'outer' }] })
    expect(JSON.stringify(seen(world([sud, composition]), clinic, 'c'))).not.toContain('all of it')
  })
  test('a derived record goes whole', () => {
    const score = observation('hospital', 'o', 'p-hospital', { derivedFrom: [cite('Condition/sud')] })
    expect(seen(world([sud, score]), clinic, 'o')).toBeUndefined()
  })
  test('another reference is pruned, the record stays', () => {
    const list = { resourceType: 'List', id: 'l', subject: cite('Patient/p-hospital') }
    const entry = [{ item: cite('Condition/sud') }, { item: cite('Observation/pulse') }]
    const left = seen(world([sud, pulse, held('hospital', { ...list, entry })]), clinic, 'l')
    expect(left).toMatchObject({ entry: [entry[1]] })
  })
  test('a reference from a patient’s record to the program is sensitive', () => {
    const request = {
      resourceType: 'ServiceRequest',
      id: 'r',
      subject: cite('Patient/p-hospital'),
      performer: [cite('Organization/program'), cite('Organization/hospital')],
    }
    const from = world([held('hospital', request)])
    expect(seen(from, clinic, 'r')).toMatchObject({ performer: [cite('Organization/hospital')] })
    expect(seen(from, hospital, 'r')).toMatchObject({ performer: request.performer })
  })
  test('a contained resource that only a hidden reference cited goes', () => {
    const contained = [{ resourceType: 'Practitioner', id: 'w' }]
    const note = [{ authorReference: { reference: '#w' }, text: 'x' }]
    const activity = [{ reference: cite('Condition/sud'), progress: note }]
    expect(seen(world([sud, plan({ contained, activity })]), clinic, 'plan')).not.toHaveProperty('contained')
  })
  test('Patient.link only where both ends are visible', () => {
    const linked = patient('hospital', 'linked', {
      link: [{ other: cite('Patient/p-program'), type: 'seealso' }],
    })
    const from = world([linked], { crosswalk: [{ organization: 'clinic', patient: 'linked' }] })
    expect(seen(from, clinic, 'linked')).not.toHaveProperty('link')
  })
  test('inline labels mask the element', () => {
    const url = 'http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label'
    const [valueCoding] = given.labels('GDIS')
    const marked = patient('hospital', 'm', {
      gender: 'other',
      _gender: { extension: [{ url, valueCoding }] },
    })
    const from = world([marked], { crosswalk: [{ organization: 'clinic', patient: 'm' }] })
    expect(seen(from, clinic, 'm')).toBeDefined()
    expect(seen(from, clinic, 'm')).not.toHaveProperty('gender')
    expect(seen(from, clinic, 'm')).not.toHaveProperty('_gender')
  })
})

describe('search: http://hl7.org/fhir/R4/search.html', () => {
  const from = world([sud, pulse, patient('hospital', 'other', { birthDate: '1990-05', gender: 'female' })])
  const at = (id: string): FhirResource => {
    const found = from.records.find(({ resource }) => resource.id === id)?.resource
    if (found === undefined) throw new Error(`no ${id}`)
    return found
  }
  const asks = (id: string, parameter: string, value: string, modifier?: string): boolean =>
    matches(at(id), from, parameter, modifier, value)
  test('token', () => {
    expect(asks('pulse', 'code', '8867-4')).toBe(true)
    expect(asks('pulse', 'code', 'http://loinc.org|8867-4')).toBe(true)
    expect(asks('pulse', 'code', 'http://loinc.org|')).toBe(true)
    expect(asks('pulse', 'code', '|8867-4')).toBe(false)
    expect(asks('pulse', 'code', 'a,8867-4')).toBe(true)
    expect(asks('other', 'gender', 'female')).toBe(true)
  })
  test(':not and :missing', () => {
    expect(asks('pulse', 'code', '8867-4', 'not')).toBe(false)
    expect(asks('pulse', 'category', 'vital-signs', 'not')).toBe(true)
    expect(asks('pulse', 'encounter', 'true', 'missing')).toBe(true)
    expect(asks('pulse', 'status', 'true', 'missing')).toBe(false)
  })
  test('reference', () => {
    expect(asks('pulse', 'patient', 'p-hospital')).toBe(true)
    expect(asks('pulse', 'subject', 'Patient/p-hospital')).toBe(true)
    expect(asks('pulse', 'subject', 'p-hospital', 'Group')).toBe(false)
  })
  test('date with precision and prefixes', () => {
    const dates = [
      '2026',
      'eq2026-02-01',
      'ge2026-02',
      'lt2026-02-02',
      'gt2026-01-31',
      'sa2026-01',
      'eb2026-03',
      'le2026',
    ]
    for (const asked of dates) expect(asks('pulse', 'date', asked), asked).toBe(true)
    for (const asked of ['ne2026', 'gt2026-02-01', 'lt2026-02-01', 'sa2026-02', 'eb2026-02-01T12:00:00Z']) {
      expect(asks('pulse', 'date', asked), asked).toBe(false)
    }
    expect(asks('other', 'birthdate', '1990-05-01')).toBe(false)
    expect(asks('other', 'birthdate', 'lt1990-05-02')).toBe(true)
  })
  test('string', () => {
    expect(asks('other', 'family', 'réy')).toBe(true)
    expect(asks('other', 'family', 'eyes')).toBe(false)
    expect(asks('other', 'family', 'eyes', 'contains')).toBe(true)
    expect(asks('other', 'family', 'reyes', 'exact')).toBe(false)
  })
  test('a chain and _has see nothing that ρ took away', () => {
    expect(asks('sud', 'subject:Patient.family', 'Reyes')).toBe(true)
    expect(asks('p-hospital', '_has:Condition:patient:code', 'F10.20')).toBe(true)
    const left = { records: rho(from, clinic) }
    expect(search(left, 'Patient', [{ parameter: '_has:Condition:patient:code', value: 'F10.20' }])).toEqual(
      [],
    )
    expect(search(left, 'Observation', [{ parameter: 'patient.family', value: 'rey' }])).toHaveLength(1)
  })
})
