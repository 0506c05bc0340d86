import type { Bundle, FhirResource, Observation, Parameters } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome, expectStatus } from '../outcome.ts'
import {
  concept,
  condition,
  confidentiality,
  icd10,
  label,
  labelled,
  observation,
  patient,
} from '../records.ts'
import { openWorld, type World } from '../world.ts'
import { codes, metaOf, tag } from './metas.ts'
import { openTwins, plain, type Twins } from './twins.ts'

const tagged = (id: string, tags: readonly string[], security: readonly string[] = []): Observation =>
  observation(id, 'ann', {
    meta: { ...labelled(security).meta, tag: tags.map(tag), profile: [`urn:profile:${id}`] },
  })

describe.each(kinds)('meta on %s', (kind) => {
  let twins: Twins
  let world: World

  const shown: readonly FhirResource[] = [
    patient('ann'),
    tagged('o1', ['one', 'both']),
    tagged('o2', ['two', 'both'], ['PSY']),
    condition('c1', 'ann', { meta: { tag: [tag('condition')] } }),
    {
      resourceType: 'CarePlan',
      id: 'plan',
      status: 'active',
      intent: 'plan',
      subject: { reference: 'Patient/ann' },
      activity: [{ detail: { status: 'completed', code: concept('urn:x', 'walk') } }],
    },
  ]
  const hidden: readonly FhirResource[] = [
    tagged('h1', ['secret', 'both'], ['HIV']),
    condition('h2', 'ann', { meta: { tag: [tag('secret')], security: [label('HIV')] } }),
  ]

  beforeAll(async () => {
    twins = await openTwins(kind, shown, hidden, (one) => one.know('hospital', 'Patient/ann'))
    world = twins.whole
  })
  afterAll(() => twins.close())

  test('of a resource: what a read shows', async () => {
    for (const id of ['o1', 'o2'])
      expect(metaOf(await world.get('hospital', `Observation/${id}/$meta`))).toEqual(
        (await world.get('hospital', `Observation/${id}`)).as<Observation>().meta,
      )
  })

  test('of a type and of the system: everything in use, once', async () => {
    const type = metaOf(await world.get('hospital', 'Observation/$meta'))
    expect(type).toEqual({
      profile: ['urn:profile:o1', 'urn:profile:o2'],
      security: [label('PSY'), confidentiality('N'), confidentiality('R')],
      tag: [tag('both'), tag('one'), tag('two')],
    })
    expect(codes(metaOf(await world.get('hospital', '$meta')).tag)).toEqual([
      'both',
      'condition',
      'one',
      'two',
    ])
    expect(codes(metaOf(await world.get('clinic', '$meta')).tag)).toContain('secret')
    const few = await world.token('hospital', { scope: 'system/Condition.r' })
    expect(codes(metaOf(await world.get(few, '$meta')).tag)).toEqual(['condition'])
    expectOutcome(await world.get(few, 'Observation/$meta'), 403)
  })

  test.each([
    '$meta',
    'Observation/$meta',
    'Condition/$meta',
    'CarePlan/plan/$meta',
    'Observation/o2/$meta',
    'Observation/h1/$meta',
    'Encounter/$meta',
  ])('answers as if what is hidden were not there: %s', async (address) => {
    for (const who of ['hospital', 'school', 'recovery'])
      expect(plain(await twins.whole.get(who, address))).toEqual(plain(await twins.without.get(who, address)))
  })

  test('a resource that is hidden has no meta, like one that is not there', async () => {
    const hiddenOne = await world.get('hospital', 'Observation/h1/$meta')
    expectOutcome(hiddenOne, 404)
    expect(plain(hiddenOne)).toEqual(plain(await world.get('hospital', 'Observation/never/$meta')))
    expectOutcome(await world.get('hospital', 'AuditEvent/$meta'), 404)
    expectOutcome(await world.get('hospital', 'Observation/o1/$meta?nonsense=1'), 400)
  })

  test('by POST, and in a batch', async () => {
    const got = metaOf(await world.get('hospital', 'Observation/$meta'))
    expect(metaOf(await world.send('hospital', 'POST', 'Observation/$meta'))).toEqual(got)
    const entry = ['$meta', 'Observation/$meta', 'Observation/o1/$meta'].map((url) => ({
      request: { method: 'GET', url },
    }))
    const batch = await world.post('hospital', '', { resourceType: 'Bundle', type: 'batch', entry })
    const answers = expectStatus(batch, 200).as<Bundle>().entry ?? []
    expect(answers.map(({ response }) => response?.status)).toEqual(['200', '200', '200'])
    expect((answers[1]?.resource as Parameters | undefined)?.parameter?.[0]?.valueMeta).toEqual(got)
  })
})

describe.each(kinds)('meta of what is masked, on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [
      patient('ann'),
      {
        resourceType: 'CarePlan',
        id: 'plan',
        status: 'active',
        intent: 'plan',
        subject: { reference: 'Patient/ann' },
        activity: [
          { detail: { status: 'completed', code: icd10('B20') } },
          { detail: { status: 'completed', code: icd10('J00') } },
        ],
      },
    ])
    await world.know('hospital', 'Patient/ann')
  })
  afterAll(() => world.close())

  test('a label of a masked element is not told of', async () => {
    for (const address of ['CarePlan/plan/$meta', 'CarePlan/$meta', '$meta']) {
      expect(codes(metaOf(await world.get('clinic', address)).security)).toContain('HIV')
      expect(codes(metaOf(await world.get('hospital', address)).security)).not.toContain('HIV')
    }
  })
})
