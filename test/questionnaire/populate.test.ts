import fc from 'fast-check'
import type { QuestionnaireItem } from 'fhir/r4'
import { describe, expect, test } from 'vitest'
import { populate as populated } from '../../src/questionnaire/populate/populate.ts'
import { url } from '../../src/questionnaire/sdc.ts'
import { errors, form, path } from './forms.ts'

const subject = { reference: 'Patient/ann' }
const populate = (
  questionnaire: Parameters<typeof form>[0],
  launch: object = {},
  more: Parameters<typeof form>[1] = {},
) =>
  populated({
    questionnaire: form(questionnaire, more),
    subject,
    launch: { ...launch },
    authored: '2026-03-01T09:00:00Z',
  })
const texts = ({ issues }: ReturnType<typeof populate>) => issues.map(({ details }) => details?.text ?? '')
const initial = (
  linkId: string,
  type: QuestionnaireItem['type'],
  expression: string,
  more: Partial<QuestionnaireItem> = {},
): QuestionnaireItem => ({
  linkId,
  type,
  extension: [path('initialExpression', expression)],
  ...more,
})
const calculated = (linkId: string, expression: string): QuestionnaireItem => ({
  linkId,
  type: 'integer',
  extension: [path('calculatedExpression', expression)],
})
const answerTo = (linkId: string) => `%resource.item.where(linkId='${linkId}').answer.value`

