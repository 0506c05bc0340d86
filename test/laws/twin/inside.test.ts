import { describe, expect, test } from 'vitest'
import * as given from './examples.ts'
import { codingOf, system } from './labels.ts'
import { rho } from './twin.ts'
import type { TwinAsker, TwinRecord, TwinWorld } from './twin.ts'

const { asker, condition, consent, held, labels, observation, permit, world } = given

const ids = (from: TwinWorld, who: TwinAsker): readonly string[] =>
  rho(from, who).map(({ resource }) => `${resource.resourceType}/${resource.id}`)

const clinic = asker('clinic')
const sud = condition('program', 'sud', 'p-program', 'F11.20')
const opened = (provision: Parameters<typeof consent>[1]): readonly string[] =>
  ids(world([sud, consent('c', provision)]), clinic)

describe('inside, notes, policy: sections 1, 2, 8', () => {
  const team = (more: object = {}, effective = true): TwinRecord =>
    held(
      'hospital',
      {
        resourceType: 'CareTeam',
        id: 't',
        status: 'active',
        subject: { reference: 'Patient/p-hospital' },
        participant: [{ member: { reference: 'Practitioner/d' } }],
        ...more,
      },
      effective,
    )
  const note = observation('hospital', 'n', 'p-hospital', {
    meta: given.labelled('PSYTHPN'),
    performer: [{ reference: 'Practitioner/d' }],
  })
  const doctor = asker('hospital', { user: 'Practitioner/d' })
  test('the system client sees everything but notes', () => {
    expect(ids(world([sud, note]), asker('hospital'))).toEqual(['Patient/p-hospital'])
    expect(ids(world([sud, note]), asker('program'))).toEqual(['Patient/p-program', 'Condition/sud'])
  })
  test('a user by current, accepted care team; notes for their author', () => {
    expect(ids(world([note, team()]), doctor)).toContain('Observation/n')
    expect(ids(world([note, team({}, false)]), doctor)).toEqual([])
    expect(ids(world([note, team({ period: { end: '2026-02-28' } })]), doctor)).toEqual([])
    expect(ids(world([note, team({ status: 'inactive' })]), doctor)).toEqual([])
    const other = { participant: [{ member: { reference: 'Practitioner/e' } }] }
    expect(ids(world([note, team(other)]), { ...doctor, user: 'Practitioner/e' })).toEqual([
      'Patient/p-hospital',
      'CareTeam/t',
    ])
  })
  test('not for the patient either (45 CFR 164.524(a)(1)(i))', () => {
    expect(ids(world([note]), asker('app', { patient: 'Patient/p-hospital' }))).not.toContain('Observation/n')
  })
  test('notes need a consent that permits nothing else (42 CFR 2.31(b))', () => {
    const hospital = { organization: [{ reference: 'Organization/hospital' }] }
    const from = (...codes: readonly string[]) =>
      world([note, consent('c', permit({ securityLabel: labels(...codes) }), hospital)])
    expect(ids(from('PSYTHPN'), clinic)).toContain('Observation/n')
    expect(ids(from('PSYTHPN', 'SUD'), clinic)).not.toContain('Observation/n')
  })
  test('the patient’s own, every custodian, nobody else’s (42 CFR 2.23)', () => {
    const other = observation('hospital', 'q', 'q-hospital')
    const mine = asker('app', { patient: 'Patient/p-clinic' })
    expect(ids(world([sud, other, consent('c', permit())]), mine)).toEqual([
      'Patient/p-program',
      'Patient/p-hospital',
      'Condition/sud',
      'Consent/c',
    ])
  })
  test('stored consents are not for others', () => {
    expect(opened(permit())).not.toContain('Consent/c')
    expect(codingOf('ferpa').system).toBe(system.sensitivity)
  })
})
