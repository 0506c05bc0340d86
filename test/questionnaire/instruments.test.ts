import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Band, instruments } from '../../src/questionnaire/instruments.ts'
import { score } from '../../src/questionnaire/score.ts'
import { answered, comingTo, mostOf, scoring, siteQuestionnaire } from './site.ts'

const ids = instruments.map(({ url }) => url.split('/').at(-1) ?? '')
const summed = ids.filter((id) => scoring(id).levels === undefined)

const scored = (id: string, places: readonly (number | null)[], gender?: string) =>
  score(siteQuestionnaire(id), answered(id, places), gender)

/** Every band with the first and the last total in it. */
const edges = (bands: readonly Band[], most: number): [total: number, text: string][] =>
  bands.flatMap(({ from, text }, place): [number, string][] => [
    [from, text],
    [(bands[place + 1]?.from ?? most + 1) - 1, text],
  ])

describe('every instrument', () => {
  it.each(summed.flatMap((id) => edges(scoring(id).bands ?? [], mostOf(id)).map(([total, text]) => [id, total, text] as const)))(
    '%s of %i is: %s',
    (id, total, text) => {
      const places = comingTo(id, total)
      expect(scored(id, places ?? [])).toMatchObject({ complete: true, total, band: text })
    },
  ) // prettier-ignore

  it.each(ids)('%s lacks a total where more is left out than its rule allows, and names what', (id) => {
    const { items, missing } = scoring(id)
    const blank = (missing?.most ?? 0) + 1
    const places = items.map((_item, place) => (place < blank ? null : 0))
    expect(scored(id, places)).toMatchObject({
      complete: false,
      missing: items.slice(0, blank).map(({ linkId }) => linkId),
    })
  })

  it.each(ids)('%s takes an answer that is none of its own as none', (id) => {
    const response = answered(
      id,
      scoring(id).items.map(() => 0),
    )
    const [first] = response.item ?? []
    const strange = { valueCoding: { system: 'urn:else', code: 'x' } }
    const item = [{ linkId: first?.linkId ?? '', answer: [strange] }, ...(response.item ?? []).slice(1)]
    expect(score(siteQuestionnaire(id), { ...response, item })).toMatchObject({ complete: false })
  })

  it.each(ids.flatMap((id) => (scoring(id).flags ?? []).map(({ linkId, text }) => [id, linkId, text] as const)))(
    '%s: %s raises its flag whatever the rest, also where the rest is not answered',
    (id, linkId, text) => {
      const at = scoring(id).items.findIndex((item) => item.linkId === linkId)
      const item = scoring(id).items[at]
      const raised = item?.scores === undefined ? 1 : item.scores.findIndex((value) => value > 0)
      const calm = item?.scores?.indexOf(0) ?? 0
      const others = (place: number | null) => scoring(id).items.map(() => place)
      expect(scored(id, others(null).with(at, raised))).toMatchObject({ flagged: true, flags: [text] })
      expect(scored(id, others(null).with(at, calm))).toMatchObject({ flagged: false, flags: [] })
    },
  ) // prettier-ignore

  it.each(summed)('%s: more in an item is never less in all', (id) => {
    const { items } = scoring(id)
    const places = fc.tuple(...items.map(({ scores, most = 0 }) => fc.nat((scores?.length ?? most + 1) - 1)))
    fc.assert(
      fc.property(places, fc.nat(items.length - 1), (drawn, at) => {
        const { scores, most = 0 } = items[at] ?? { linkId: '' }
        const worst = scores === undefined ? most : scores.indexOf(Math.max(...scores))
        const [one, other] = [scored(id, drawn), scored(id, drawn.with(at, worst))]
        if (one?.complete !== true || other?.complete !== true) throw new Error('every item was answered')
        expect(other.total).toBeGreaterThanOrEqual(one.total ?? Infinity)
        expect(one.total).toBeLessThanOrEqual(mostOf(id))
      }),
      { numRuns: 50 },
    )
  })
})

