import type { Account, Contract, Device, FhirResource, Patient, Person } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from './databases.ts'
import { matches } from './outcome.ts'
import { observation, patient } from './records.ts'
import { openWorld, type World } from './world.ts'

const both = [{ reference: 'Patient/ann' }, { reference: 'Patient/bea' }]

const account: Account = { resourceType: 'Account', id: 'bill', status: 'active', subject: both }
const contract: Contract = { resourceType: 'Contract', id: 'terms', subject: both }
const person: Person = {
  resourceType: 'Person',
  id: 'human',
  link: both.map((target) => ({ target })),
}
const device: Device = { resourceType: 'Device', id: 'pump', patient: { reference: 'Patient/bea' } }

/** Its digits are more, or its steps wider, than the half of a last digit that a search allows for. */
const weighing = (id: string, value: number, unit: string) =>
  observation(id, 'ann', {
    valueQuantity: { value, system: 'http://unitsofmeasure.org', code: unit, unit },
  })

describe.each(kinds)('what a search must find again on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    const patients: Patient[] = [patient('ann'), patient('bea'), patient('cyd')]
    const records: FhirResource[] = [
      account,
      contract,
      person,
      device,
      weighing('long', 66.89999999999999, '[in_i]'),
      weighing('large', 1e18, 'g'),
      weighing('below', -66.89999999999999, '[in_i]'),
    ]
    await world.load('clinic', patients)
    await world.load('clinic', records)
  })
  afterAll(() => world.close())

  const find = async (query: string): Promise<string[]> =>
    matches(await world.get('clinic', query)).toSorted()

  test.each([
    ['Account', 'subject', 'bill'],
    ['Account', 'patient', 'bill'],
    ['Contract', 'subject', 'terms'],
    ['Contract', 'patient', 'terms'],
    ['Person', 'patient', 'human'],
  ])('a %s that names two patients by `%s` is found by either', async (type, parameter, id) => {
    for (const named of ['ann', 'bea']) {
      expect(await find(`${type}?${parameter}=Patient/${named}`)).toEqual([id])
      expect(await find(`${type}?${parameter}:Patient._id=${named}`)).toEqual([id])
    }
    expect(await find(`${type}?${parameter}=Patient/cyd`)).toEqual([])
  })

  test('a Device is found by its patient', async () => {
    expect(await find('Device?patient=Patient/bea')).toEqual(['pump'])
    expect(await find('Device?patient=Patient/ann')).toEqual([])
  })

  test('a record that names two patients is a record of both', async () => {
    const rows = await world.database.query<{ id: string; person: number | null; others: number[] | null }>({
      text: "SELECT id, person, others FROM resource WHERE type IN ('Account', 'Contract', 'Device') ORDER BY id",
      params: [],
    })
    expect(rows.map(({ id, person: whose, others }) => [id, whose !== null, others?.length ?? 0])).toEqual([
      ['bill', true, 1],
      ['pump', true, 0],
      ['terms', true, 1],
    ])
  })

  test.each([
    ['66.89999999999999', ['long']],
    ['66.89999999999999|http://unitsofmeasure.org|[in_i]', ['long']],
    ['-66.89999999999999', ['below']],
    ['-66.89999999999999|http://unitsofmeasure.org|[in_i]', ['below']],
    ['1000000000000000000', ['large']],
    ['1000000000000000000|http://unitsofmeasure.org|g', ['large']],
    ['1e18', ['large']],
    ['ne1000000000000000000', ['below', 'long']],
    ['66.89999999999998', []],
    ['999999999999999000', []],
  ])('a number with many digits: %s', async (value, ids) => {
    expect(await find(`Observation?value-quantity=${value}`)).toEqual(ids)
  })
})
