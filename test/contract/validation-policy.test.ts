import { sql } from 'drizzle-orm'
import type { Observation, OperationOutcome, Patient, ServiceRequest, Task } from 'fhir/r4'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addPartners, partnerSchema } from '../../src/admin/partners.ts'
import type { Settled } from '../../src/admin/settle-item.ts'
import type { Waiting } from '../../src/store/review-queue.ts'
import { within } from '../../src/admin/administered.ts'
import { kinds } from './databases.ts'
import { command } from './exceptions/officer.ts'
import { expectOutcome, expectStatus, matches } from './outcome.ts'
import { observation, patient, unnamed } from './records.ts'
import { openWorld, type Reply, type World } from './world.ts'

const screening = 'https://sluice.example/fhir/StructureDefinition/screening-observation'
const category = [
  { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'survey' }] },
]

describe.each(kinds)('what a partner sends that does not conform to a profile, on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [patient('ann'), observation('answers', 'ann')])
    await world.know('hospital', 'Patient/ann')
  })
  afterAll(() => world.close())

  const decide = (policies: object) =>
    world.database.transaction((connection) =>
      addPartners(within(world.services, connection), [
        partnerSchema.parse({
          id: 'clinic',
          name: 'Elm Clinic',
          class: 'covered-entity',
          state: 'NY',
          policies,
        }),
      ]),
    )
  const plain = (more: Partial<Observation>): Observation => unnamed({ ...observation('x', 'ann'), ...more })
  const score = (more: Partial<Observation> = {}): Observation =>
    plain({ meta: { profile: [screening] }, ...more })
  const right: Partial<Observation> = {
    category,
    valueInteger: 3,
    derivedFrom: [{ reference: 'Observation/answers' }],
  }
  const send = (resource: object) =>
    world.post('clinic', 'Observation', resource, { prefer: 'return=OperationOutcome' })
  const refused = (reply: Reply) => expectStatus(reply, 422).as<OperationOutcome>()
  const idIn = (location: string | null): string =>
    /Observation\/(?<id>[^/]+)/.exec(location ?? '')?.[1] ?? ''
  const list = async () => (await command(world, ['review', 'list'])).json as Waiting[]
  const say = async (verdict: 'accept' | 'refuse', item: string) =>
    (await command(world, ['review', verdict, '--item', item, '--by', 'P. Officer', '--note', 'seen']))
      .json as Settled

  test('is refused where nothing is said, with the profile that asks', async () => {
    await decide({})
    const outcome = refused(await send(score()))
    expect(outcome.issue.map(({ expression }) => expression?.[0])).toEqual(
      expect.arrayContaining(['Observation.category', 'Observation.derivedFrom']),
    )
    expect(outcome.issue.every(({ diagnostics }) => diagnostics?.includes(screening) === true)).toBe(true)
  })

  test('`warn`: is taken and told; what is not R4 is refused all the same', async () => {
    await decide({ validation: 'warn' })
    const made = expectStatus(await send(score()), 201)
    const told = made.as<OperationOutcome>().issue.filter(({ severity }) => severity === 'warning')
    expect(told.map(({ expression }) => expression?.[0])).toContain('Observation.derivedFrom')
    const id = idIn(made.headers.get('location'))
    expectStatus(await world.get('hospital', `Observation/${id}`), 200)
    const outcome = refused(await send({ ...score(), status: 'done' }))
    expect(outcome.issue.map(({ expression }) => expression?.[0])).toEqual(['Observation.status'])
  })

  test('`profiles`: is demanded although nothing is declared', async () => {
    await decide({ profiles: [screening] })
    expectOutcome(await send(plain({})), 422)
    expectStatus(await send(plain(right)), 201)
    const other: Patient = { resourceType: 'Patient', birthDate: '1990-01-01' }
    expectStatus(await world.post('clinic', 'Patient', other), 201)
  })

  test('`hold`: its custodian has it, nobody else, until an officer accepts it', async () => {
    await decide({ validation: 'hold' })
    const made = refused(await send(score({ ...right, derivedFrom: [] })))
    expect(made.issue.map(({ expression }) => expression?.[0])).toContain('Observation.derivedFrom')
    const held = expectStatus(await send(score({ category })), 201)
    expect(held.text).toContain('held from everybody but the organization that holds it')
    const id = idIn(held.headers.get('location'))
    const nothing = await world.get('hospital', 'Observation/nothing')
    const hidden = await world.get('hospital', `Observation/${id}`)
    expectOutcome(hidden, 404)
    expect(hidden.text).toBe(nothing.text)
    expect(matches(await world.get('hospital', `Observation?patient=ann&_id=${id}`))).toEqual([])
    const own = expectStatus(await world.get('clinic', `Observation/${id}`), 200).as<Observation>()
    expect(own.meta?.security?.map(({ code }) => code)).toEqual(['N'])
    const ann = await world.token('clinic', { patient: 'ann', purpose: 'PATRQT' })
    expectStatus(await world.get(ann, `Observation/${id}`), 200)

    const item = `validation/Observation/${id}`
    expect(await list()).toMatchObject([
      { item, queue: 'validation', custodian: 'Organization/clinic', patients: ['Patient/ann'] },
    ])
    expect((await command(world, ['review', 'show', '--item', item])).text).toContain('"Observation"')
    expect(await say('accept', item)).toMatchObject({ already: false, effect: 'held no more' })
    expect(await say('accept', item)).toMatchObject({ already: true })
    expect(await list()).toEqual([])
    const after = expectStatus(await world.get('hospital', `Observation/${id}`), 200).as<Observation>()
    expect(after.meta?.versionId).toBe(own.meta?.versionId)
    expect((await command(world, ['relabel', '--all'])).json).toMatchObject({ changed: 0 })
    expectStatus(await world.get('hospital', `Observation/${id}`), 200)
  })

  test('`hold`: a version that conforms is held no more, one that does not is held anew; a refused one stays', async () => {
    await decide({ validation: 'hold' })
    const id = idIn(expectStatus(await send(score({ category })), 201).headers.get('location'))
    const item = `validation/Observation/${id}`
    expect(await say('refuse', item)).toMatchObject({ effect: 'stays held until a version conforms' })
    expect(await list()).toEqual([])
    expectOutcome(await world.get('hospital', `Observation/${id}`), 404)
    expect((await command(world, ['relabel', '--all'])).json).toMatchObject({ changed: 0 })
    expectOutcome(await world.get('hospital', `Observation/${id}`), 404)
    expectStatus(await world.put('clinic', `Observation/${id}`, { ...score(right), id }), 200)
    expectStatus(await world.get('hospital', `Observation/${id}`), 200)
    const patch = [{ op: 'remove', path: '/derivedFrom' }]
    expectStatus(
      await world.send('clinic', 'PATCH', `Observation/${id}`, {
        body: JSON.stringify(patch),
        headers: { 'content-type': 'application/json-patch+json' },
      }),
      200,
    )
    expectOutcome(await world.get('hospital', `Observation/${id}`), 404)
    expect((await list()).map((own) => own.item)).toEqual([item])
  })

  test('`hold`: what comes of it by citation goes and comes with it', async () => {
    await decide({ validation: 'hold' })
    const id = idIn(expectStatus(await send(score({ category })), 201).headers.get('location'))
    const derived = plain({ derivedFrom: [{ reference: `Observation/${id}` }] })
    const cites = idIn(expectStatus(await send(derived), 201).headers.get('location'))
    expectOutcome(await world.get('hospital', `Observation/${cites}`), 404)
    expect((await list()).map((own) => own.item)).not.toContain(`validation/Observation/${cites}`)
    await say('accept', `validation/Observation/${id}`)
    expectStatus(await world.get('hospital', `Observation/${cites}`), 200)
  })
})

