import type { Bundle, CarePlan, Condition, MedicationAdministration, MedicationRequest, Task } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from './databases.ts'
import { expectOutcome, expectStatus, matches, searchset } from './outcome.ts'
import { labelled, patient, practitioner } from './records.ts'
import { type Bearer, openWorld, type World } from './world.ts'

const ordered = (id: string, more: Partial<MedicationRequest> = {}): MedicationRequest => ({
  resourceType: 'MedicationRequest',
  id,
  status: 'active',
  intent: 'order',
  medicationCodeableConcept: { text: 'a medicine' },
  subject: { reference: 'Patient/ann' },
  requester: { reference: 'Practitioner/doc' },
  ...more,
})

const noted = { reference: 'MedicationRequest/noted', display: 'as noted' }
const [first, second] = [{ reference: 'MedicationRequest/first' }, { reference: 'MedicationRequest/second' }]

/** What was given on the order of a note: that it was one, the author of the note alone knows. */
const given = (id: string): MedicationAdministration => ({
  resourceType: 'MedicationAdministration',
  id,
  status: 'in-progress',
  medicationCodeableConcept: { text: 'a medicine' },
  subject: { reference: 'Patient/ann' },
  effectiveDateTime: '2026-03-01T09:00:00Z',
  performer: [{ actor: { reference: 'Practitioner/doc' } }],
  request: noted,
  text: { status: 'additional', div: '<div xmlns="http://www.w3.org/1999/xhtml">of a note</div>' },
})

