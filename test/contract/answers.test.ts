import type { OperationOutcome, Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { form, says } from '../questionnaire/forms.ts'
import { kinds } from './databases.ts'
import { expectOutcome, expectStatus } from './outcome.ts'
import { patient, unnamed } from './records.ts'
import { openWorld, type Reply, type Who, type World } from './world.ts'

const canonical = 'https://forms.example/Questionnaire/'

/** A form with one item, of a type and under a version. */
const sheet = (name: string, type: 'string' | 'integer', more: Partial<Questionnaire> = {}): Questionnaire =>
  form([{ linkId: 'a', type }], { url: `${canonical}${name}`, ...more })

const text = [says('a', { valueString: 'x' })]
const amount = [says('a', { valueInteger: 1 })]

describe.each(kinds)('which Questionnaire answers are held against, on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [patient('ann')])
    await world.load('hospital', [patient('bea')])
  })
  afterAll(() => world.close())

  const response = (
    name: string,
    item: QuestionnaireResponse['item'],
    who = 'ann',
  ): QuestionnaireResponse => ({
    resourceType: 'QuestionnaireResponse',
    questionnaire: name.includes(':') ? name : `${canonical}${name}`,
    status: 'completed',
    subject: { reference: `Patient/${who}` },
    ...(item === undefined ? {} : { item }),
  })
  const store = async (questionnaire: Questionnaire, who: Who = 'clinic') =>
    expectStatus(await world.post(who, 'Questionnaire', questionnaire), 201).as<Questionnaire>()
  const send = (name: string, item: QuestionnaireResponse['item'], who: Who = 'clinic', about = 'ann') =>
    world.post(who, 'QuestionnaireResponse', response(name, item, about))
  const warned = (reply: Reply): string[] =>
    expectStatus(reply, 201)
      .as<OperationOutcome>()
      .issue.filter(({ severity, diagnostics }) => severity === 'warning' && diagnostics === undefined)
      .map(({ details }) => details?.text ?? '')
  const asking = { prefer: 'return=OperationOutcome' }

  test('a stored one, by its canonical, with version or without; every write is held against it', async () => {
    await store(sheet('stored', 'integer', { version: '1' }))
    expectOutcome(await send('stored', text), 422)
    expectOutcome(await send('stored|1', text), 422)
    const made = expectStatus(await send('stored', amount), 201).as<QuestionnaireResponse>()
    expectOutcome(await world.put('clinic', `QuestionnaireResponse/${made.id}`, { ...made, item: text }), 422)
    const patch = JSON.stringify([{ op: 'replace', path: '/item/0/linkId', value: 'b' }])
    const headers = { 'content-type': 'application/json-patch+json' }
    expectOutcome(
      await world.send('clinic', 'PATCH', `QuestionnaireResponse/${made.id}`, { headers, body: patch }),
      422,
    )
    const entry = [
      { resource: response('stored', text), request: { method: 'POST', url: 'QuestionnaireResponse' } },
    ]
    expectOutcome(await world.post('clinic', '', { resourceType: 'Bundle', type: 'transaction', entry }), 422)
  })

  test('an issue names the place and the item, and not the answer', async () => {
    const reply = await send('stored', [says('a', { valueString: 'a secret' })])
    const { issue } = reply.as<OperationOutcome>()
    expect(issue).toEqual([
      {
        severity: 'error',
        code: 'value',
        details: { text: 'answer to `a` must be `valueInteger`' },
        expression: ['QuestionnaireResponse.item[0].answer[0]'],
      },
    ])
  })

  test('one that the same transaction brings', async () => {
    const bundle = (item: QuestionnaireResponse['item']) => ({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        { resource: sheet('brought', 'integer'), request: { method: 'POST', url: 'Questionnaire' } },
        { resource: response('brought', item), request: { method: 'POST', url: 'QuestionnaireResponse' } },
      ],
    })
    expect(expectOutcome(await world.post('clinic', '', bundle(text)), 422)).toContain(
      'Bundle.entry[1].resource',
    )
    expectStatus(await world.post('clinic', '', bundle(amount)), 200)
  })

  test('one that is not known, or not named, is told as a warning', async () => {
    const unknown = await world.post('clinic', 'QuestionnaireResponse', response('urn:none:x', text), asking)
    expect(warned(unknown)).toEqual([expect.stringContaining('not known here')])
    const { questionnaire: _none, ...unbound } = response('x', text)
    expect(warned(await world.post('clinic', 'QuestionnaireResponse', unbound, asking))).toEqual([
      expect.stringContaining('names no Questionnaire'),
    ])
  })

  test('one that the token may not read is one that is not known', async () => {
    const narrow = await world.token('clinic', {
      scope: 'system/QuestionnaireResponse.crus system/Patient.rs',
    })
    expectStatus(await send('stored', text, narrow), 201)
  })

  test('a response stays with the version that it names', async () => {
    const made = await store(sheet('moving', 'string', { version: '1' }))
    const old = expectStatus(await send('moving|1', text), 201).as<QuestionnaireResponse>()
    const next = { ...sheet('moving', 'integer', { version: '2' }), id: made.id }
    world.setClock('2026-07-02T09:00:00Z')
    expectStatus(await world.put('clinic', `Questionnaire/${made.id}`, next), 200)
    world.setClock('2026-07-03T09:00:00Z')
    expectStatus(await send('moving|1', text), 201)
    expectOutcome(await send('moving|1', amount), 422)
    expectStatus(await send('moving|2', amount), 201)
    expectOutcome(await send('moving', text), 422)
    expectStatus(
      await world.put('clinic', `QuestionnaireResponse/${old.id}`, { ...old, language: 'en' }),
      200,
    )
    expect(
      warned(await world.post('clinic', 'QuestionnaireResponse', response('moving|3', text), asking)),
    ).toHaveLength(1)
  })

  test('and, where it changed under the same version, with what it was; that is told', async () => {
    world.setClock('2026-08-01T09:00:00Z')
    const made = await store(sheet('edited', 'string', { version: '1' }))
    const old = expectStatus(await send('edited', text), 201).as<QuestionnaireResponse>()
    world.setClock('2026-08-02T09:00:00Z')
    const next = { ...sheet('edited', 'integer', { version: '1' }), id: made.id }
    expectStatus(await world.put('clinic', `Questionnaire/${made.id}`, next), 200)
    world.setClock('2026-08-03T09:00:00Z')
    const changed = await world.put(
      'clinic',
      `QuestionnaireResponse/${old.id}`,
      { ...old, language: 'en' },
      asking,
    )
    expect(changed.status).toBe(200)
    expect(changed.text).toContain('has changed under the same version')
    expectOutcome(await send('edited', text), 422)
  })

  test("an organization's own comes before those of others, and several of others count for nothing", async () => {
    await store(sheet('shared', 'integer'), 'hospital')
    expectOutcome(await send('shared', text), 422)
    await store(sheet('shared', 'string'), 'clinic')
    expectStatus(await send('shared', text), 201)
    expectOutcome(await send('shared', text, 'hospital', 'bea'), 422)
    await store(sheet('twice', 'integer'), 'hospital')
    await store(sheet('twice', 'integer'), 'psychiatry')
    const reply = await world.post('clinic', 'QuestionnaireResponse', response('twice', text), asking)
    expect(warned(reply)).toEqual([expect.stringContaining('several Questionnaires')])
  })

  test('a shipped one cannot be replaced by anybody', async () => {
    const phq2 = 'https://sluice.example/fhir/Questionnaire/phq-2'
    await store({ ...unnamed(sheet('x', 'string')), url: phq2 }, 'hospital')
    expectOutcome(await send(phq2, text), 422)
  })
})
