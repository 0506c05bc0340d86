import type { Observation } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome } from '../outcome.ts'
import { icd10, observation, patient, unnamed } from '../records.ts'
import { openWorld, type World } from '../world.ts'

describe.each(kinds)(
  'a label that rises while somebody cites the record, on %s',
  { timeout: 60_000 },
  (kind) => {
    let world: World
    beforeAll(async () => {
      world = await openWorld(kind)
      await world.load('clinic', [patient('ann')])
      await world.know('hospital', 'Patient/ann')
    })
    afterAll(() => world.close())

    test('is met by what cites it, whoever comes first', async () => {
      const ids = Array.from({ length: 12 }, (_, place) => `o${place}`)
      await world.load(
        'clinic',
        ids.map((id) => observation(id, 'ann')),
      )
      for (const id of ids) {
        const citing = observation('new', 'ann', { derivedFrom: [{ reference: `Observation/${id}` }] })
        const raised = observation(id, 'ann', { code: icd10('B20') })
        const [made, ...others] = await Promise.all([
          world.post('clinic', 'Observation', unnamed(citing)),
          world.put('clinic', `Observation/${id}`, raised),
          world.post('clinic', 'Observation', unnamed(citing)),
        ])
        expect([made, ...others].map(({ status }) => status)).toEqual([201, 200, 201])
        for (const reply of [made, others[1]])
          expectOutcome(await world.get('hospital', `Observation/${reply?.as<Observation>().id ?? ''}`), 404)
      }
    })
  },
)
