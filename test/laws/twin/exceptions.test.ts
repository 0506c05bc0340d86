import { describe, expect, test } from 'vitest'
import * as given from './examples.ts'
import { rho } from './twin.ts'
import type { TwinAsker, TwinException, TwinRecord, TwinWorld } from './twin.ts'

const { asker, condition, consent, held, observation, patient, world } = given

const ids = (from: TwinWorld, who: TwinAsker): readonly string[] =>
  rho(from, who).map(({ resource }) => `${resource.resourceType}/${resource.id}`)

const sud = condition('program', 'sud', 'p-program', 'F11.20')
const therapy = observation('program', 'therapy', 'p-program', { meta: given.labelled('PSYTHPN') })
const hiv = observation('hospital', 'hiv', 'p-hospital', { meta: given.labelled('HIV') })
const other = observation('program', 'other', 'q-program')
const records: readonly TwinRecord[] = [
  sud,
  therapy,
  hiv,
  patient('program', 'q-program'),
  other,
  consent('d', { type: 'deny' }, { organization: [] }),
]

const noon = Date.parse('2026-03-01T12:00:00Z')
const hour = 3_600_000
const opened = (kind: TwinException['kind'], more: Partial<TwinException> = {}): TwinException => ({
  kind,
  organization: 'clinic',
  ...(kind === 'emergency' ? {} : { custodian: 'program' }),
  patient: 'Patient/p-clinic',
  start: noon - hour,
  end: noon + 3 * hour,
  ...more,
})

const seen = (purpose: string, exception: TwinException, more: Partial<TwinAsker> = {}): readonly string[] =>
  ids(world(records, { exceptions: [exception] }), asker('clinic', { purpose, ...more }))

describe('exceptions: CONSENT.md section 5', () => {
  test('an emergency opens the person everywhere, whatever a consent denies, but no notes (42 CFR 2.51)', () => {
    expect(seen('BTG', opened('emergency'))).toEqual([
      'Patient/p-program',
      'Patient/p-hospital',
      'Condition/sud',
      'Observation/hiv',
    ])
  })
  test('for exactly that purpose, that organization, and no patient', () => {
    for (const purpose of ['TREAT', 'ETREAT', 'HLEGAL']) expect(seen(purpose, opened('emergency'))).toEqual([])
    for (const organization of ['clinic-desk', 'billing', 'hospital'])
      expect(seen('BTG', opened('emergency', { organization: 'clinic' }), { organization })).not.toContain('Condition/sud')
    expect(seen('BTG', opened('emergency'), { patient: 'Patient/q-program' })).toEqual(['Patient/q-program', 'Observation/other'])
  }) // prettier-ignore
  test('from its start until before its end', () => {
    expect(seen('BTG', opened('emergency', { start: noon, end: noon + 1 }))).toContain('Condition/sud')
    expect(seen('BTG', opened('emergency', { end: noon }))).toEqual([])
    expect(seen('BTG', opened('emergency', { start: noon + 1 }))).toEqual([])
  })
  test.each([
    ['court-order', 'HLEGAL'],
    ['audit', 'HCOMPL'],
    ['research', 'HRESCH'],
  ] as const)('%s opens one custodian’s records for %s', (kind, purpose) => {
    expect(seen(purpose, opened(kind))).toEqual(['Patient/p-program', 'Condition/sud'])
    expect(seen('BTG', opened(kind))).toEqual([])
    const { patient: _one, ...everybody } = opened(kind)
    expect(seen(purpose, everybody)).toContain('Observation/other')
  })
  test('every label must be in its scope', () => {
    const order = (...labels: readonly string[]) => seen('HLEGAL', opened('court-order', { labels }))
    expect(order('42CFRPart2')).not.toContain('Condition/sud')
    expect(order('42CFRPart2', 'OPIOIDUD')).toContain('Condition/sud')
    expect(order('42CFRPart2', 'SUD')).not.toContain('Condition/sud')
  })
  test('types, dates, records; a Patient goes along unless a consent denies it', () => {
    const scoped = (scope: TwinException['scope']) => seen('HLEGAL', opened('court-order', { scope }))
    expect(scoped({ types: ['Observation'] })).toEqual([])
    expect(scoped({ types: ['Condition'] })).toEqual(['Condition/sud'])
    expect(scoped({ from: Date.parse('2026-02-01'), to: Date.parse('2026-02-02') })).toContain('Condition/sud')
    expect(scoped({ from: Date.parse('2026-02-02') })).toEqual([])
    expect(scoped({ records: ['Condition/sud'] })).toEqual(['Condition/sud'])
    const free = world(records.slice(0, -1), { exceptions: [opened('court-order', { scope: { types: ['Condition'] } })] })
    expect(ids(free, asker('clinic', { purpose: 'HLEGAL' }))).toEqual(['Patient/p-program', 'Condition/sud'])
  }) // prettier-ignore
  test('who is off the care team breaks the glass of the own organization', () => {
    const kim = asker('hospital', { user: 'Practitioner/kim', role: 'clinician' })
    const stored = held('hospital', { ...consent('e', given.permit()).resource, id: 'e' })
    const from = world([hiv, stored], { exceptions: [opened('emergency', { organization: 'hospital' })] })
    expect(ids(from, kim)).toEqual([])
    expect(ids(from, { ...kim, purpose: 'BTG' })).toEqual(['Patient/p-program', 'Patient/p-hospital', 'Observation/hiv'])
  }) // prettier-ignore
})
