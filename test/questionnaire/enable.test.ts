import fc from 'fast-check'
import type {
  QuestionnaireItem,
  QuestionnaireItemEnableWhen,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4'
import { describe, expect, test } from 'vitest'
import { url } from '../../src/questionnaire/sdc.ts'
import { errors, form, path, reply, says, told } from './forms.ts'

type Value = QuestionnaireResponseItemAnswer

const question = (
  type: QuestionnaireItem['type'],
  more: Partial<QuestionnaireItem> = {},
): QuestionnaireItem => ({
  linkId: 'q',
  type,
  repeats: true,
  ...more,
})

const dependent = (more: Partial<QuestionnaireItem>): QuestionnaireItem => ({
  linkId: 'd',
  type: 'string',
  ...more,
})

/** Whether `d` is enabled, by whether an answer to it is taken. */
const isEnabled = (items: QuestionnaireItem[], given: QuestionnaireResponseItem[]): boolean =>
  errors(form(items), reply([...given, says('d', { valueString: 'x' })])).length === 0

const when = (condition: Omit<QuestionnaireItemEnableWhen, 'question'>): QuestionnaireItem =>
  dependent({ enableWhen: [{ question: 'q', ...condition }] })

describe('enableWhen', () => {
  const five = { answerInteger: 5 }
  test.each<
    [QuestionnaireItemEnableWhen['operator'], Partial<QuestionnaireItemEnableWhen>, number[], boolean]
  >([
    ['exists', { answerBoolean: true }, [], false],
    ['exists', { answerBoolean: true }, [1], true],
    ['exists', { answerBoolean: false }, [], true],
    ['exists', { answerBoolean: false }, [1], false],
    ['=', five, [5], true],
    ['=', five, [4, 5], true],
    ['=', five, [4], false],
    ['=', five, [], false],
    ['!=', five, [4], true],
    ['!=', five, [4, 5], false],
    ['!=', five, [], true],
    ['>', five, [6], true],
    ['>', five, [5], false],
    ['<', five, [4], true],
    ['<', five, [5], false],
    ['<', five, [], false],
    ['>=', five, [5], true],
    ['>=', five, [4], false],
    ['<=', five, [5], true],
    ['<=', five, [6], false],
  ])('integers: %s %j of %j is %s', (operator, wanted, answers, enabled) => {
    const given =
      answers.length === 0 ? [] : [says('q', ...answers.map((valueInteger) => ({ valueInteger })))]
    expect(isEnabled([question('integer'), when({ operator, ...wanted })], given)).toBe(enabled)
  })

  test.each<
    [
      QuestionnaireItem['type'],
      QuestionnaireItemEnableWhen['operator'],
      Partial<QuestionnaireItemEnableWhen>,
      Value,
      boolean,
    ]
  >([
    ['boolean', '=', { answerBoolean: true }, { valueBoolean: true }, true],
    ['decimal', '>', { answerDecimal: 1.5 }, { valueDecimal: 1.6 }, true],
    ['date', '<', { answerDate: '2026-02-01' }, { valueDate: '2026-01-31' }, true],
    ['date', '<', { answerDate: '2026-02' }, { valueDate: '2026-02-03' }, false],
    [
      'dateTime',
      '=',
      { answerDateTime: '2026-01-01T12:00:00Z' },
      { valueDateTime: '2026-01-01T13:00:00+01:00' },
      true,
    ],
    ['time', '>=', { answerTime: '10:00:00' }, { valueTime: '10:00:00' }, true],
    ['string', '=', { answerString: 'x' }, { valueString: 'X' }, false],
    [
      'choice',
      '=',
      { answerCoding: { system: 'urn:s', code: 'y' } },
      { valueCoding: { system: 'urn:s', code: 'y', display: 'Y' } },
      true,
    ],
    [
      'choice',
      '=',
      { answerCoding: { system: 'urn:s', code: 'y' } },
      { valueCoding: { system: 'urn:t', code: 'y' } },
      false,
    ],
    [
      'quantity',
      '>',
      { answerQuantity: { value: 5, code: 'kg' } },
      { valueQuantity: { value: 6, code: 'kg' } },
      true,
    ],
    [
      'quantity',
      '>',
      { answerQuantity: { value: 5, code: 'kg' } },
      { valueQuantity: { value: 6000, code: 'g' } },
      false,
    ],
    [
      'reference',
      '=',
      { answerReference: { reference: 'Patient/p' } },
      { valueReference: { reference: 'Patient/p' } },
      true,
    ],
  ])('%s %s %j of %j is %s', (type, operator, wanted, answer, enabled) => {
    expect(isEnabled([question(type), when({ operator, ...wanted })], [says('q', answer)])).toBe(enabled)
  })

  test.each([
    ['all', [true, true], true],
    ['all', [true, false], false],
    ['any', [true, false], true],
    ['any', [false, false], false],
  ] as const)('%s of %j is %s', (enableBehavior, answers, enabled) => {
    const questions = answers.map((_, place) => question('boolean', { linkId: `q${place}` }))
    const conditions = answers.map((_, place) => ({
      question: `q${place}`,
      operator: '=' as const,
      answerBoolean: true,
    }))
    const given = answers.map((valueBoolean, place) => says(`q${place}`, { valueBoolean }))
    expect(isEnabled([...questions, dependent({ enableWhen: conditions, enableBehavior })], given)).toBe(
      enabled,
    )
  })

  test.each(['before', 'after'])(
    'in a repeating group it asks the question of its own group, which stands %s it',
    (where) => {
      const [asks, own] = [question('boolean'), when({ operator: '=', answerBoolean: true })]
      const group: QuestionnaireItem = {
        linkId: 'g',
        type: 'group',
        repeats: true,
        item: where === 'before' ? [asks, own] : [own, asks],
      }
      const one = (valueBoolean: boolean): QuestionnaireResponseItem => {
        const [answer, detail] = [says('q', { valueBoolean }), says('d', { valueString: 'x' })]
        return { linkId: 'g', item: where === 'before' ? [answer, detail] : [detail, answer] }
      }
      expect(errors(form([group]), reply([one(true), one(false), one(true)]))).toEqual([
        `QuestionnaireResponse.item[1].item[${where === 'before' ? 1 : 0}] invariant`,
      ])
    },
  )

  test('after a repeating group it asks the last one, and an item around it before all', () => {
    const group: QuestionnaireItem = {
      linkId: 'g',
      type: 'group',
      repeats: true,
      item: [question('boolean')],
    }
    const one = (valueBoolean: boolean): QuestionnaireResponseItem => ({
      linkId: 'g',
      item: [says('q', { valueBoolean })],
    })
    const own = when({ operator: '=', answerBoolean: true })
    expect(isEnabled([group, own], [one(false), one(true)])).toBe(true)
    expect(isEnabled([group, own], [one(true), one(false)])).toBe(false)
    const below = form([question('boolean', { repeats: false, item: [own] })])
    expect(
      errors(below, reply([says('q', { valueBoolean: true, item: [says('d', { valueString: 'x' })] })])),
    ).toEqual([])
    expect(
      errors(below, reply([says('q', { valueBoolean: false, item: [says('d', { valueString: 'x' })] })])),
    ).toHaveLength(1)
  })

  test('a chain of conditions falls with its first: a disabled item counts for nothing', () => {
    const chain = Array.from({ length: 12 }, (_, place): QuestionnaireItem => ({
      linkId: `i${place}`,
      type: 'boolean',
      ...(place === 0
        ? {}
        : { enableWhen: [{ question: `i${place - 1}`, operator: '=', answerBoolean: true }] }),
    }))
    const given = (first: boolean) =>
      reply(chain.map(({ linkId }, place) => says(linkId, { valueBoolean: place > 0 || first })))
    expect(errors(form(chain), given(true))).toEqual([])
    expect(errors(form(chain), given(false))).toHaveLength(11)
    expect(errors(form(chain.toReversed()), reply(given(false).item?.toReversed() ?? []))).toHaveLength(11)
  })

  test('what is disabled is not required, may be there in progress, and is told where it is answered at the end', () => {
    const items = [
      question('boolean'),
      dependent({ required: true, enableWhen: [{ question: 'q', operator: '=', answerBoolean: true }] }),
    ]
    const no = says('q', { valueBoolean: false })
    expect(errors(form(items), reply([no]))).toEqual([])
    expect(errors(form(items), reply([says('q', { valueBoolean: true })]))).toEqual([
      'QuestionnaireResponse required',
    ])
    const answered = [no, says('d', { valueString: 'x' })]
    expect(errors(form(items), reply(answered, 'in-progress'))).toEqual([])
    expect(errors(form(items), reply(answered))).toEqual(['QuestionnaireResponse.item[1] invariant'])
  })

  test('conditions in a circle are told', () => {
    const other = (linkId: string, of: string): QuestionnaireItem => ({
      linkId,
      type: 'boolean',
      enableWhen: [{ question: of, operator: 'exists', answerBoolean: false }],
    })
    const found = told(
      form([other('a', 'b'), other('b', 'a')]),
      reply([says('a', { valueBoolean: true }), says('b', { valueBoolean: true })]),
    )
    expect(found.some((one) => one.includes('go in circles'))).toBe(true)
  })
})

describe('enableWhenExpression and variables', () => {
  const age = question('integer', { repeats: false })

  test('variables of the form and of items around are there, each after those before it', () => {
    const items = [
      age,
      {
        linkId: 'g',
        type: 'group' as const,
        extension: [path('variable', '%adult and %age < 65', 'working')],
        item: [dependent({ extension: [path('enableWhenExpression', '%working')] })],
      },
    ]
    const extension = [
      path('variable', "%resource.item.where(linkId='q').answer.value", 'age'),
      path('variable', '%age >= 18', 'adult'),
    ]
    const found = [17, 18, 65].map((valueInteger) =>
      errors(
        form(items, { extension }),
        reply([says('q', { valueInteger }), { linkId: 'g', item: [says('d', { valueString: 'x' })] }]),
      ),
    )
    expect(found.map((own) => own.length)).toEqual([1, 0, 1])
  })

  test('a variable of an item is not there beside it', () => {
    const items = [
      {
        linkId: 'g',
        type: 'group' as const,
        extension: [path('variable', 'true', 'inner')],
        item: [question('string')],
      },
      dependent({ extension: [path('enableWhenExpression', '%inner')] }),
    ]
    expect(told(form(items), reply([says('d', { valueString: 'x' })]))).toEqual([
      expect.stringMatching(/^warning Questionnaire.item\[1\]: .*has no value here/),
    ])
  })

  test.each([
    ['%context', "%context.linkId = 'd'"],
    ['%qitem', '%qitem.maxLength = 9 and %qitem.extension.exists()'],
    ['%questionnaire', '%questionnaire.item.count() = 2'],
    ['%resource', "%resource.status = 'completed' and %resource.item.answer.value.ofType(integer) = 5"],
    ['$this', "linkId = 'd' and answer.value = 'x'"],
  ])('%s stands for what SDC says', (_, expression) => {
    const items = [age, dependent({ maxLength: 9, extension: [path('enableWhenExpression', expression)] })]
    expect(isEnabled(items, [says('q', { valueInteger: 5 })])).toBe(true)
  })

  test.each(['resource', 'context', 'questionnaire', 'qitem', 'a b', '__proto__ '])(
    'a variable may not be called %s',
    (name) => {
      expect(told(form([age], { extension: [path('variable', '1', name)] }), reply([]))).toEqual([
        expect.stringMatching(/^warning Questionnaire: a `variable` needs a `name`/),
      ])
    },
  )

  test('a search and another language are told, never passed over', () => {
    const search = {
      url: url.variable,
      valueExpression: {
        name: 'x',
        language: 'application/x-fhir-query' as const,
        expression: 'Observation?code=1',
      },
    }
    const cql = {
      url: url.enableWhenExpression,
      valueExpression: { language: 'text/cql' as const, expression: 'true' },
    }
    expect(told(form([age], { extension: [search] }), reply([]))).toEqual([
      expect.stringMatching(/search of variable `x` was not run/),
    ])
    expect(
      told(form([age, dependent({ extension: [cql] })]), reply([says('d', { valueString: 'x' })])),
    ).toEqual([expect.stringMatching(/language that is not evaluated here/)])
  })
})

describe('laws', () => {
  const answers = fc.array(fc.option(fc.boolean(), { nil: undefined }), { minLength: 6, maxLength: 6 })
  const links = fc.array(fc.nat({ max: 5 }), { minLength: 6, maxLength: 6 })

  test('a disabled item never counts: without its answers the others are judged the same', () => {
    fc.assert(
      fc.property(answers, links, (given, leads) => {
        const items = leads.map((lead, place): QuestionnaireItem => ({
          linkId: `i${place}`,
          type: 'boolean',
          ...(lead < place
            ? { enableWhen: [{ question: `i${lead}`, operator: '=', answerBoolean: true }] }
            : {}),
        }))
        const enabled = given.map((_, place): boolean => isOn(place))
        function isOn(place: number): boolean {
          const lead = leads[place] ?? 0
          return lead >= place || (isOn(lead) && given[lead] === true)
        }
        const all = given.flatMap((valueBoolean, place) =>
          valueBoolean === undefined ? [] : [says(`i${place}`, { valueBoolean })],
        )
        const kept = all.filter(({ linkId }) => enabled[Number(linkId.slice(1))] === true)
        expect(errors(form(items), reply(all))).toHaveLength(all.length - kept.length)
        expect(errors(form(items), reply(kept))).toEqual([])
      }),
      { numRuns: 200 },
    )
  })
})