describe.each(kinds)('writes over what the writer does not see, on %s', (kind) => {
  let world: World
  let author: Bearer

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [practitioner('doc')])
    await world.member('doc', 'Practitioner/doc', 'Organization/clinic', 'clinician')
    await world.load('clinic', [
      patient('ann'),
      { resourceType: 'CareTeam', id: 'team', status: 'active', subject: { reference: 'Patient/ann' }, participant: [{ member: { reference: 'Practitioner/doc' } }] },
      ordered('noted', labelled(['PSYTHPN'])),
      ordered('first'),
      ordered('second'),
      ...['replaced', 'left', 'told', 'deleted', 'returned', 'gone', 'matched'].map(given),
    ]) // prettier-ignore
    await world.know('hospital', 'Patient/ann')
    author = await world.token('clinic', { user: 'doc' })
  })
  afterAll(() => world.close())

  const read = async (who: string | Bearer, id: string) =>
    expectStatus(await world.get(who, `MedicationAdministration/${id}`), 200).as<MedicationAdministration>()
  const put = async (who: string | Bearer, next: MedicationAdministration, status = 200) =>
    expectStatus(await world.put(who, `MedicationAdministration/${next.id ?? ''}`, next), status)

  test('a value over a masked one stands where the masked one does not show, and both can be found', async () => {
    const seen = await read('clinic', 'replaced')
    expect(seen.request).toBeUndefined()
    const answer = await put('clinic', { ...seen, request: first })
    expect(answer.as<MedicationAdministration>().request).toEqual(first)
    expect((await read('clinic', 'replaced')).request).toEqual(first)
    expect((await read('hospital', 'replaced')).request).toEqual(first)
    expect((await read(author, 'replaced')).request).toEqual(noted)
    const found = async (who: string | Bearer, request: string) =>
      matches(
        await world.get(who, `MedicationAdministration?request=MedicationRequest/${request}&_id=replaced`),
      )
    expect(await found('clinic', 'first')).toEqual(['replaced'])
    expect(await found('clinic', 'noted')).toEqual([])
    expect(await found(author, 'noted')).toEqual(['replaced'])
  })

  test('it stays through what others write, changes, and goes again', async () => {
    const own = await read(author, 'replaced')
    await put(author, { ...own, status: 'completed' })
    expect(await read('clinic', 'replaced')).toMatchObject({ status: 'completed', request: first })
    await put('clinic', { ...(await read('clinic', 'replaced')), request: second })
    expect((await read('clinic', 'replaced')).request).toEqual(second)
    const { request: _second, ...rest } = await read('clinic', 'replaced')
    await put('clinic', rest)
    expect((await read('clinic', 'replaced')).request).toBeUndefined()
    expect((await read(author, 'replaced')).request).toEqual(noted)
  })

  test('a task tells of it to who sees the masked value, and to nobody else', async () => {
    const tasks = async (who: string | Bearer) =>
      (searchset(await world.get(who, 'Task?focus=MedicationAdministration/replaced')).entry ?? []).map(
        ({ resource }) => resource as Task,
      )
    expect(await tasks('clinic')).toEqual([])
    expect(await tasks('hospital')).toEqual([])
    const [task, ...others] = await tasks(author)
    expect(others).toHaveLength(1)
    expect(task).toMatchObject({
      status: 'requested',
      focus: { reference: 'MedicationAdministration/replaced' },
    })
    expect(JSON.stringify(task)).not.toMatch(/MedicationRequest|noted/)
  })

  test('an update that says nothing of it leaves what is masked', async () => {
    await put('clinic', { ...(await read('clinic', 'left')), status: 'completed' })
    const own = await read(author, 'left')
    expect(own).toMatchObject({ status: 'completed', request: noted })
    expect(own.text?.div).toMatch('of a note')
  })

  test('If-Match is judged on the own cut: the version of a richer one matches no more than one that never was', async () => {
    const own = await read('clinic', 'matched')
    const { text: _text, ...richer } = await read(author, 'matched')
    await put(author, { ...richer, request: { ...noted, display: 'as noted then' } })
    const [hers, theirs] = [await read(author, 'matched'), await read('clinic', 'matched')]
    expect(hers.meta?.versionId).not.toBe(theirs.meta?.versionId)
    const send = (version: string | undefined) =>
      world.put(
        'clinic',
        'MedicationAdministration/matched',
        { ...own, status: 'completed' },
        { 'if-match': `W/"${version ?? ''}"` },
      )
    const [another, none] = [await send(hers.meta?.versionId), await send('never')]
    expect([another.status, another.text]).toEqual([412, none.text])
    expectStatus(await send(theirs.meta?.versionId), 200)
  })

  test('a narrative of who sees less stands in the cut of who sees less', async () => {
    const words = { status: 'additional' as const, div: '<div xmlns="http://www.w3.org/1999/xhtml">more</div>' }
    await put('clinic', { ...(await read('clinic', 'told')), text: words })
    expect((await read('clinic', 'told')).text).toEqual(words)
    expect((await read(author, 'told')).text?.div).toMatch('of a note')
  }) // prettier-ignore

  test('a delete takes the cuts that its sender sees; the rest survives', async () => {
    expectStatus(await world.del('clinic', 'MedicationAdministration/deleted'), 204)
    expectOutcome(await world.get('clinic', 'MedicationAdministration/deleted'), 410)
    expectOutcome(await world.get('hospital', 'MedicationAdministration/deleted'), 410)
    const own = await read(author, 'deleted')
    expect(own.request).toEqual(noted)
    await put(author, { ...own, status: 'completed' })
    expectOutcome(await world.get('clinic', 'MedicationAdministration/deleted'), 410)
    const history = (await world.get('clinic', 'MedicationAdministration/deleted/_history')).as<Bundle>()
    expect(history.entry?.map(({ request }) => request?.method)).toEqual(['DELETE', 'POST'])
    expectStatus(await world.del(author, 'MedicationAdministration/deleted'), 204)
    expectOutcome(await world.get(author, 'MedicationAdministration/deleted'), 410)
  })

  test('what was deleted comes back with an update, and with what survived', async () => {
    const seen = await read('clinic', 'returned')
    expectStatus(await world.del('clinic', 'MedicationAdministration/returned'), 204)
    await put('clinic', { ...seen, status: 'completed' }, 201)
    expect(await read('clinic', 'returned')).toMatchObject({ status: 'completed' })
    expect(await read(author, 'returned')).toMatchObject({ status: 'completed', request: noted })
  })

  test('what was deleted whole comes back as it is written', async () => {
    const seen = await read('clinic', 'gone')
    expectStatus(await world.del(author, 'MedicationAdministration/gone'), 204)
    expectOutcome(await world.get('clinic', 'MedicationAdministration/gone'), 410)
    await put('clinic', { ...seen, status: 'completed' }, 201)
    expect((await read(author, 'gone')).request).toBeUndefined()
  })

  test('of a record with many labels in its parts, staff go without the notes and nothing else', async () => {
    const problem = (id: string, code: string): Condition => ({
      resourceType: 'Condition',
      id,
      ...labelled([code]),
      subject: { reference: 'Patient/ann' },
      code: { text: id },
    })
    const plan: CarePlan = {
      resourceType: 'CarePlan',
      id: 'many',
      status: 'active',
      intent: 'plan',
      subject: { reference: 'Patient/ann' },
      addresses: ['one', 'two', 'three'].map((id) => ({ reference: `Condition/${id}` })),
    }
    await world.load('clinic', [
      problem('one', 'HIV'),
      problem('two', 'SUD'),
      problem('three', 'PSYTHPN'),
      plan,
    ])
    const seen = expectStatus(await world.get('clinic', 'CarePlan/many'), 200).as<CarePlan>()
    expect(seen.addresses).toEqual([{ reference: 'Condition/one' }, { reference: 'Condition/two' }])
  })
})
