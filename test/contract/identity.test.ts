import type { Observation, Patient } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from './databases.ts'
import { expectStatus } from './outcome.ts'
import { openWorld, type World } from './world.ts'

const victim = (id: string): Patient => ({
  resourceType: 'Patient',
  id,
  identifier: [{ system: 'urn:ssn', value: 'victim-1' }],
  name: [{ family: 'Victim' }],
  birthDate: '1990-01-01',
})

const record: Observation = {
  resourceType: 'Observation',
  id: 'victim-plain',
  status: 'final',
  code: { text: 'anything' },
  subject: { reference: 'Patient/victim' },
}

describe.each(kinds)('who a Patient is, on %s', (kind) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(kind)
  })
  afterAll(() => world.close())

  test('a Patient that a client claims is nobody, whatever its identifiers, before or after the real one comes', async () => {
    const { id: _id, ...planted } = victim('planted')
    const created = expectStatus(await world.post('psychiatry', 'Patient', planted), 201).as<Patient>()
    await world.load('clinic', [victim('victim'), record])
    expectStatus(await world.post('psychiatry', 'Patient', planted), 201)
    expectStatus(await world.get('clinic', 'Observation/victim-plain'), 200)
    expectStatus(await world.get('psychiatry', 'Observation/victim-plain'), 404)
    expectStatus(await world.get('psychiatry', 'Patient/victim'), 404)
    expect((await world.get('psychiatry', `Patient/${created.id ?? ''}`)).status).toBe(200)
  })
})