describe('populate', () => {
  test('a chain of calculations settles, whatever the order', () => {
    const { response } = populate([
      calculated('c', `${answerTo('b')} + 1`),
      calculated('b', `${answerTo('a')} + 1`),
      initial('a', 'integer', '1'),
    ])
    expect(response.item?.map(({ answer }) => answer)).toEqual([
      [{ valueInteger: 3 }],
      [{ valueInteger: 2 }],
      [{ valueInteger: 1 }],
    ])
  })

  test('a circle is told with each of its items, and none of them is answered', () => {
    const found = populate([
      calculated('a', `${answerTo('b')} + 1`),
      calculated('b', `iif(${answerTo('a')}.exists(), ${answerTo('a')}, 0)`),
    ])
    expect(texts(found).filter((text) => text.includes('leads back to itself'))).toHaveLength(2)
    expect(found.response.item).toBeUndefined()
  })

  test('a circle that no name gives away never settles, and is told', () => {
    const counted = (linkId: string) => calculated(linkId, '%resource.item.answer.value.sum() + 1')
    const found = populate([initial('x', 'integer', '1'), counted('a'), counted('b')])
    expect(texts(found).some((text) => text.includes('never settles'))).toBe(true)
    expect(found.response.item?.map(({ linkId }) => linkId)).toEqual(['x'])
  })

  test('what is disabled is not calculated with', () => {
    const items = (on: string): QuestionnaireItem[] => [
      initial('on', 'boolean', on),
      initial('a', 'integer', '5', { enableWhen: [{ question: 'on', operator: '=', answerBoolean: true }] }),
      calculated('b', `iif(${answerTo('a')}.exists(), 1, 0)`),
    ]
    const last = (on: string) => populate(items(on)).response.item?.at(-1)?.answer
    expect([last('true'), last('false')]).toEqual([[{ valueInteger: 1 }], [{ valueInteger: 0 }]])
  })

  test('calculated values in repeating groups are those of their own group', () => {
    const { response } = populate(
      [
        {
          linkId: 'g',
          type: 'group',
          repeats: true,
          extension: [
            path('itemPopulationContext', '%list.item', 'one'),
            path('variable', "item.where(linkId='n').answer.value", 'n'),
          ],
          item: [
            initial('n', 'integer', '%one.text.toInteger()'),
            { linkId: 'm', type: 'integer', extension: [path('calculatedExpression', '%n * 10')] },
          ],
        },
      ],
      {
        list: [
          {
            resourceType: 'Questionnaire',
            item: [
              { linkId: '1', text: '1' },
              { linkId: '2', text: '2' },
            ],
          },
        ],
      },
    )
    expect(response.item?.map(({ item }) => item?.map(({ answer }) => answer?.[0]?.valueInteger))).toEqual([
      [1, 10],
      [2, 20],
    ])
  })

  test.each<[string, QuestionnaireItem, string]>([
    ['a value of another type', initial('a', 'integer', "'x'"), 'no answer to it'],
    ['several for one', initial('a', 'string', "'x' | 'y'"), 'the first was taken'],
    ['a context that is not there', initial('a', 'string', '%patient.name'), 'has no value here'],
    ['what is no FHIRPath', initial('a', 'string', '%%'), 'no FHIRPath'],
    ['a look-up', initial('a', 'string', "'Patient/1'.resolve()"), 'look something up'],
    [
      'a context without a name',
      {
        linkId: 'a',
        type: 'group',
        extension: [path('itemPopulationContext', '1')],
        item: [{ linkId: 'b', type: 'string' }],
      },
      'needs a `name`',
    ],
  ])('%s is told', (_, item, said) => {
    expect(texts(populate([item])).some((text) => text.includes(said))).toBe(true)
  })

  test('a hostile form ends, and says so', () => {
    const items = Array.from({ length: 300 }, (_, place) =>
      initial(`i${place}`, 'string', '1.repeat($this + 1)'),
    )
    expect(texts(populate(items)).length).toBeGreaterThan(0)
  })

  const values = fc.constantFrom(
    'true',
    '1',
    '-3',
    '1.5',
    "'x'",
    "''",
    '@2026-01-01',
    '@2026-01-01T10:00:00Z',
    '@T10:00:00',
    "'urn:x'",
    '%coding',
    '%concept',
    '%amount',
    '%patient',
    '%reference',
    '{}',
  )
  const types = fc.constantFrom<QuestionnaireItem['type'][]>(
    'boolean',
    'decimal',
    'integer',
    'date',
    'dateTime',
    'time',
    'string',
    'text',
    'url',
    'choice',
    'open-choice',
    'quantity',
    'reference',
    'attachment',
  )
  const coding = { system: 'urn:s', code: 'y', display: 'Y' }
  const launch = {
    coding: [coding],
    concept: [{ coding: [coding], text: 'Y' }],
    amount: [{ value: 1.5, unit: 'kg' }],
    patient: [{ resourceType: 'Patient', id: 'ann' }],
    reference: [{ reference: 'Patient/ann' }],
  }

  test('what is populated has no errors, whatever the expressions give', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(types, values, values, fc.boolean(), fc.boolean()), { maxLength: 6 }),
        (drawn) => {
          const items = drawn.map(([type, one, other, repeats, offered], place): QuestionnaireItem => {
            const isChoice = type === 'choice' || type === 'open-choice'
            const more = {
              ...(repeats ? { repeats } : {}),
              ...(isChoice && offered ? { answerOption: [{ valueCoding: coding }] } : {}),
            }
            return initial(`i${place}`, type, `${one}.combine(${other})`, more)
          })
          const { response } = populated({
            questionnaire: form(items),
            subject,
            launch: structuredClone(launch),
            authored: '2026-03-01T09:00:00Z',
          })
          expect(errors(form(items), response)).toEqual([])
          expect(errors(form(items), { ...response, status: 'completed' })).toEqual([])
        },
      ),
      { numRuns: 150 },
    )
  })

  test('a search is told where it is not run', () => {
    const extension = [
      {
        url: url.variable,
        valueExpression: {
          name: 'found',
          language: 'application/x-fhir-query' as const,
          expression: 'Observation',
        },
      },
    ]
    const found = populate([initial('a', 'integer', '%found.total')], {}, { extension })
    expect(texts(found)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('was not run'),
        expect.stringContaining('has no value here'),
      ]),
    )
  })
})
