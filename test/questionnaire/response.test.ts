import { describe, expect, it } from 'vitest'
import { checkResponse } from '../../src/questionnaire/check-response.ts'
import { flagTask } from '../../src/questionnaire/flag-task.ts'
import { instruments } from '../../src/questionnaire/instruments.ts'
import { questionnaireOf, questionnaires } from '../../src/questionnaire/library.ts'
import { fill, instrument } from './fill.ts'

const answer = { valueCoding: { system: 'http://loinc.org', code: 'LA6568-5' } }

describe('checkResponse', () => {
  const response = fill('phq-2', [1, 2])
  const given = (item: NonNullable<typeof response.item>) =>
    checkResponse(instrument('phq-2'), { ...response, item })

  it('has nothing to say of a good response', () => {
    expect(checkResponse(instrument('phq-2'), response)).toEqual([])
  })

  it.each([
    [
      'an unknown item',
      [{ linkId: '/1-8', answer: [answer] }],
      'QuestionnaireResponse.item[0]',
      'unknown linkId `/1-8`',
    ],
    [
      'an answer that is no option',
      [{ linkId: '/44250-9', answer: [{ valueCoding: { system: 'http://loinc.org', code: 'LA33-6' } }] }],
      'QuestionnaireResponse.item[0].answer[0]',
      'answer to `/44250-9` is not one of its options',
    ],
    [
      'an answer of the wrong type',
      [{ linkId: '/44250-9', answer: [{ valueInteger: 1 }] }],
      'QuestionnaireResponse.item[0].answer[0]',
      'answer to `/44250-9` must be valueCoding',
    ],
    [
      'an answer without a value',
      [{ linkId: '/44250-9', answer: [{}] }],
      'QuestionnaireResponse.item[0].answer[0]',
      'answer to `/44250-9` must be valueCoding',
    ],
    [
      'a duplicated item',
      [
        { linkId: '/44250-9', answer: [answer] },
        { linkId: '/44250-9', answer: [answer] },
      ],
      'QuestionnaireResponse.item[1]',
      'item `/44250-9` appears more than once',
    ],
    [
      'two answers',
      [{ linkId: '/44250-9', answer: [answer, answer] }],
      'QuestionnaireResponse.item[0]',
      'item `/44250-9` takes one answer',
    ],
    [
      'an answer to a display',
      [{ linkId: '/55757-9', answer: [answer] }],
      'QuestionnaireResponse.item[0].answer[0]',
      'item `/55757-9` takes no answer',
    ],
    [
      'a nested unknown item',
      [{ linkId: '/44250-9', answer: [{ ...answer, item: [{ linkId: 'x' }] }] }],
      'QuestionnaireResponse.item[0].answer[0].item[0]',
      'unknown linkId `x`',
    ],
  ])('finds %s', (_, item, expression, text) => {
    expect(given(item)).toEqual([{ expression, text }])
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
      for (const { linkId, most = 0 } of scoring?.items ?? []) {
        const options = items.find((it) => it.linkId === linkId)?.answerOption ?? []
        const places = Array.from({ length: most + 1 }, (_none, place) => place)
        expect(options.map((it) => it.valueCoding?.extension?.[0]?.valueDecimal)).toEqual(places)
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
