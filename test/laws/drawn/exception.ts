import fc from 'fast-check'
import type { ExceptionKind, ScopeCriterion } from '../../../src/consent/exceptions.ts'
import { actLabels, holders, types } from './town.ts'

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

export const exception = (ids: readonly string[]): fc.Arbitrary<DrawnException> =>
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
    custodian: fc.constantFrom(undefined, ...holders),
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
