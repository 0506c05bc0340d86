import fc from 'fast-check'
import type { Observation, QuestionnaireItem, QuestionnaireResponseItemAnswer, Resource } from 'fhir/r4'
import { describe, expect, test } from 'vitest'
import { extract } from '../../src/questionnaire/extract/extract.ts'
import { inlineLabelUrl } from '../../src/fhir/names.ts'
import { url } from '../../src/questionnaire/sdc.ts'
import { form, reply, says } from './forms.ts'

const mark = (valueBoolean: boolean) => ({ url: url.observationExtract, valueBoolean })
const code = [{ system: 'urn:s', code: 'c' }]
const ids = () => {
  let count = 0
  return () => String(++count)
}
const entriesOf = (
  ...given: Parameters<typeof extract> extends [infer Q, infer R, ...unknown[]] ? [Q, R] : never
) => extract(...given, ids()).bundle.entry ?? []

describe('extract', () => {
  test.each<[QuestionnaireItem['type'], QuestionnaireResponseItemAnswer, Partial<Observation> | undefined]>([
    ['boolean', { valueBoolean: true }, { valueBoolean: true }],
    ['integer', { valueInteger: 3 }, { valueInteger: 3 }],
    ['decimal', { valueDecimal: 1.5 }, { valueQuantity: { value: 1.5 } }],
    ['date', { valueDate: '2026-01-01' }, { valueDateTime: '2026-01-01' }],
    ['dateTime', { valueDateTime: '2026-01-01T10:00:00Z' }, { valueDateTime: '2026-01-01T10:00:00Z' }],
    ['time', { valueTime: '10:00:00' }, { valueTime: '10:00:00' }],
    ['string', { valueString: 'x' }, { valueString: 'x' }],
    ['url', { valueUri: 'urn:x' }, { valueString: 'urn:x' }],
    ['choice', { valueCoding: code[0] ?? {} }, { valueCodeableConcept: { coding: code } }],
    ['quantity', { valueQuantity: { value: 2, unit: 'kg' } }, { valueQuantity: { value: 2, unit: 'kg' } }],
    ['reference', { valueReference: { reference: 'Patient/x' } }, undefined],
  ])('an answer of type %s', (type, answer, value) => {
    const questionnaire = form([{ linkId: 'a', type, code, extension: [mark(true)] }])
    const found = entriesOf(questionnaire, reply([says('a', answer)]))
    expect(found).toHaveLength(value === undefined ? 0 : 1)
    if (value !== undefined) expect(found[0]?.resource).toMatchObject(value)
  })

  test('a mark holds for what is below it, until something says otherwise', () => {
    const questionnaire = form(
      [
        { linkId: 'a', type: 'boolean', code },
        { linkId: 'b', type: 'boolean', code, extension: [mark(false)] },
        {
          linkId: 'g',
          type: 'group',
          extension: [mark(false)],
          item: [
            { linkId: 'c', type: 'boolean', code, extension: [mark(true)] },
            { linkId: 'd', type: 'boolean', code },
          ],
        },
        { linkId: 'e', type: 'boolean' },
      ],
      { extension: [mark(true)] },
    )
    const yes = { valueBoolean: true }
    const given = reply([
      says('a', yes),
      says('b', yes),
      { linkId: 'g', item: [says('c', yes), says('d', yes)] },
      says('e', yes),
    ])
    const { bundle, issues } = extract(questionnaire, given, ids())
    expect(bundle.entry).toHaveLength(2)
    expect(issues.map(({ text }) => text)).toEqual([expect.stringContaining('needs a `code`')])
  })

  test('an allocated id is the same wherever it is named, and another one for each group', () => {
    const value = (expression: string) => ({
      extension: [{ url: url.templateValue, valueString: expression }],
    })
    const template = (id: string, more: object) =>
      ({ resourceType: 'Basic', id, code: { text: 'x' }, ...more }) as Resource
    const made = (name: string, fullUrl?: string) => ({
      url: url.templateExtract,
      extension: [
        { url: 'template', valueReference: { reference: `#${name}` } },
        ...(fullUrl === undefined ? [] : [{ url: 'fullUrl', valueString: fullUrl }]),
      ],
    })
    const questionnaire = form(
      [
        {
          linkId: 'g',
          type: 'group',
          repeats: true,
          extension: [{ url: url.allocateId, valueString: 'own' }, made('one', '%own'), made('two')],
          item: [{ linkId: 'a', type: 'string' }],
        },
      ],
      { contained: [template('one', {}), template('two', { subject: { _reference: value('%own') } })] },
    )
    const group = { linkId: 'g', item: [says('a', { valueString: 'x' })] }
    const found = entriesOf(questionnaire, reply([group, group]))
    const urls = found.flatMap(({ fullUrl, resource }) =>
      (resource as { subject?: object }).subject === undefined ? [fullUrl] : [],
    )
    const cited = found.flatMap(
      ({ resource }) => (resource as { subject?: { reference: string } }).subject?.reference ?? [],
    )
    expect(new Set(urls).size).toBe(2)
    expect(cited).toEqual(urls)
  })

  test('a template that is not there, and an expression that cannot be evaluated, are told', () => {
    const reference = {
      url: url.templateExtract,
      extension: [{ url: 'template', valueReference: { reference: '#none' } }],
    }
    const { bundle, issues } = extract(
      form([{ linkId: 'a', type: 'string', extension: [reference] }]),
      reply([says('a', { valueString: 'x' })]),
      ids(),
    )
    expect(bundle.entry).toBeUndefined()
    expect(issues.map(({ text }) => text)).toEqual([expect.stringContaining('names no resource')])
  })

  const from = (expression: string) => ({
    extension: [{ url: url.templateValue, valueString: expression }],
  })
  const whole = (reference: string) => ({
    url: url.templateExtractBundle,
    valueReference: { reference },
  })
  const noteBundle = {
    resourceType: 'Bundle',
    id: 'all',
    type: 'transaction',
    entry: [
      {
        fullUrl: 'urn:uuid:00000000-0000-4000-8000-000000000001',
        request: { method: 'PUT', url: 'Basic/one' },
        resource: { resourceType: 'Basic', id: 'one', code: { _text: from("item.where(linkId = 'a').answer.value") } },
      },
      { resource: { resourceType: 'Basic', code: { _text: from("item.where(linkId = 'b').answer.value") } } },
      {
        extension: [
          { url: url.templateContext, valueString: "item.where(linkId = 'c')" },
        ],
        resource: { resourceType: 'Basic', code: { _text: from('answer.value') } },
      },
    ],
  } as unknown as Resource // prettier-ignore
  const items = ['a', 'b', 'c'].map((linkId): QuestionnaireItem => ({
    linkId,
    type: 'string',
    repeats: true,
  }))

  test('a Bundle as one template: entries as it has them, each to be created where it says nothing', () => {
    const questionnaire = form(items, { contained: [noteBundle], extension: [whole('#all')] })
    const given = reply([
      says('a', { valueString: 'x' }),
      says('b', { valueString: 'y' }),
      says('c', { valueString: 'z' }),
    ])
    expect(entriesOf(questionnaire, given)).toEqual([
      {
        fullUrl: 'urn:uuid:00000000-0000-4000-8000-000000000001',
        request: { method: 'PUT', url: 'Basic/one' },
        resource: { resourceType: 'Basic', id: 'one', code: { text: 'x' } },
      },
      { fullUrl: 'urn:uuid:1', request: { method: 'POST', url: 'Basic' }, resource: { resourceType: 'Basic', code: { text: 'y' } } },
      { fullUrl: 'urn:uuid:2', request: { method: 'POST', url: 'Basic' }, resource: { resourceType: 'Basic', code: { text: 'z' } } },
    ]) // prettier-ignore
    expect(entriesOf(questionnaire, reply([]))).toEqual([])
    const without = entriesOf(questionnaire, reply([says('a', { valueString: 'x' })]))
    expect(without.map(({ request }) => request?.url)).toEqual(['Basic/one', 'Basic'])
  })

  test('a Bundle that is not there is told', () => {
    const { bundle, issues } = extract(
      form(items, { extension: [whole('#none')] }),
      reply([says('a', { valueString: 'x' })]),
      ids(),
    )
    expect(bundle.entry).toBeUndefined()
    expect(issues.map(({ text }) => text)).toEqual([expect.stringContaining('names no Bundle')])
  })

  test('what is made of the whole response has the labels of every item in it', () => {
    const label = {
      url: inlineLabelUrl,
      valueCoding: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'SUD' },
    }
    const single = {
      url: url.templateExtract,
      extension: [{ url: 'template', valueReference: { reference: '#one' } }],
    }
    const template = { resourceType: 'Basic', id: 'one', code: { text: 'x' } } as Resource
    const questionnaire = form(items, {
      contained: [noteBundle, template],
      extension: [whole('#all'), single],
    })
    const given = reply([{ ...says('b', { valueString: 'y' }), extension: [label] }])
    const found = entriesOf(questionnaire, given)
    expect(found.length).toBe(3)
    for (const { resource } of found)
      expect(resource?.meta?.security?.map(({ code: own }) => own)).toContain('SUD')
  })

  const answers = fc.array(fc.option(fc.boolean(), { nil: undefined }), { minLength: 5, maxLength: 5 })

  test('as many Observations as enabled answers, and of what is not answered none', () => {
    fc.assert(
      fc.property(answers, fc.boolean(), (given, on) => {
        const items = given.map((_, place): QuestionnaireItem => ({
          linkId: `i${place}`,
          type: 'boolean',
          code,
          extension: [mark(true)],
          ...(place % 2 === 0
            ? {}
            : { enableWhen: [{ question: 'on', operator: '=', answerBoolean: true }] }),
        }))
        const said = given.map((valueBoolean, place) =>
          valueBoolean === undefined ? { linkId: `i${place}` } : says(`i${place}`, { valueBoolean }),
        )
        const found = entriesOf(
          form([{ linkId: 'on', type: 'boolean' }, ...items]),
          reply([says('on', { valueBoolean: on }), ...said]),
        )
        expect(found).toHaveLength(
          given.filter((own, place) => own !== undefined && (on || place % 2 === 0)).length,
        )
      }),
      { numRuns: 100 },
    )
  })
})
