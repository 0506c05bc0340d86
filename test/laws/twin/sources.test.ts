import type { FhirResource } from 'fhir/r4'
import { describe, expect, test } from 'vitest'
import * as given from './examples.ts'
import { system } from './labels.ts'
import { explain, rho } from './twin.ts'
import type { TwinAsker, TwinWorld } from './twin.ts'

const { asker, condition, consent, held, labels, observation, patient, permit, world } = given

const ids = (from: TwinWorld, who: TwinAsker): readonly string[] =>
  rho(from, who).map(({ resource }) => `${resource.resourceType}/${resource.id}`)

const clinic = asker('clinic')
const seen = (from: TwinWorld, who: TwinAsker, id: string): FhirResource | undefined =>
  rho(from, who).find(({ resource }) => resource.id === id)?.resource

describe('education records: 34 CFR 99.3', () => {
  const school = { organization: [{ reference: 'Organization/school' }] }
  const grade = observation('school', 'g', 'p-program')
  const basesOf = (from: TwinWorld, reference: string) =>
    explain(from, asker('school'), reference)?.labels.map(({ label, bases }) => [label, bases])
  test('what a school keeps is one, its directory is not', () => {
    const rows = ['Location', 'Organization', 'Practitioner', 'HealthcareService'].map((resourceType) =>
      held('school', { resourceType, id: resourceType.toLowerCase() }),
    )
    const stored = { ...consent('c', permit()), custodian: 'school' }
    const from = world([grade, patient('school', 'p-clinic'), stored, ...rows])
    for (const reference of ['Observation/g', 'Patient/p-clinic', 'Consent/c'])
      expect(basesOf(from, reference)).toEqual([['ferpa', ['custodian is a school']]])
    expect(ids(from, clinic)).toEqual(expect.arrayContaining(rows.map(({ resource }) => `${resource.resourceType}/${resource.id}`)))
    expect(ids(from, clinic)).not.toContain('Observation/g')
  }) // prettier-ignore
  test('a permit must name it', () => {
    const from = (...codes: readonly string[]) =>
      world([grade, consent('c', permit({ securityLabel: labels(...codes) }), school)])
    expect(ids(from('ferpa'), clinic)).toContain('Observation/g')
    expect(ids(from('HIV'), clinic)).not.toContain('Observation/g')
  })
  test('it travels to other custodians', () => {
    const copy = observation('hospital', 'o', 'p-hospital', { derivedFrom: [{ reference: 'Observation/g' }] })
    const from = world([grade, copy])
    expect(ids(from, clinic)).not.toContain('Observation/o')
    expect(seen(from, asker('hospital'), 'o')?.meta?.security).toEqual([
      { system: system.confidentiality, code: 'R' },
      { system: system.sensitivity, code: 'ferpa' },
    ])
  })
})

describe('NODSCLCD: no disclosure without a consent directive', () => {
  const hospital = { organization: [{ reference: 'Organization/hospital' }] }
  const kept = (...codes: readonly string[]) =>
    observation('hospital', 'o', 'p-hospital', { meta: given.labelled(...codes) })
  const { securityLabel: _named, ...anything } = permit()
  test.each(['NODSCLCD', 'NODSCLCDS'])('%s closes an ordinary record', (code) => {
    expect(ids(world([kept(code)]), clinic)).not.toContain('Observation/o')
  })
  test('no row of the table lets it go', () => {
    const row = { label: 'NODSCLCD', class: null, purpose: null, state: null, effect: 'permit', citation: 'none' }
    const from = world([kept('NODSCLCD')])
    expect(ids({ ...from, table: [row, ...from.table] }, clinic)).not.toContain('Observation/o')
  }) // prettier-ignore
  test('a permit covers it unnamed, each other label must be named', () => {
    expect(ids(world([kept('NODSCLCD'), consent('c', anything, hospital)]), clinic)).toContain('Observation/o')
    const both = kept('HIV', 'NODSCLCD')
    expect(ids(world([both, consent('c', anything, hospital)]), clinic)).not.toContain('Observation/o')
    const named = consent('d', permit({ securityLabel: labels('HIV') }), hospital)
    expect(ids(world([both, consent('c', anything, hospital), named]), clinic)).toContain('Observation/o')
  }) // prettier-ignore
  test('a permit that is about other labels is not about it', () => {
    const other = consent('c', permit({ securityLabel: labels('HIV') }), hospital)
    expect(ids(world([kept('NODSCLCD'), other]), clinic)).not.toContain('Observation/o')
    const own = consent('c', permit({ securityLabel: labels('HIV', 'NODSCLCD') }), hospital)
    expect(ids(world([kept('NODSCLCD', 'HIV'), own]), clinic)).toContain('Observation/o')
  })
  test('it travels, and stands among the labels', () => {
    const copy = observation('hospital', 'p', 'p-hospital', {
      derivedFrom: [{ reference: 'Observation/o' }],
      meta: given.labelled('SUD', 'NOAUTH'),
    })
    const from = world([kept('NODSCLCD'), copy])
    expect(seen(from, asker('hospital'), 'p')?.meta?.security).toEqual([
      { system: system.confidentiality, code: 'R' },
      { system: system.actCode, code: 'NODSCLCD' },
      { system: system.actCode, code: 'SUD' },
      { system: system.actCode, code: 'NOAUTH' },
    ])
  })
})

describe('data that is not stored cannot be evaluated', () => {
  const sud = condition('program', 'sud', 'p-program', 'F11.20')
  const data = (meaning: 'instance' | 'related' | 'dependents', reference = 'Observation/gone') => ({
    data: [{ meaning, reference: { reference } }],
  })
  test.each(['related', 'dependents'] as const)('%s matches in a deny', (meaning) => {
    const deny = consent('d', { type: 'deny', ...data(meaning) })
    expect(ids(world([sud, consent('c', permit()), deny]), clinic)).not.toContain('Condition/sud')
    const there = observation('program', 'gone', 'p-program')
    expect(ids(world([sud, there, consent('c', permit()), deny]), clinic)).toContain('Condition/sud')
  })
  test('instance does not', () => {
    const deny = consent('d', { type: 'deny', ...data('instance') })
    expect(ids(world([sud, consent('c', permit()), deny]), clinic)).toContain('Condition/sud')
  })
  test('related voids a permit', () => {
    const related = permit({
      data: [...data('related').data, ...data('instance', 'Condition/sud').data],
    })
    expect(ids(world([sud, consent('c', related)]), clinic)).not.toContain('Condition/sud')
    const there = observation('program', 'gone', 'p-program')
    expect(ids(world([sud, there, consent('c', related)]), clinic)).toContain('Condition/sud')
  })
})
