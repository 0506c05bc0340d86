import type { Observation, Questionnaire, QuestionnaireItem, QuestionnaireResponse } from 'fhir/r4'
import { bandOf, instrumentOf, type Instrument } from './instruments.ts'
import { optionIndex, questionnaireItems, responseItems } from './items.ts'

/** What a response comes to. `flagged` asks for a safety review, also where the total cannot be told. */
export type Score =
  | {
      readonly complete: true
      readonly total: number
      readonly band: string
      readonly flagged: boolean
      readonly observation: Observation
    }
  | { readonly complete: false; readonly missing: readonly string[]; readonly flagged: boolean }

type Answers = NonNullable<ReturnType<typeof responseItems>[number]['item']['answer']>

/**
 * Scores a response by the order of each item's options, never by a stored ordinal: published answer scores
 * differ between sources. Undefined where the instrument has no scoring here or the response was entered in
 * error. INVARIANT: an item without exactly one recognized answer makes the score incomplete, never lower.
 */
export const score = (questionnaire: Questionnaire, response: QuestionnaireResponse): Score | undefined => {
  const instrument = instrumentOf(questionnaire.url)
  if (instrument === undefined || response.status === 'entered-in-error') return undefined
  const items = questionnaireItems(questionnaire)
  const answers = (linkId: string): Answers =>
    responseItems(response).flatMap(({ item }) => (item.linkId === linkId ? (item.answer ?? []) : []))
  const values = instrument.items.map((linkId) => valueOf(items.get(linkId), answers(linkId)))
  const flagged =
    instrument.flagItem !== undefined && raises(items.get(instrument.flagItem), answers(instrument.flagItem))
  const missing = instrument.items.filter((_, index) => values[index] === undefined)
  if (missing.length > 0) return { complete: false, missing, flagged }
  const total = values.reduce<number>((sum, value) => sum + (value ?? 0), 0)
  const band = bandOf(instrument, total)
  return {
    complete: true,
    total,
    band,
    flagged,
    observation: observationOf(instrument, response, total, band),
  }
}

const valueOf = (item: QuestionnaireItem | undefined, answers: Answers): number | undefined => {
  const [answer, another] = answers
  return item === undefined || answer === undefined || another !== undefined
    ? undefined
    : optionIndex(item, answer)
}

/** Errs on the side of safety: an answer that is no known option raises the flag too. */
const raises = (item: QuestionnaireItem | undefined, answers: Answers): boolean =>
  answers.some((answer) => item === undefined || optionIndex(item, answer) !== 0)

const statuses: Readonly<Record<QuestionnaireResponse['status'], Observation['status']>> = {
  completed: 'final',
  amended: 'amended',
  'in-progress': 'preliminary',
  stopped: 'preliminary',
  'entered-in-error': 'entered-in-error',
}

/** The total as a US Core screening-assessment Observation: category `survey`, the response in `derivedFrom`. */
const observationOf = (
  instrument: Instrument,
  response: QuestionnaireResponse,
  total: number,
  band: string,
): Observation => ({
  resourceType: 'Observation',
  meta: { profile: ['https://sluice.example/fhir/StructureDefinition/screening-observation'] },
  status: statuses[response.status],
  category: [
    {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/observation-category',
          code: 'survey',
          display: 'Survey',
        },
      ],
    },
  ],
  code: { coding: [{ system: 'http://loinc.org', ...instrument.total }], text: instrument.total.display },
  ...(response.subject && { subject: response.subject }),
  ...(response.encounter && { encounter: response.encounter }),
  ...(response.authored !== undefined && { effectiveDateTime: response.authored }),
  ...(response.author && { performer: [response.author] }),
  valueInteger: total,
  interpretation: [{ text: band }],
  ...(response.id !== undefined && {
    derivedFrom: [{ reference: `QuestionnaireResponse/${response.id}` }],
  }),
})
