import type { CarePlan, Composition, FhirResource, Observation, QuestionnaireResponse } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from './databases.ts'
import { expectStatus, matches } from './outcome.ts'
import { observation, patient, practitioner } from './records.ts'
import { openWorld, type World } from './world.ts'

const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'

/** The label of one element, as DS4P has it. */
const inline = (code: string) => ({
  extension: [
    {
      url: 'http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label',
      valueCoding: { system: actCode, code },
    },
  ],
})

const subject = { reference: 'Patient/ann' }

const response: QuestionnaireResponse = {
  resourceType: 'QuestionnaireResponse',
  id: 'answers',
  status: 'completed',
  subject,
  item: [
    { linkId: 'sleep', text: 'Sleep', answer: [{ valueString: 'well' }] },
    { linkId: 'drink', text: 'Drink', ...inline('ETHUD'), answer: [{ valueString: 'gin' }] },
  ],
}

const plan: CarePlan = {
  resourceType: 'CarePlan',
  id: 'plan',
  status: 'active',
  intent: 'plan',
  subject,
  activity: [
    { detail: { status: 'in-progress', description: 'walks' } },
    { ...inline('SUD'), detail: { status: 'in-progress', description: 'detox' } },
  ],
}

const narrative = {
  status: 'generated' as const,
  div: '<div xmlns="http://www.w3.org/1999/xhtml">as said</div>',
}

const document: Composition = {
  resourceType: 'Composition',
  id: 'summary',
  status: 'final',
  type: { text: 'Summary' },
  subject,
  date: '2026-01-01',
  author: [{ reference: 'Practitioner/doc' }],
  title: 'Summary',
  section: [
    { title: 'Diet', text: narrative },
    { title: 'Hepatitis and HIV', text: narrative, ...inline('HIV') },
  ],
}

const noted: Observation = {
  ...observation('noted', 'ann'),
  note: [{ text: 'at ease' }, { text: 'smelled of gin', ...inline('ETHUD') }],
}

/** A primitive, and an element that must be there. */
const named = {
  ...patient('zoe'),
  birthDate: '1990-02-03',
  _birthDate: inline('VIP'),
}
const whole = {
  ...observation('whole', 'ann'),
  code: { ...inline('HIV'), text: 'CD4 count' },
}

describe.each(kinds)('labels of elements, as their sender put them, on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [practitioner('doc')])
    await world.load('clinic', [patient('ann'), named, response, plan, document, noted, whole])
    await world.know('hospital', 'Patient/ann')
    await world.know('hospital', 'Patient/zoe')
  })
  afterAll(() => world.close())

  const seenBy = async (who: string, key: string) => expectStatus(await world.get(who, key), 200)

  test.each([
    ['QuestionnaireResponse/answers', /gin|drink/i, /well/],
    ['CarePlan/plan', /detox/, /walks/],
    ['Composition/summary', /HIV|Hepatitis/, /Diet/],
    ['Observation/noted', /gin/, /at ease/],
    ['Patient/zoe', /1990-02-03/, /zoe/],
  ])('%s without the element for who may not have it', async (key, hidden, left) => {
    const own = await seenBy('clinic', key)
    expect(own.text).toMatch(hidden)
    expect(own.as<FhirResource>().meta?.security?.map(({ code }) => code)).toContain('PROCESSINLINELABEL')
    const other = await seenBy('hospital', key)
    expect(other.text).not.toMatch(hidden)
    expect(other.text).not.toMatch(/inline-sec-label|PROCESSINLINELABEL|ETHUD|SUD|VIP/)
    expect(other.text).toMatch(left)
    expect(other.as<FhirResource>().meta?.security?.map(({ code }) => code)).toEqual(['N'])
  })

  test('an element that must be there labels what it stands in', async () => {
    expect((await world.get('hospital', 'Observation/whole')).status).toBe(404)
    expectStatus(await world.get('clinic', 'Observation/whole'), 200)
  })

  test('what is labelled inline cannot be searched by', async () => {
    expect(matches(await world.get('clinic', 'Patient?birthdate=1990-02-03'))).toEqual(['zoe'])
    expect(matches(await world.get('hospital', 'Patient?birthdate=1990-02-03'))).toEqual([])
    expect(matches(await world.get('hospital', 'Patient?birthdate:missing=true'))).toContain('zoe')
  })

  test('a label that is left out of an update stays, where its element went or is changed', async () => {
    const next: Observation = {
      ...noted,
      note: [{ text: 'smelled of gin' }, { text: 'at ease' }, { text: 'new' }],
    }
    expectStatus(await world.put('clinic', 'Observation/noted', next), 200)
    const other = (await seenBy('hospital', 'Observation/noted')).as<Observation>()
    expect(other.note).toEqual([{ text: 'new' }])
    expectStatus(
      await world.put('clinic', 'Observation/noted', {
        ...noted,
        note: [{ text: 'at ease' }, { text: 'smelled of rum' }],
      }),
      200,
    )
    expect((await seenBy('hospital', 'Observation/noted')).text).not.toMatch(/rum/)
  })

  test('a sender may raise the label of an element, which hides it at once', async () => {
    const raised: CarePlan = {
      ...plan,
      activity: plan.activity?.map((one) => ({ ...one, ...inline('HIV') })) ?? [],
    }
    expectStatus(await world.put('clinic', 'CarePlan/plan', raised), 200)
    expect((await seenBy('hospital', 'CarePlan/plan')).as<CarePlan>().activity).toBeUndefined()
  })
})
