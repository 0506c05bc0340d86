import type { ServiceRequest, Task } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from './databases.ts'
import { expectOutcome, expectStatus } from './outcome.ts'
import { observation, patient } from './records.ts'
import { openWorld, type World } from './world.ts'

const task = (owner: string, more: Partial<Task> = {}): Task => ({
  resourceType: 'Task',
  status: 'requested',
  intent: 'order',
  for: { reference: 'Patient/ann' },
  owner: { reference: `Organization/${owner}` },
  ...more,
})

const request: ServiceRequest = {
  resourceType: 'ServiceRequest',
  status: 'active',
  intent: 'order',
  subject: { reference: 'Patient/ann' },
}

describe.each(kinds)('who knows a patient by a referral, on %s', (kind) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [patient('ann'), observation('one', 'ann')])
    await world.know('hospital', 'Patient/ann')
  }, 60_000)
  afterAll(() => world.close())

  test('a Task about nothing, by another than the holder, opens no chart to a third', async () => {
    expectStatus(await world.get('hospital', 'Observation/one'), 200)
    expectStatus(await world.post('hospital', 'Task', task('psychiatry')), 201)
    expectOutcome(await world.get('psychiatry', 'Observation/one'), 404)
  })

  test("a patient's own app makes nobody known", async () => {
    const ann = await world.token('clinic', { patient: 'ann', purpose: 'PATRQT' })
    const made = (await world.post(ann, 'ServiceRequest', request)).headers.get('location') ?? ''
    const id = /ServiceRequest\/([^/]+)/.exec(made)?.[1] ?? ''
    const focus = { focus: { reference: `ServiceRequest/${id}` } }
    expectStatus(await world.post(ann, 'Task', task('psychiatry', focus)), 201)
    expectOutcome(await world.get('psychiatry', 'Observation/one'), 404)
  })

  test('a referral does', async () => {
    const made = (await world.post('hospital', 'ServiceRequest', request)).headers.get('location') ?? ''
    const id = /ServiceRequest\/([^/]+)/.exec(made)?.[1] ?? ''
    const focus = { focus: { reference: `ServiceRequest/${id}` } }
    expectStatus(await world.post('hospital', 'Task', task('psychiatry', focus)), 201)
    expectStatus(await world.get('psychiatry', 'Observation/one'), 200)
    expect((await world.get('psychiatry', 'Patient/ann')).status).toBe(200)
  })
})
