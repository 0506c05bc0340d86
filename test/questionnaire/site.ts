import type { Questionnaire, QuestionnaireItem, QuestionnaireResponse } from 'fhir/r4'
import { instruments, type Instrument, type ScoredItem } from '../../src/questionnaire/instruments.ts'

const base = 'https://sluice.example/fhir/Questionnaire'

/** The scoring of an instrument, by its id. */
export const scoring = (id: string): Instrument => {
  const found = instruments.find(({ url }) => url === `${base}/${id}`)
  if (found === undefined) throw new Error(`no instrument ${id}`)
  return found
}

/** How many answers an item has. */
const answersOf = ({ scores, most = 0 }: ScoredItem): number => scores?.length ?? most + 1

const itemOf = (scored: ScoredItem): QuestionnaireItem => ({
  linkId: scored.linkId,
  text: 'as the site has it',
  ...(scored.answers === 'yes-no'
    ? { type: 'boolean' }
    : {
        type: 'choice',
        answerOption: Array.from({ length: answersOf(scored) }, (_none, place) => ({
          valueCoding: { system: 'urn:site', code: `a${place}` },
        })),
      }),
})

/** The Questionnaire that a site brings for an instrument whose text is not shipped: its own words, and our link ids. */
export const siteQuestionnaire = (id: string): Questionnaire => ({
  resourceType: 'Questionnaire',
  url: `https://site.example/Questionnaire/${id}`,
  derivedFrom: [`${base}/${id}`],
  status: 'active',
  item: scoring(id).items.map(itemOf),
})

/** A response to it with the nth answer of each item; null leaves one out. */
export const answered = (id: string, places: readonly (number | null)[]): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse',
  id: 'response',
  questionnaire: `https://site.example/Questionnaire/${id}`,
  status: 'completed',
  item: scoring(id).items.flatMap(({ linkId, answers }, index) => {
    const place = places[index] ?? null
    if (place === null) return []
    const answer =
      answers === 'yes-no'
        ? { valueBoolean: place === 1 }
        : { valueCoding: { system: 'urn:site', code: `a${place}` } }
    return [{ linkId, answer: [answer] }]
  }),
})

/** Places of answers that come to this total, filled from the first item on; undefined where none do. */
export const comingTo = (id: string, total: number): number[] | undefined => {
  const { types, counts } = scoring(id)
  const met = types?.slice(0, total).map(({ items }) => items.at(-1))
  let left = total
  const places = scoring(id).items.map((item) => {
    if (met !== undefined) {
      const scores = item.scores ?? []
      return scores.indexOf(met.includes(item.linkId) ? Math.max(...scores) : 0)
    }
    const scores = item.scores ?? Array.from({ length: answersOf(item) }, (_none, place) => place)
    if (counts?.includes(item.linkId) === false) return scores.length - 1
    const best = Math.max(...scores.filter((score) => score <= left), 0)
    left -= best
    return scores.indexOf(best)
  })
  return left === 0 || met?.length === total ? places : undefined
}

/** The highest total that there is. */
export const mostOf = (id: string): number =>
  scoring(id).types?.length ??
  scoring(id)
    .items.filter(({ linkId }) => scoring(id).counts?.includes(linkId) !== false)
    .reduce((all, item) => all + Math.max(...(item.scores ?? [item.most ?? 0])), 0)
