import type { Consent } from 'fhir/r4'
import { describe, expect, test } from 'vitest'
import * as given from './examples.ts'
import { system } from './labels.ts'
import { rho } from './twin.ts'
import type { TwinAsker, TwinWorld } from './twin.ts'

const { actor, asker, condition, consent, observation, permit, purpose, world } = given

const ids = (from: TwinWorld, who: TwinAsker): readonly string[] =>
  rho(from, who).map(({ resource }) => `${resource.resourceType}/${resource.id}`)

const clinic = asker('clinic')
const sud = condition('program', 'sud', 'p-program', 'F11.20')
const opened = (provision: Parameters<typeof consent>[1]): readonly string[] =>
  ids(world([sud, consent('c', provision)]), clinic)

describe('deny: sections 3 and 4.2', () => {
  const both = (deny: Consent['provision']): readonly string[] =>
    ids(world([sud, consent('c', permit()), consent('d', deny)]), clinic)
  test('a root deny without permits vetoes', () =>
    expect(both({ type: 'deny' })).not.toContain('Condition/sud'))
  test('OPTOUT is one', () => {
    const out = consent('d', undefined, { policyRule: given.concept(system.actCode, 'OPTOUT') })
    expect(ids(world([sud, consent('c', permit()), out]), clinic)).not.toContain('Condition/sud')
  })
  test('a root deny with permits beneath says nothing elsewhere', () => {
    expect(both({ type: 'deny', provision: [permit({ purpose: purpose('HPAYMT') })] })).toContain(
      'Condition/sud',
    )
  })
  test('a nested deny vetoes, a deeper permit decides before it', () => {
    const classes = [{ system: system.resourceTypes, code: 'Condition' }]
    expect(opened(permit({ provision: [{ type: 'deny', class: classes }] }))).not.toContain('Condition/sud')
    const deeper = { type: 'deny', class: classes, provision: [permit()] } as const
    expect(opened(permit({ provision: [{ ...deeper, provision: [...deeper.provision] }] }))).toContain(
      'Condition/sud',
    )
  })
  test('among equals deny', () => {
    const siblings: Consent['provision'] = {
      type: 'deny',
      provision: [permit(), { type: 'deny', purpose: purpose('TREAT') }],
    }
    expect(opened(siblings)).not.toContain('Condition/sud')
  })
  test('a child never matches where its parent does not', () => {
    const school = { actor: [actor('IRCP', 'Organization/school')] }
    expect(opened(permit({ ...school, provision: [permit()] }))).not.toContain('Condition/sud')
  })
  test('a deny binds ordinary records too, never the patient (section 1)', () => {
    const deny = consent('d', { type: 'deny' }, { organization: [{ reference: 'Organization/hospital' }] })
    const from = world([observation('hospital', 'o', 'p-hospital'), deny])
    expect(ids(from, clinic)).toEqual([])
    expect(ids(from, asker('moodtrack', { patient: 'Patient/p-clinic' }))).toContain('Observation/o')
  })
  test('deficient denies hold', () => {
    const bare = { extension: [], organization: [], scope: {} } as Partial<Consent>
    expect(
      ids(world([sud, consent('c', permit()), consent('d', { type: 'deny' }, bare)]), clinic),
    ).not.toContain('Condition/sud')
  })
})
