import type { FhirResource } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome, expectStatus } from '../outcome.ts'
import { condition, labelled, observation, patient, practitioner } from '../records.ts'
import { openTwins, plain, type Twins } from '../operations/twins.ts'
import type { World } from '../world.ts'
import { drain, exported, fetched, kickOff, linesAt, manifestAt } from './exporting.ts'

const shown: readonly FhirResource[] = [
  practitioner('doc'),
  patient('ann'),
  patient('bea'),
  observation('o1', 'ann'),
  observation('o2', 'ann', { effectiveDateTime: '2026-02-10' }),
  observation('o3', 'bea'),
  condition('c1', 'ann'),
]

const hidden: readonly FhirResource[] = [
  observation('h1', 'ann', labelled(['HIV'])),
  condition('h2', 'ann', labelled(['HIV'])),
  patient('zoe'),
  observation('h3', 'zoe'),
]

describe.each(kinds)('$export on %s', (kind) => {
  let twins: Twins
  let world: World

  beforeAll(async () => {
    twins = await openTwins(kind, shown, hidden, async (one) => {
      await one.know('hospital', 'Patient/ann')
      await one.know('hospital', 'Patient/bea')
    })
    world = twins.whole
  })
  afterAll(() => twins.close())

  test('of the system: each type in a file of its own, and nothing of what is hidden', async () => {
    const { keys, manifest } = await exported(
      world,
      'hospital',
      '$export?_type=Patient,Observation,Condition',
    )
    expect(keys).toEqual([
      'Condition/c1',
      'Observation/o1',
      'Observation/o2',
      'Observation/o3',
      'Patient/ann',
      'Patient/bea',
    ])
    expect(manifest.requiresAccessToken).toBe(true)
  })
})
