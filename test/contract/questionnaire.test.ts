import type { Bundle, Observation, QuestionnaireResponse, Task } from 'fhir/r4'
import { escalate } from '../../src/questionnaire/escalate.ts'
import { questionnaires } from '../../src/questionnaire/library.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answered, scoring, siteQuestionnaire } from '../questionnaire/site.ts'
import { kinds } from './databases.ts'
import { expectOutcome, expectStatus, searchset } from './outcome.ts'
import { labelled, patient, practitioner, unnamed } from './records.ts'
import { openWorld, type World } from './world.ts'

const phq9 = questionnaires.find(({ id }) => id === 'phq-9')
const scored = (phq9?.item ?? []).filter(
  ({ type, answerOption }) => type === 'choice' && answerOption?.length === 4,
)

/** A PHQ-9 with the nth option of each of the nine items. */
const response = (places: readonly number[], more: Partial<QuestionnaireResponse> = {}) => ({
  resourceType: 'QuestionnaireResponse' as const,
  questionnaire: phq9?.url ?? '',
  status: 'completed' as const,
  subject: { reference: 'Patient/ann' },
  authored: '2026-06-15T09:00:00Z',
  item: places.flatMap((place, at) => {
    const { linkId, answerOption } = scored[at] ?? {}
    const valueCoding = answerOption?.[place]?.valueCoding
    return linkId === undefined || valueCoding === undefined ? [] : [{ linkId, answer: [{ valueCoding }] }]
  }),
  ...more,
})

