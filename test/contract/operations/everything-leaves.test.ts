import type { CarePlan, Composition } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { keysOf, searchset } from '../outcome.ts'
import { loinc, observation, patient, practitioner } from '../records.ts'
import { openWorld, type Who, type World } from '../world.ts'

describe.each(kinds)('everything as it leaves, on %s', (kind) => {
  let world: World

  /** Its section goes with the entry that is hidden, and with it the author of the section. */
  const composition: Composition = {
    resourceType: 'Composition',
    id: 'summary',
    status: 'final',
    type: loinc('11488-4'),
    subject: { reference: 'Patient/ann' },
    date: '2026-03-01',
    author: [{ reference: 'Practitioner/outside' }],
    title: 'Summary',
    section: [
      {
        author: [{ reference: 'Practitioner/inside' }],
        entry: [{ reference: 'Observation/b1' }],
        title: 'One',
      },
    ],
  }

  /** The plan of somebody else, in which the patient performs what cannot be shown. */
  const plan: CarePlan = {
    resourceType: 'CarePlan',
    id: 'plan',
    status: 'active',
    intent: 'plan',
    subject: { reference: 'Patient/cyd' },
    activity: [
      {
        outcomeReference: [{ reference: 'Observation/b1' }],
        detail: { status: 'completed', performer: [{ reference: 'Patient/ann' }] },
      },
    ],
  }

  beforeAll(async () => {
    world = await openWorld(kind)
    const people = [practitioner('inside'), practitioner('outside')]
    await world.load('clinic', [patient('ann'), patient('bea'), patient('cyd'), ...people])
    await world.load('clinic', [observation('b1', 'bea'), composition, plan])
    for (const known of ['ann', 'cyd']) await world.know('hospital', `Patient/${known}`)
  })
  afterAll(() => world.close())

  const keys = async (who: Who): Promise<string[]> =>
    keysOf(searchset(await world.get(who, 'Patient/ann/$everything')))

  test('what only a pruned element cites does not come along', async () => {
    expect((await world.get('hospital', 'Composition/summary')).as<Composition>().section).toBeUndefined()
    expect(await keys('hospital')).toEqual(['Patient/ann', 'Composition/summary', 'Practitioner/outside'])
    expect(await keys('clinic')).toContain('Practitioner/inside')
  })

  test('a record is in no compartment by what was pruned from it', async () => {
    expect((await world.get('hospital', 'CarePlan/plan')).as<CarePlan>().activity).toBeUndefined()
    expect(await keys('clinic')).toContain('CarePlan/plan')
    expect(await keys('hospital')).not.toContain('CarePlan/plan')
  })
})
