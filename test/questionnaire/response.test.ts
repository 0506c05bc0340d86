import type { QuestionnaireItem, QuestionnaireResponseItemAnswer, ValueSet } from 'fhir/r4'
import { describe, expect, it, test } from 'vitest'
import { flagTask } from '../../src/questionnaire/flag-task.ts'
import { instruments } from '../../src/questionnaire/instruments.ts'
import { questionnaireOf, questionnaires } from '../../src/questionnaire/library.ts'
import { url } from '../../src/questionnaire/sdc.ts'
import { fill } from './fill.ts'
import { errors, form, path, reply, says, told } from './forms.ts'

const item = (type: QuestionnaireItem['type'], more: Partial<QuestionnaireItem> = {}): QuestionnaireItem => ({
  linkId: 'a',
  type,
  ...more,
})

const coding = (code: string, system = 'urn:s') => ({ valueCoding: { system, code } })
const options = [coding('yes'), coding('no')]
const limit = (kind: keyof typeof url, value: number) => ({
  extension: [{ url: url[kind], valueInteger: value }],
})

describe('a response against its Questionnaire', () => {
  it('a good one has nothing wrong', () => {
    const phq2 = questionnaireOf('https://sluice.example/fhir/Questionnaire/phq-2')
    expect(phq2 === undefined ? 'none' : told(phq2, fill('phq-2', [1, 2]))).toEqual([])
  })

  const [a, b] = [item('string', { required: true }), item('string', { linkId: 'b' })]
  const group = (more: Partial<QuestionnaireItem> = {}) => item('group', { linkId: 'g', item: [a], ...more })
  const text = { valueString: 'secret' }

  test.each([
    ['a required item is left out', [a], [], 'QuestionnaireResponse required'],
    ['a required item has no answer', [a], [{ linkId: 'a' }], 'QuestionnaireResponse.item[0] required'],
    ['an unknown item', [b], [says('x', text)], 'QuestionnaireResponse.item[0] structure'],
    [
      'another order',
      [b, item('string')],
      [says('a', text), says('b', text)],
      'QuestionnaireResponse.item[1] structure',
    ],
    ['another nesting', [group()], [says('a', text)], 'QuestionnaireResponse.item[0] structure'],
    ['an item twice', [b], [says('b', text), says('b', text)], 'QuestionnaireResponse.item[1] structure'],
    ['two answers', [b], [says('b', text, text)], 'QuestionnaireResponse.item[0] structure'],
    [
      'an answer to a display',
      [item('display')],
      [says('a', text)],
      'QuestionnaireResponse.item[0].answer[0] structure',
    ],
    ['an empty answer', [b], [says('b', {})], 'QuestionnaireResponse.item[0].answer[0] value'],
    [
      'a required item in the second group',
      [group({ repeats: true })],
      [{ linkId: 'g', item: [says('a', text)] }, { linkId: 'g' }],
      'QuestionnaireResponse.item[1] required',
    ],
    [
      'an item below an answer',
      [item('boolean', { item: [item('integer', { linkId: 'c' })] })],
      [says('a', { valueBoolean: true, item: [says('c', text)] })],
      'QuestionnaireResponse.item[0].answer[0].item[0].answer[0] value',
    ],
  ])('%s is refused', (_, items, given, expected) => {
    const found = errors(form(items), reply(given))
    expect(found).toContain(expected)
    expect(JSON.stringify(told(form(items), reply(given)))).not.toContain('secret')
  })

  test('in progress may lack what is required, and nothing else', () => {
    expect(errors(form([a]), reply([], 'in-progress'))).toEqual([])
    expect(errors(form([a]), reply([], 'amended'))).toEqual(['QuestionnaireResponse required'])
    expect(errors(form([b]), reply([says('b', text, text)], 'in-progress'))).toHaveLength(1)
  })

  const values: readonly QuestionnaireResponseItemAnswer[] = [
    { valueBoolean: true },
    { valueDecimal: 1.5 },
    { valueInteger: 1 },
    { valueDate: '2026-01-01' },
    { valueDateTime: '2026-01-01T00:00:00Z' },
    { valueTime: '10:00:00' },
    { valueString: 'x' },
    { valueUri: 'urn:x' },
    coding('yes'),
    { valueAttachment: { title: 'x' } },
    { valueReference: { reference: 'Patient/x' } },
    { valueQuantity: { value: 1 } },
  ]

  test.each([
    ['boolean', 0],
    ['decimal', 1],
    ['integer', 2],
    ['date', 3],
    ['dateTime', 4],
    ['time', 5],
    ['string', 6],
    ['text', 6],
    ['url', 7],
    ['choice', 8],
    ['attachment', 9],
    ['reference', 10],
    ['quantity', 11],
  ] as const)('an item of type %s takes values of its type alone', (type, own) => {
    const taken = values.map((value) => errors(form([item(type)]), reply([says('a', value)])).length === 0)
    expect(taken).toEqual(values.map((_, place) => place === own))
  })

  test.each([
    ['choice', coding('yes'), true],
    ['choice', coding('maybe'), false],
    ['choice', coding('yes', 'urn:other'), false],
    ['choice', text, false],
    ['open-choice', coding('maybe'), false],
    ['open-choice', text, true],
  ] as const)('%s with options takes %j: %s', (type, value, taken) => {
    const found = errors(form([item(type, { answerOption: options })]), reply([says('a', value)]))
    expect(found.length === 0).toBe(taken)
  })

  test('options may be of other types', () => {
    const numbers = form([item('choice', { answerOption: [{ valueInteger: 1 }, { valueInteger: 2 }] })])
    expect(errors(numbers, reply([says('a', { valueInteger: 2 })]))).toEqual([])
    expect(errors(numbers, reply([says('a', { valueInteger: 3 })]))).toHaveLength(1)
  })

  test('a value set is looked up, one that the form contains too; one that is not known is told', () => {
    const gender = form([
      item('choice', { answerValueSet: 'http://hl7.org/fhir/ValueSet/administrative-gender' }),
    ])
    const female = coding('female', 'http://hl7.org/fhir/administrative-gender')
    expect(told(gender, reply([says('a', female)]))).toEqual([])
    expect(errors(gender, reply([says('a', coding('woman'))]))).toEqual([
      'QuestionnaireResponse.item[0].answer[0] code-invalid',
    ])
    const set: ValueSet = {
      resourceType: 'ValueSet',
      id: 'own',
      status: 'active',
      compose: { include: [{ system: 'urn:s', concept: [{ code: 'yes' }] }] },
    }
    const own = form([item('choice', { answerValueSet: '#own' })], { contained: [set] })
    expect(told(own, reply([says('a', coding('yes'))]))).toEqual([])
    expect(errors(own, reply([says('a', coding('no'))]))).toHaveLength(1)
    const unknown = form([item('choice', { answerValueSet: 'https://nowhere.example/ValueSet/x' })])
    expect(told(unknown, reply([says('a', coding('yes'))]))).toEqual([
      expect.stringMatching(/^warning Questionnaire.item\[0\]: .*not known here/),
    ])
  })

  test.each([
    ['string', limit('minLength', 3), { valueString: 'ab' }, { valueString: 'abc' }],
    ['string', { maxLength: 2 }, { valueString: 'abc' }, { valueString: '\u{1F600}\u{1F600}' }],
    ['integer', limit('minValue', 3), { valueInteger: 2 }, { valueInteger: 3 }],
    ['integer', limit('maxValue', 3), { valueInteger: 4 }, { valueInteger: 3 }],
    ['decimal', limit('maxDecimalPlaces', 1), { valueDecimal: 1.25 }, { valueDecimal: 1.2 }],
    [
      'quantity',
      limit('maxDecimalPlaces', 0),
      { valueQuantity: { value: 0.5 } },
      { valueQuantity: { value: 5 } },
    ],
    [
      'date',
      { extension: [{ url: url.minValue, valueDate: '2026-02-01' }] },
      { valueDate: '2026-01-31' },
      { valueDate: '2026-02-01' },
    ],
  ] as const)('limits of %s: %j', (type, more, wrong, right) => {
    const questionnaire = form([item(type, structuredClone(more) as Partial<QuestionnaireItem>)])
    expect(errors(questionnaire, reply([says('a', wrong)]))).toEqual([
      'QuestionnaireResponse.item[0].answer[0] value',
    ])
    expect(errors(questionnaire, reply([says('a', right)]))).toEqual([])
  })

  test('at least and at most so many answers', () => {
    const often = {
      extension: [
        { url: url.minOccurs, valueInteger: 2 },
        { url: url.maxOccurs, valueInteger: 3 },
      ],
    }
    const questionnaire = form([item('string', { required: true, repeats: true, ...often })])
    const counts = [1, 2, 3, 4].map((count) =>
      errors(questionnaire, reply([says('a', ...Array.from({ length: count }, () => text))])),
    )
    expect(counts.map((found) => found.length)).toEqual([1, 0, 0, 1])
  })

  const constraint = (severity: string, expression: string) => ({
    url: url.constraint,
    extension: [
      { url: 'key', valueId: 'c-1' },
      { url: 'severity', valueCode: severity },
      { url: 'requirements', valueString: 'Both make sense together only.' },
      { url: 'human', valueString: 'The end comes after the start.' },
      { url: 'expression', valueString: expression },
    ],
  })

  test('constraints hold for the whole form and for an item, as errors and as warnings', () => {
    const dates = [item('date', { linkId: 'from' }), item('date', { linkId: 'to' })]
    const ordered = "item.where(linkId='from').answer.value <= item.where(linkId='to').answer.value"
    const given = reply([says('from', { valueDate: '2026-02-01' }), says('to', { valueDate: '2026-01-01' })])
    const good = reply([says('from', { valueDate: '2026-01-01' }), says('to', { valueDate: '2026-01-01' })])
    const strict = form(dates, { extension: [constraint('error', ordered)] })
    expect(told(strict, given)).toEqual([
      'error QuestionnaireResponse: The end comes after the start. (constraint `c-1`)',
    ])
    expect(told(strict, good)).toEqual([])
    const mild = form(dates, { extension: [constraint('warning', ordered)] })
    expect(errors(mild, given)).toEqual([])
    expect(told(mild, given)).toHaveLength(1)
    const one = form([item('integer', { extension: [constraint('error', 'answer.value mod 2 = 0')] })])
    expect(errors(one, reply([says('a', { valueInteger: 3 })]))).toEqual([
      'QuestionnaireResponse.item[0] invariant',
    ])
    expect(errors(one, reply([says('a', { valueInteger: 4 })]))).toEqual([])
  })

  test('what cannot be evaluated over an answer does not hold; what never can be is told and not asked', () => {
    const odd = form([item('string', { extension: [constraint('error', "answer.value.matches('(a+)+$')")] })])
    expect(errors(odd, reply([says('a', { valueString: 'aaaa' })]))).toHaveLength(1)
    const broken = form([item('string', { extension: [constraint('error', 'answer.value ===')] })])
    expect(told(broken, reply([says('a', text)]))).toEqual([
      expect.stringMatching(/^warning Questionnaire.item\[0\]: constraint `c-1` is no FHIRPath/),
    ])
    const launched = form([item('string', { extension: [constraint('error', '%patient.exists()')] })])
    expect(told(launched, reply([says('a', text)]))).toEqual([
      expect.stringMatching(/^warning .*has no value here/),
    ])
  })

  test('calculations that go in circles are told with each item', () => {
    const other = (linkId: string) =>
      path('calculatedExpression', `%resource.item.where(linkId='${linkId}').answer.value + 1`)
    const circular = form([
      item('integer', { extension: [other('b')] }),
      item('integer', { linkId: 'b', extension: [other('c')] }),
      item('integer', { linkId: 'c', extension: [other('a')] }),
      item('integer', { linkId: 'd', extension: [other('a')] }),
    ])
    expect(told(circular, reply([])).map((one) => one.split(':')[0])).toEqual([
      'warning Questionnaire.item[0]',
      'warning Questionnaire.item[1]',
      'warning Questionnaire.item[2]',
    ])
  })
})

