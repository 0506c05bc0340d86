import fc from 'fast-check'
import type { ConsentProvision } from 'fhir/r4'
import { structure, system } from '../../../src/fhir/names.ts'
import { actLabels, holders, icd, namedCodes, recipients, types } from './town.ts'

const sensitivity = 'https://sluice.example/fhir/CodeSystem/sensitivity'

const purposes = ['TREAT', 'COC', 'ETREAT', 'BTG', 'HPAYMT', 'HOPERAT', 'PUBHLTH', 'CAREMGT', 'FAMRQT']

export const actor = (role: string, references: readonly string[]) =>
  fc.constantFrom(...references).map((reference) => actorOf(role, reference))

export const actorOf = (role: string, reference: string) => ({
  role: { coding: [{ system: system.participation, code: role }] },
  reference: { reference },
})

export const purposeOf = (code: string) => ({ system: system.actReason, code })

/** A label as a provision names it. */
export const labelOf = (code: string) => ({
  system: ['ferpa', 'counseling-notes'].includes(code) ? sensitivity : system.actCode,
  code,
})

const securityLabel = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...actLabels).map(labelOf) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('N', 'R', 'V').map((code) => ({ system: system.confidentiality, code })),
  },
  { weight: 1, arbitrary: fc.constantFrom('counseling-notes', 'ferpa').map(labelOf) },
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

export const sometimes = <T>(arbitrary: fc.Arbitrary<T>, odds = 3) =>
  fc.option(arbitrary, { nil: undefined, freq: odds - 1 })

/** What a provision may speak of: records that are there, one that never was, the run's RelatedPerson, teams and groups. */
export interface Named {
  readonly keys: readonly string[]
  readonly related: string
  readonly standing: readonly string[]
}

export const classExtension = (valueCode: string) => ({ url: structure('recipient-class'), valueCode })

/** Provisions to three levels, with every criterion. */
export const provision = (named: Named, depth: number): fc.Arbitrary<ConsentProvision> =>
  fc.record({
    type: fc.constantFrom('permit', 'permit', 'deny', undefined),
    period: fc.option(period, { nil: undefined, freq: 1 }),
    actor: sometimes(
      fc.array(
        fc.oneof(
          { weight: 6, arbitrary: actor('IRCP', recipients) },
          { weight: 1, arbitrary: actor('PRCP', ['Practitioner/kim', 'Practitioner/nobody']) },
          { weight: 1, arbitrary: actor('IRCP', [named.related]) },
          { weight: 1, arbitrary: actor('IRCP', named.standing) },
          { weight: 1, arbitrary: actor('CST', holders) },
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
      fc.array(fc.constantFrom(...purposes, 'HLEGAL', 'XYZ').map(purposeOf), { minLength: 1, maxLength: 3 }),
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
        fc.constantFrom(...namedCodes).map((code) => ({ coding: [{ system: icd, code }] })),
        { minLength: 1, maxLength: 2 },
      ),
      { nil: undefined, freq: 1 },
    ),
    dataPeriod: fc.option(period, { nil: undefined, freq: 1 }),
    data: fc.option(
      fc.array(
        fc.record({
          meaning: fc.constantFrom('instance', 'related', 'dependents', 'authoredby'),
          reference: fc
            .constantFrom(...named.keys, 'Practitioner/kim', 'Observation/nowhere')
            .map((reference) => ({ reference })),
        }),
        { minLength: 1, maxLength: 2 },
      ),
      { nil: undefined, freq: 1 },
    ),
    provision:
      depth === 0
        ? fc.constant(undefined)
        : sometimes(fc.array(provision(named, depth - 1), { minLength: 1, maxLength: 3 })),
    extension: fc.option(
      fc
        .constantFrom('treating-providers', 'tpo-general', 'intermediary', 'nonsense')
        .map((code) => [classExtension(code)]),
      { nil: undefined, freq: 1 },
    ),
  }) as fc.Arbitrary<ConsentProvision>