describe.each(kinds)('a referral that is held, on %s', (kind) => {
  let world: World
  const profile = 'https://sluice.example/fhir/StructureDefinition/referral-task'
  const request: ServiceRequest = {
    resourceType: 'ServiceRequest',
    status: 'active',
    intent: 'order',
    code: { text: 'assessment' },
    subject: { reference: 'Patient/ben' },
  }
  const task = (focus: string, more: Partial<Task> = {}): Task => ({
    resourceType: 'Task',
    status: 'requested',
    intent: 'order',
    focus: { reference: focus },
    for: { reference: 'Patient/ben' },
    requester: { reference: 'Organization/clinic' },
    owner: { reference: 'Organization/psychiatry' },
    ...more,
  })
  const make = async (type: string, resource: object): Promise<string> => {
    const made = expectStatus(await world.post('clinic', type, unnamed(resource as Task)), 201)
    return `${type}/${made.as<Task>().id ?? ''}`
  }
  const accept = async (item: string) =>
    command(world, [
      'review',
      'accept',
      '--item',
      `validation/${item}`,
      '--by',
      'P. Officer',
      '--note',
      'seen',
    ])

  beforeEach(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [patient('ben'), observation('plain', 'ben')])
    await world.database.transaction((connection) =>
      addPartners(within(world.services, connection), [
        partnerSchema.parse({
          id: 'clinic',
          name: 'Elm Clinic',
          class: 'covered-entity',
          state: 'OR',
          policies: { validation: 'hold' },
        }),
      ]),
    )
  })
  afterEach(() => world.close())

  const nothingGoes = async (...keys: string[]) => {
    for (const key of [...keys, 'Observation/plain', 'Patient/ben'])
      expectOutcome(await world.get('psychiatry', key), 404)
  }
  const allGoes = async (...keys: string[]) => {
    for (const key of [...keys, 'Observation/plain', 'Patient/ben'])
      expectStatus(await world.get('psychiatry', key), 200)
    expect(await world.rows(sql`SELECT id FROM holding WHERE type = 'Task'`)).toHaveLength(1)
  }

  test('makes nobody known, and is pushed when an officer accepts it', async () => {
    const order = await make('ServiceRequest', request)
    const held = await make('Task', task(order, { meta: { profile: [profile] } }))
    await nothingGoes(held, order)
    await accept(held)
    await allGoes(held, order)
  })

  test('waits as well where what it is about is held, until that is accepted or conforms', async () => {
    const declared = {
      ...request,
      meta: { profile: [`${profile.replace('referral-task', 'referral-request')}`] },
    }
    const order = await make('ServiceRequest', { ...declared, code: undefined })
    const waiting = await make('Task', task(order))
    await nothingGoes(waiting, order)
    const conforming = {
      ...declared,
      id: order.split('/')[1],
      authoredOn: '2026-06-15T10:00:00Z',
      requester: { reference: 'Organization/clinic' },
      occurrenceDateTime: '2026-06-20',
      reasonCode: [{ text: 'low mood' }],
      performer: [{ reference: 'Organization/psychiatry' }],
      category: [{ text: 'referral' }],
    }
    expectStatus(await world.put('clinic', order, conforming), 200)
    await allGoes(waiting, order)
  })
})

describe('a policy that cannot be meant', () => {
  test.each([
    [{ validation: 'ignore' }, /reject.*warn.*hold/],
    [{ profiles: ['https://site.example/unknown'] }, /no profile of resources that is known here/],
  ])('%j is refused', (policies, said) => {
    const read = partnerSchema.safeParse({ id: 'x', name: 'X', class: 'covered-entity', policies })
    expect(read.success).toBe(false)
    expect(read.error?.issues.map(({ message }) => message).join()).toMatch(said)
  })
})