describe('what is particular to one', () => {
  it('AUDIT-C goes by gender, and by the lower cut-off of the two where that is not known', () => {
    const places = [1, 1, 1]
    expect(scored('audit-c', places, 'female')).toMatchObject({ band: 'Positive screen' })
    expect(scored('audit-c', places, 'male')).toMatchObject({ band: 'Negative screen' })
    expect(scored('audit-c', places)).toMatchObject({ band: 'Positive screen for women' })
    expect(scored('audit-c', [2, 1, 1], 'male')).toMatchObject({ band: 'Positive screen' })
  })

  it('DAST-10 turns its third item round', () => {
    expect(scored('dast-10', Array<number>(10).fill(0))).toMatchObject({ total: 1 })
    expect(scored('dast-10', Array<number>(10).fill(0).with(2, 1))).toMatchObject({ total: 0 })
  })

  it('PCL-5 tells each cluster with its criterion', () => {
    const places = Array<number>(20).fill(1).with(0, 2).with(7, 2)
    const result = scored('pcl-5', places)
    const said = result?.complete === true ? result.observation.component : []
    expect(
      said?.map(({ valueInteger, interpretation }) => [valueInteger, interpretation?.[0]?.text]),
    ).toEqual([
      [6, 'Criterion met'],
      [2, 'Criterion not met'],
      [8, 'Criterion not met'],
      [6, 'Criterion not met'],
    ])
  })

  it('ACE counts each type once, and being insulted once is none', () => {
    const none = [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    expect(scored('ace', none)).toMatchObject({ total: 0, band: 'None reported' })
    expect(scored('ace', none.with(1, 1).with(2, 1))).toMatchObject({ total: 1, band: 'One type' })
    expect(scored('ace', none.with(8, 1).with(9, 2).with(10, 1))).toMatchObject({ total: 1 })
    expect(scored('ace', none.with(7, 1))).toMatchObject({ total: 0 })
    expect(scored('ace', none.with(6, 1))).toMatchObject({ total: 1 })
    expect(scored('ace', none.with(4, 2))).toMatchObject({ total: 0 })
    const result = scored('ace', none.with(7, 2))
    const said = result?.complete === true ? result.observation.component : []
    expect(said?.filter(({ valueBoolean }) => valueBoolean === true).map(({ code }) => code.text)).toEqual([
      'Emotional abuse',
    ])
  })

  it('MDQ is positive only with what happened at the same time and was a problem', () => {
    const seven = Array<number>(13).fill(0).fill(1, 0, 7)
    expect(scored('mdq', [...seven, 1, 2])).toMatchObject({ total: 7, band: 'Positive screen' })
    for (const rest of [
      [0, 3],
      [1, 1],
    ])
      // prettier-ignore
      expect(scored('mdq', [...seven, ...rest])).toMatchObject({ total: 7, band: 'Negative screen' })
    expect(scored('mdq', [...seven.with(0, 0), 1, 3])).toMatchObject({ total: 6, band: 'Negative screen' })
  })

  it('the Vanderbilt scale counts symptoms from often, and performance from somewhat of a problem', () => {
    const calm = [...Array<number>(47).fill(1), ...Array<number>(8).fill(2)]
    const said = (places: readonly number[]) => {
      const result = scored('vanderbilt-parent', places)
      const own = result?.complete === true ? result.observation.component : []
      return own?.map(({ interpretation }) => interpretation?.[0]?.text === 'Criterion met')
    }
    expect(scored('vanderbilt-parent', calm)).toMatchObject({ total: 18, band: '' })
    expect(said(calm)).toEqual([false, false, false, false, false, false])
    const five = calm.fill(2, 0, 5).fill(2, 9, 14).fill(2, 18, 21).fill(2, 26, 28).fill(2, 40, 42)
    expect(said(five)).toEqual([false, false, false, false, false, false])
    const met = [5, 14, 21, 28, 42].reduce((places, at) => places.with(at, 2), five).with(54, 3)
    expect(said(met)).toEqual([true, true, true, true, true, true])
  })

  it('PSC-17 lets three items be blank, and has three subscales', () => {
    const places = Array<number | null>(17).fill(2).with(0, null).with(1, null).with(2, null)
    const result = scored('psc-17', places)
    expect(result).toMatchObject({ complete: true, total: 28 })
    const said = result?.complete === true ? result.observation.component : []
    expect(said?.map(({ code }) => code.text)).toEqual(['Internalizing', 'Attention', 'Externalizing'])
  })

  it.each([
    [[0, 0, null, null, null, 0, null], undefined, 'No risk reported'],
    [[1, 0, null, null, null, 0, null], 'LA9194-7', 'Low risk'],
    [[1, 1, 0, 0, 0, 0, null], 'LA9194-7', 'Low risk'],
    [[1, 1, 1, 0, 0, 0, null], 'LA6751-7', 'Moderate risk'],
    [[0, 0, null, null, null, 1, 0], 'LA6751-7', 'Moderate risk'],
    [[1, 1, 0, 1, 0, 0, null], 'LA9193-9', 'High risk'],
    [[1, 1, 0, 0, 1, 0, null], 'LA9193-9', 'High risk'],
    [[0, 0, null, null, null, 1, 1], 'LA9193-9', 'High risk'],
  ] as const)('C-SSRS %j is %s', (places, code, text) => {
    const result = scored('c-ssrs', places)
    expect(result).toMatchObject({ complete: true, total: undefined, band: text })
    const value = result?.complete === true ? result.observation.valueCodeableConcept : undefined
    expect(value?.coding?.[0]?.code).toBe(code)
    expect(result?.flagged).toBe(places.some((place) => place === 1))
  })

  it('C-SSRS asks for items 3 to 5 only after item 2, and then for all of them', () => {
    expect(scored('c-ssrs', [1, 1, null, null, null, 0, null])).toMatchObject({
      complete: false,
      missing: ['/93248-3', '/93249-1', '/93250-9'],
      flagged: true,
    })
  })

  it('an instrument without a code of its total never takes the code of its panel', () => {
    for (const id of ['epds', 'crafft', 'psc-17']) {
      const result = scored(
        id,
        scoring(id).items.map(() => 0),
      )
      expect(result?.complete === true ? result.observation.code : {}).toEqual({
        text: `${scoring(id).panel.text}, total score`,
      })
    }
  })
})
