import type { Questionnaire } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { score } from '../../src/questionnaire/score.ts'
import { fill, instrument, places } from './fill.ts'

const edges: readonly (readonly [string, number, number, string])[] = [
  ['phq-9', 9, 0, 'Minimal depression'],
  ['phq-9', 9, 4, 'Minimal depression'],
  ['phq-9', 9, 5, 'Mild depression'],
  ['phq-9', 9, 9, 'Mild depression'],
  ['phq-9', 9, 10, 'Moderate depression'],
  ['phq-9', 9, 14, 'Moderate depression'],
  ['phq-9', 9, 15, 'Moderately severe depression'],
  ['phq-9', 9, 19, 'Moderately severe depression'],
  ['phq-9', 9, 20, 'Severe depression'],
  ['phq-9', 9, 27, 'Severe depression'],
  ['phq-2', 2, 2, 'Negative screen'],
  ['phq-2', 2, 3, 'Positive screen'],
  ['gad-7', 7, 4, 'Minimal anxiety'],
  ['gad-7', 7, 5, 'Mild anxiety'],
  ['gad-7', 7, 9, 'Mild anxiety'],
  ['gad-7', 7, 10, 'Moderate anxiety'],
  ['gad-7', 7, 14, 'Moderate anxiety'],
  ['gad-7', 7, 15, 'Severe anxiety'],
  ['gad-7', 7, 21, 'Severe anxiety'],
]

describe('score', () => {
  it.each(edges)('%s (%i items) of %i is %s', (id, items, total, band) => {
    expect(score(instrument(id), fill(id, places(total, items)))).toMatchObject({
      complete: true,
      total,
      band,
    })
  })

  it('makes the survey Observation', () => {
    const result = score(instrument('phq-9'), fill('phq-9', places(12, 9)))
    expect(result).toMatchObject({
      complete: true,
      observation: {
        status: 'final',
        category: [{ coding: [{ code: 'survey' }] }],
        code: { coding: [{ system: 'http://loinc.org', code: '44261-6' }] },
        subject: { reference: 'Patient/p' },
        effectiveDateTime: '2026-03-01T09:00:00Z',
        performer: [{ reference: 'Practitioner/d' }],
        valueInteger: 12,
        interpretation: [{ text: 'Moderate depression' }],
        derivedFrom: [{ reference: 'QuestionnaireResponse/response' }],
      },
    })
  })

  it('names what is missing, and has no total', () => {
    const result = score(instrument('phq-9'), fill('phq-9', [1, null, 1, 1, 1, 1, 1, 1, null]))
    expect(result).toEqual({
      complete: false,
      missing: ['/44255-8', '/44260-8'],
      flagged: false,
      flags: [],
    })
  })

  it('takes two answers, or one that is no option, as missing', () => {
    const response = fill('gad-7', [1, 1, 1, 1, 1, 1, 1])
    const [first, second, ...rest] = response.item ?? []
    if (first === undefined || second === undefined) throw new Error('a GAD-7 has seven items')
    const twice = { ...response, item: [first, first, second, ...rest] }
    expect(score(instrument('gad-7'), twice)).toMatchObject({ complete: false, missing: ['/69725-0'] })
    const strange = { ...first, answer: [{ valueCoding: { system: 'http://loinc.org', code: 'LA0-0' } }] }
    expect(score(instrument('gad-7'), { ...response, item: [strange, second, ...rest] })).toMatchObject({
      complete: false,
      missing: ['/69725-0'],
    })
  })

  it('goes by the order of the options, not by a stored ordinal', () => {
    const text = JSON.stringify(instrument('phq-2')).replaceAll('"valueDecimal":3', '"valueDecimal":99')
    const tampered: Questionnaire = JSON.parse(text)
    expect(score(tampered, fill('phq-2', [3, 3]))).toMatchObject({ total: 6 })
  })

  it('flags item 9 above 0, whatever the total and however little is answered', () => {
    const zeros = [0, 0, 0, 0, 0, 0, 0, 0]
    expect(score(instrument('phq-9'), fill('phq-9', [...zeros, 0]))).toMatchObject({ flagged: false })
    expect(score(instrument('phq-9'), fill('phq-9', [...zeros, 1]))).toMatchObject({
      total: 1,
      flagged: true,
    })
    const only = fill('phq-9', [...zeros.map(() => null), 3])
    expect(score(instrument('phq-9'), only)).toMatchObject({ complete: false, flagged: true })
  })

  it('flags an answer to item 9 that it cannot read', () => {
    const response = fill('phq-9', [0, 0, 0, 0, 0, 0, 0, 0, null])
    const item = [...(response.item ?? []), { linkId: '/44260-8', answer: [{ valueInteger: 2 }] }]
    expect(score(instrument('phq-9'), { ...response, item })).toMatchObject({
      complete: false,
      flagged: true,
    })
  })

  it('scores nothing that was entered in error, nothing it has no table for', () => {
    const response = fill('phq-2', [1, 1])
    expect(score(instrument('phq-2'), { ...response, status: 'entered-in-error' })).toBeUndefined()
    expect(score({ ...instrument('phq-2'), url: 'https://example.org/q' }, response)).toBeUndefined()
  })

  it('says that an unfinished response is preliminary', () => {
    const response = { ...fill('phq-2', [1, 1]), status: 'in-progress' as const }
    expect(score(instrument('phq-2'), response)).toMatchObject({ observation: { status: 'preliminary' } })
  })
})