describe('flagTask', () => {
  it('asks the clinician at once, and repeats no answer', () => {
    const response = { ...fill('phq-9', [0, 0, 0, 0, 0, 0, 0, 0, 2]), id: 'r' }
    const task = flagTask({
      response,
      owner: { reference: 'Practitioner/d' },
      authoredOn: '2026-03-01T09:00:00Z',
      flags: ['item 9 answered above 0'],
      due: '2026-03-01T10:00:00Z',
    })
    expect(task).toEqual({
      resourceType: 'Task',
      status: 'requested',
      intent: 'order',
      priority: 'stat',
      code: {
        coding: [
          {
            system: 'https://sluice.example/fhir/CodeSystem/task-code',
            code: 'safety-review',
            display: 'Safety review',
          },
        ],
        text: 'Safety review: item 9 answered above 0',
      },
      restriction: { period: { end: '2026-03-01T10:00:00Z' } },
      focus: { reference: 'QuestionnaireResponse/r' },
      for: { reference: 'Patient/p' },
      authoredOn: '2026-03-01T09:00:00Z',
      owner: { reference: 'Practitioner/d' },
    })
  })
})

describe('the shipped instruments', () => {
  it.each(questionnaires.map((it) => [it.id, it] as const))(
    '%s agrees with its scoring',
    (_, questionnaire) => {
      const scoring = instruments.find((it) => it.url === questionnaire.url)
      expect(questionnaire.code?.[0]?.code).toBe(scoring?.panel.code)
      expect(questionnaire.copyright).toContain('LOINC')
      const items = questionnaire.item ?? []
      for (const { linkId, most = 0, scores, answers } of scoring?.items ?? []) {
        const options = items.find((it) => it.linkId === linkId)?.answerOption ?? []
        const places = scores ?? Array.from({ length: most + 1 }, (_none, place) => place)
        const ordinals = options.map((it) => it.valueCoding?.extension?.[0]?.valueDecimal)
        // Yes and no are known by their codes, whichever is printed first.
        expect(answers === 'yes-no' ? ordinals.toReversed() : ordinals).toEqual(places)
      }
    },
  )

  it('are found by canonical, with a version or without', () => {
    const url = 'https://sluice.example/fhir/Questionnaire/gad-7'
    expect(questionnaireOf(url)?.id).toBe('gad-7')
    expect(questionnaireOf(`${url}|1.0.0`)?.id).toBe('gad-7')
    expect(questionnaireOf(`${url}|9`)).toBeUndefined()
    expect(questionnaireOf(undefined)).toBeUndefined()
  })
})
