import type { Consent } from 'fhir/r4'
import { describe, expect, test } from 'vitest'
import * as given from './examples.ts'
import { system } from './labels.ts'
import { explain, rho } from './twin.ts'
import type { TwinAsker, TwinRecord, TwinWorld } from './twin.ts'

const { actor, asker, condition, consent, held, labels, observation, permit, purpose, world } = given

const ids = (from: TwinWorld, who: TwinAsker): readonly string[] =>
  rho(from, who).map(({ resource }) => `${resource.resourceType}/${resource.id}`)

const clinic = asker('clinic')
const sud = condition('program', 'sud', 'p-program', 'F11.20')
const opened = (provision: Parameters<typeof consent>[1], more: Partial<Consent> = {}): readonly string[] =>
  ids(world([sud, consent('c', provision, more)]), clinic)
const without = (name: string): Partial<Consent> => {
  const { resource } = consent('c', permit())
  const extensions = resource.resourceType === 'Consent' ? (resource.extension ?? []) : []
  return { extension: extensions.filter((extension) => !extension.url.endsWith(name)) }
}

describe('ordinary records: CONSENT.md section 4.4', () => {
  const ordinary = world([observation('hospital', 'o', 'p-hospital')])
  test('a covered entity that knows the patient treats', () => {
    expect(ids(ordinary, clinic)).toEqual(['Patient/p-hospital', 'Observation/o'])
  })
  test('COC as well', () =>
    expect(ids(ordinary, asker('clinic', { purpose: 'COC' }))).toContain('Observation/o'))
  test('payment needs consent', () =>
    expect(ids(ordinary, asker('clinic', { purpose: 'HPAYMT' }))).toEqual([]))
  test('a patient who is not in the crosswalk is not known', () => {
    expect(ids({ ...ordinary, crosswalk: [] }, clinic)).toEqual([])
  })
  test('a business associate works as its principal', () => {
    expect(ids(ordinary, asker('billing'))).toContain('Observation/o')
  })
  test('a school needs consent', () => expect(ids(ordinary, asker('school'))).toEqual([]))
  test('an organization that nobody knows gets nothing', () =>
    expect(ids(ordinary, asker('nobody'))).toEqual([]))
  test('MH is ordinary', () => {
    const from = world([condition('hospital', 'mh', 'p-hospital', 'F32.1')])
    expect(ids(from, clinic)).toContain('Condition/mh')
    expect(explain(from, clinic, 'Condition/mh')?.labels[0]).toMatchObject({ label: 'MH', effect: 'permit' })
  })
  test('MH needs consent where a state row says so', () => {
    const row = { label: 'MH', class: null, purpose: null, state: 'WA', effect: 'consent', citation: 'state' }
    const from = world([condition('hospital', 'mh', 'p-hospital', 'F32.1')])
    expect(ids({ ...from, table: [...from.table, row] }, clinic)).not.toContain('Condition/mh')
  })
  test('a label without a row needs consent', () => {
    const from = world([observation('hospital', 'o', 'p-hospital', { meta: given.labelled('TBOO') })])
    expect(ids(from, clinic)).not.toContain('Observation/o')
  })
  test('a record of several patients: all must permit', () => {
    const two = { performer: [{ reference: 'Patient/q-hospital' }] }
    const from = world([observation('hospital', 'o', 'p-hospital', two)])
    expect(ids(from, clinic)).not.toContain('Observation/o')
    const known = [...from.crosswalk, { organization: 'clinic', patient: 'q-clinic' }]
    expect(ids({ ...from, crosswalk: known }, clinic)).toContain('Observation/o')
  })
  test('without a patient: its submitter and custodian', () => {
    const basic: TwinRecord = { ...held('hospital', { resourceType: 'Basic', id: 'b' }), submitter: 'school' }
    expect(ids(world([basic]), asker('school'))).toEqual(['Basic/b'])
    expect(ids(world([basic]), clinic)).not.toContain('Basic/b')
  })
  test('directories are open, a Location of a program is not (section 6)', () => {
    const organization = held('program', { resourceType: 'Organization', id: 'program' })
    const location = held('program', { resourceType: 'Location', id: 'l' })
    expect(ids(world([organization, location]), asker('school'))).toEqual(['Organization/program'])
  })
})