describe.each(kinds)('answers and what comes of them, on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [
      practitioner('doc'),
      patient('ann', { generalPractitioner: [{ reference: 'Practitioner/doc' }] }),
    ])
    await world.know('hospital', 'Patient/ann')
  })
  afterAll(() => world.close())

  const send = async (body: object) =>
    expectStatus(await world.post('clinic', 'QuestionnaireResponse', body), 201).as<QuestionnaireResponse>()

  const derivedFrom = async (type: string, id = '', who = 'clinic') => {
    const query =
      type === 'Task' ? `focus=QuestionnaireResponse/${id}` : `derived-from=QuestionnaireResponse/${id}`
    const bundle = searchset(await world.get(who, `${type}?${query}`))
    return (bundle.entry ?? []).map(({ resource }) => resource)
  }

  test('the PHQ-9 has nine scored items', () => {
    expect(scored.slice(0, 9)).toHaveLength(9)
  })

  test('the score is an Observation in the same transaction', async () => {
    const { id } = await send(response([3, 3, 2, 1, 0, 1, 2, 1, 0]))
    const [observed, ...more] = (await derivedFrom('Observation', id)) as Observation[]
    expect(more).toEqual([])
    expect(observed).toMatchObject({
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '44261-6' }] },
      subject: { reference: 'Patient/ann' },
      effectiveDateTime: '2026-06-15T09:00:00Z',
      valueInteger: 13,
    })
    expect(world.services.validate(observed).filter(({ severity }) => severity !== 'warning')).toEqual([])
    expect(await derivedFrom('Task', id)).toEqual([])
  })

  test.each([1, 2, 3])(
    'item 9 with its option %d asks for a clinician at once, and does not say why',
    async (place) => {
      const { id } = await send(response([0, 0, 0, 0, 0, 0, 0, 0, place]))
      const [task, ...more] = (await derivedFrom('Task', id)) as Task[]
      expect(more).toEqual([])
      expect(task).toMatchObject({
        status: 'requested',
        priority: 'stat',
        for: { reference: 'Patient/ann' },
        owner: { reference: 'Practitioner/doc' },
      })
      const [observed] = (await derivedFrom('Observation', id)) as Observation[]
      expect(observed?.valueInteger).toBe(place)
    },
  )

  test('item 9 asks for a clinician also where the form is not complete, and there is no score', async () => {
    const whole = response([0, 0, 0, 0, 0, 0, 0, 0, 3])
    const { id } = await send({ ...whole, item: whole.item.slice(5), status: 'in-progress' })
    expect(await derivedFrom('Task', id)).toHaveLength(1)
    expect(await derivedFrom('Observation', id)).toEqual([])
  })

  test('the same in a transaction', async () => {
    const sent = await world.post('clinic', '', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: response([1, 1, 1, 1, 1, 1, 1, 1, 1]),
          request: { method: 'POST', url: 'QuestionnaireResponse' },
        },
      ],
    })
    const [entry] = expectStatus(sent, 200).as<Bundle>().entry ?? []
    const id = /QuestionnaireResponse\/([^/]+)/.exec(entry?.response?.location ?? '')?.[1]
    expect(((await derivedFrom('Observation', id)) as Observation[])[0]?.valueInteger).toBe(9)
    expect(await derivedFrom('Task', id)).toHaveLength(1)
    expect(entry?.response?.outcome).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'information', details: { text: expect.stringContaining('988') } }],
    })
  })

  test('whoever gave such answers is told where help is, whatever the app prefers to get back', async () => {
    const prefer = (value: string) => ({ prefer: `return=${value}` })
    const flagged = response([0, 0, 0, 0, 0, 0, 0, 0, 1])
    for (const value of ['minimal', 'representation', 'OperationOutcome']) {
      const reply = await world.post('clinic', 'QuestionnaireResponse', flagged, prefer(value))
      expect(expectStatus(reply, 201).headers.get('link')).toContain('<tel:988>; rel="help"')
      if (value === 'OperationOutcome') expect(reply.text).toContain('call or text 988')
    }
    const calm = await world.post('clinic', 'QuestionnaireResponse', response([3, 3, 3, 3, 3, 3, 3, 3, 0]))
    expect(expectStatus(calm, 201).headers.get('link')).toBeNull()
  })

  test('a review that nobody acknowledges in time is escalated, once; one that somebody took is not', async () => {
    world.setClock('2026-06-16T12:00:00Z')
    await escalate(world.services)
    const [waiting, taken] = [
      await send(response([0, 0, 0, 0, 0, 0, 0, 0, 1])),
      await send(response([0, 0, 0, 0, 0, 0, 0, 0, 2])),
    ]
    const taskOf = async ({ id }: QuestionnaireResponse) => ((await derivedFrom('Task', id)) as Task[])[0]
    const own = await taskOf(taken)
    expectStatus(await world.put('clinic', `Task/${own?.id}`, { ...own, status: 'accepted' }), 200)
    world.setClock('2026-06-16T12:59:00Z')
    expect(await escalate(world.services)).toBe(0)
    world.setClock('2026-06-16T13:01:00Z')
    expect(await escalate(world.services)).toBe(1)
    expect(await taskOf(waiting)).toMatchObject({
      status: 'requested',
      priority: 'stat',
      owner: { reference: 'Organization/clinic' },
      businessStatus: { coding: [{ code: 'escalated' }] },
    })
    expect(await taskOf(taken)).toMatchObject({
      status: 'accepted',
      owner: { reference: 'Practitioner/doc' },
    })
    expect(await escalate(world.services)).toBe(0)
    world.setClock('2026-06-15T12:00:00Z')
  })

  test('a label on the answers is on the score and on the Task', async () => {
    const { id } = await send(response([0, 0, 0, 0, 0, 0, 0, 0, 1], labelled(['HIV'])))
    expect(await derivedFrom('Observation', id)).toHaveLength(1)
    expect(await derivedFrom('Observation', id, 'hospital')).toEqual([])
    expect(await derivedFrom('Task', id, 'hospital')).toEqual([])
    const plain = await send(response([0, 0, 0, 0, 0, 0, 0, 0, 1]))
    expect(await derivedFrom('Observation', plain.id, 'hospital')).toHaveLength(1)
  })

  const good = response([0, 0, 0, 0, 0, 0, 0, 0, 0])
  const [first] = good.item

  test.each([
    [
      'an item that is not in it',
      { item: [...good.item, { linkId: 'nonsense', answer: [{ valueInteger: 1 }] }] },
    ],
    ['an item twice', { item: [...good.item, first] }],
    [
      'two answers to one item',
      { item: [{ ...first, answer: [...(first?.answer ?? []), ...(first?.answer ?? [])] }] },
    ],
    ['an answer of another type', { item: [{ ...first, answer: [{ valueInteger: 2 }] }] }],
    [
      'an answer that is no option',
      { item: [{ ...first, answer: [{ valueCoding: { system: 'http://loinc.org', code: 'LA0-0' } }] }] },
    ],
    ['an empty answer', { item: [{ ...first, answer: [{}] }] }],
  ])('a response with %s is refused, and leaves nothing behind', async (_name, wrong) => {
    const count = async (type: string) => searchset(await world.get('clinic', `${type}?_count=0`)).total
    const types = ['QuestionnaireResponse', 'Observation', 'Task']
    const before = await Promise.all(types.map(count))
    expectOutcome(await world.post('clinic', 'QuestionnaireResponse', { ...good, ...wrong }), 422)
    expect(await Promise.all(types.map(count))).toEqual(before)
  })

  test('a response in error is not scored', async () => {
    const { id } = await send(response([1, 1, 1, 1, 1, 1, 1, 1, 0], { status: 'entered-in-error' }))
    expect(await derivedFrom('Observation', id)).toEqual([])
  })

  test('answers to a Questionnaire that is not known here are kept as they are', async () => {
    const own = await send({ ...good, questionnaire: 'https://other.example/Questionnaire/x' })
    expect(own.item).toHaveLength(9)
    expect(await derivedFrom('Observation', own.id)).toEqual([])
  })

  test('an instrument whose text the site brings is scored and flagged by its own Questionnaire, once that is accepted', async () => {
    const own = { ...siteQuestionnaire('epds'), id: 'site-epds' }
    const calm = answered(
      'epds',
      scoring('epds').items.map((item) => item.scores?.indexOf(0) ?? 0),
    )
    const given = { ...unnamed(calm), subject: { reference: 'Patient/ann' } }
    await world.load('clinic', [own], 'plain')
    expect(await derivedFrom('Observation', (await send(given)).id)).toEqual([])
    await world.load('clinic', [own])
    const { id } = await send(given)
    expect(((await derivedFrom('Observation', id)) as Observation[])[0]?.valueInteger).toBe(0)
    expect(await derivedFrom('Task', id)).toEqual([])
    const last = { linkId: 'epds-10', answer: [{ valueCoding: { system: 'urn:site', code: 'a0' } }] }
    const raised = await send({ ...given, item: [...(given.item ?? []).slice(0, -1), last] })
    expect(await derivedFrom('Task', raised.id)).toHaveLength(1)
  })

  test('a Questionnaire that a partner writes under the same address scores nothing anew', async () => {
    expectStatus(
      await world.post('hospital', 'Questionnaire', { ...unnamed(phq9 as { id?: string }), title: 'Mine' }),
      201,
    )
    const { id } = await send(response([1, 0, 0, 0, 0, 0, 0, 0, 0]))
    expect(((await derivedFrom('Observation', id)) as Observation[])[0]?.valueInteger).toBe(1)
  })
})