describe('one consent: sections 3 and 7', () => {
  test('silent: Part 2 data stays, the Patient too (42 CFR 2.31)', () => {
    expect(ids(world([sud]), clinic)).toEqual(['Patient/p-hospital'])
  })
  test('a permit opens the record and releases the custodian’s Patient (section 1)', () => {
    expect(opened(permit())).toEqual(['Patient/p-program', 'Patient/p-hospital', 'Condition/sud'])
  })
  test('each label must be covered: Part 2 alone is not SUD', () => {
    expect(opened(permit({ securityLabel: labels('42CFRPart2') }))).not.toContain('Condition/sud')
  })
  test('several consents may cover several labels', () => {
    const one = consent('one', permit({ securityLabel: labels('42CFRPart2') }))
    const two = consent('two', permit({ securityLabel: labels('ETH') }))
    expect(ids(world([sud, one, two]), clinic)).toContain('Condition/sud')
  })
  test('a permit that names no label opens none that needs consent', () => {
    expect(opened({ ...permit(), securityLabel: undefined })).not.toContain('Condition/sud')
  })
  test('BH names SUD in a deny, not in a permit', () => {
    expect(opened(permit({ securityLabel: labels('42CFRPart2', 'BH') }))).not.toContain('Condition/sud')
    const deny = consent('d', { type: 'deny', securityLabel: labels('BH') })
    expect(ids(world([sud, consent('c', permit()), deny]), clinic)).not.toContain('Condition/sud')
  })
  test('the last day is inside the period, the next is not', () => {
    const from = world([sud, consent('c', permit())])
    expect(ids(from, asker('clinic', { moment: '2026-06-30T23:59:59Z' }))).toContain('Condition/sud')
    expect(ids(from, asker('clinic', { moment: '2026-07-01T00:00:00Z' }))).not.toContain('Condition/sud')
  })
  test('inert until it is accepted (section 2)', () => {
    const inert = { ...consent('c', permit()), effective: false }
    expect(ids(world([sud, inert]), clinic)).not.toContain('Condition/sud')
  })
  test('revoked', () => expect(opened(permit(), { status: 'inactive' })).not.toContain('Condition/sud'))
  test('another recipient, another purpose', () => {
    expect(opened(permit({ actor: [actor('IRCP', 'Organization/school')] }))).not.toContain('Condition/sud')
    expect(opened(permit({ purpose: purpose('HPAYMT') }))).not.toContain('Condition/sud')
  })
  test('an organization matches its parts', () => {
    expect(ids(world([sud, consent('c', permit())]), asker('clinic-desk'))).toContain('Condition/sud')
  })
  test('TREAT grants COC, but neither ETREAT nor BTG', () => {
    const from = world([sud, consent('c', permit())])
    expect(ids(from, asker('clinic', { purpose: 'COC' }))).toContain('Condition/sud')
    for (const asked of ['ETREAT', 'BTG', 'ERTREAT'])
      expect(ids(from, asker('clinic', { purpose: asked }))).toEqual([])
  })
  test('PUBHLTH never opens Part 2 data (42 CFR 2.54)', () => {
    const provision = permit({ actor: [actor('IRCP', 'Organization/county')], purpose: purpose('PUBHLTH') })
    const from = world([sud, consent('c', provision)])
    expect(ids(from, asker('county', { purpose: 'PUBHLTH' }))).toEqual([])
  })
  test('it binds its custodian only', () => {
    expect(opened(permit(), { organization: [{ reference: 'Organization/hospital' }] })).not.toContain(
      'Condition/sud',
    )
    const cst = [actor('CST', 'Organization/program'), actor('IRCP', 'Organization/clinic')]
    expect(opened(permit({ actor: cst }), { organization: [] })).toContain('Condition/sud')
  })
  test.each(['consent-description', 'revocation-statement', 'consent-signature'])(
    '42 CFR 2.31: %s',
    (name) => {
      expect(opened(permit(), without(name))).not.toContain('Condition/sud')
    },
  )
  test('42 CFR 2.31(a)(7), (9): expiry, date', () => {
    expect(opened(permit({ period: { start: '2026-01-15' } }))).not.toContain('Condition/sud')
    expect(opened(permit(), { dateTime: undefined })).not.toContain('Condition/sud')
  })
  test('what 2.31 lacks beyond the base voids only Part 2', () => {
    const hiv = observation('hospital', 'hiv', 'p-hospital', { meta: given.labelled('HIV') })
    const provision = permit({ securityLabel: labels('HIV') })
    const deficient = {
      ...without('revocation-statement'),
      organization: [{ reference: 'Organization/hospital' }],
    }
    expect(ids(world([hiv, consent('c', provision, deficient)]), clinic)).toContain('Observation/hiv')
  })
  test('an unknown role voids a permit and matches in a deny', () => {
    const actors = [actor('IRCP', 'Organization/clinic'), actor('XYZ', 'Organization/clinic')]
    expect(opened(permit({ actor: actors }))).not.toContain('Condition/sud')
    const deny = consent('d', { type: 'deny', actor: [actor('XYZ', 'Organization/school')] })
    expect(ids(world([sud, consent('c', permit()), deny]), clinic)).not.toContain('Condition/sud')
  })
  test('an empty criterion or an unknown code system voids', () => {
    expect(opened(permit({ class: [] }))).not.toContain('Condition/sud')
    expect(opened(permit({ code: [given.concept('urn:unknown', 'F11.20')] }))).not.toContain('Condition/sud')
  })
  test('class, code, data period', () => {
    const type = (code: string): Consent['provision'] =>
      permit({ class: [{ system: system.resourceTypes, code }] })
    expect(opened(type('Condition'))).toContain('Condition/sud')
    expect(opened(type('Observation'))).not.toContain('Condition/sud')
    expect(opened(permit({ code: [given.concept(given.icd, 'F11.20')] }))).toContain('Condition/sud')
    expect(opened(permit({ dataPeriod: { end: '2026-02-01' } }))).toContain('Condition/sud')
    expect(opened(permit({ dataPeriod: { start: '2026-02-02' } }))).not.toContain('Condition/sud')
  })
  test('a confidentiality code means that level or lower in a permit', () => {
    const level = (code: string) =>
      permit({ securityLabel: [...labels('SUD'), { system: system.confidentiality, code }] })
    const hospital = { organization: [{ reference: 'Organization/hospital' }] }
    const record = observation('hospital', 'o', 'p-hospital', { meta: given.labelled('MH') })
    const schooled = { actor: [actor('IRCP', 'Organization/school')] }
    const from = (code: string) => world([record, consent('c', { ...level(code), ...schooled }, hospital)])
    expect(ids(from('R'), asker('school'))).toContain('Observation/o')
    expect(ids(from('N'), asker('school'))).not.toContain('Observation/o')
  })
  test('OPTIN by the policy rule; without a root nothing beneath counts', () => {
    const untyped = { ...permit(), type: undefined } as Consent['provision']
    expect(opened(untyped, { policyRule: given.concept(system.actCode, 'OPTIN') })).toContain('Condition/sud')
    expect(opened(untyped)).not.toContain('Condition/sud')
  })
  test('treating providers who know the patient', () => {
    const provision = permit({
      extension: [
        {
          url: 'https://sluice.example/fhir/StructureDefinition/recipient-class',
          valueCode: 'treating-providers',
        },
      ],
    })
    const from = world([sud, consent('c', { ...provision, actor: undefined })])
    expect(ids(from, clinic)).toContain('Condition/sud')
    expect(ids({ ...from, crosswalk: [] }, clinic)).toEqual([])
    expect(ids(from, asker('school'))).toEqual([])
  })
})
