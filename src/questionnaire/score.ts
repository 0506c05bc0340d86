import type {
  CodeableConcept,
  Observation,
  ObservationComponent,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
} from 'fhir/r4'
import {
  bandOf,
  type Instrument,
  type Named,
  type ScoredItem,
  scoringOf,
  type Subscale,
} from './instruments.ts'
import { optionIndex, questionnaireItems, responseItems } from './items.ts'

/** What a response comes to. `flags` ask for a safety review, also where the total cannot be told. */
export type Score =
  | {
      readonly complete: true
      /** The sum; undefined where the instrument has levels instead. */
      readonly total: number | undefined
      readonly band: string
      readonly flagged: boolean
      readonly flags: readonly string[]
      readonly observation: Observation
    }
  | {
      readonly complete: false
      readonly missing: readonly string[]
      readonly flagged: boolean
      readonly flags: readonly string[]
    }

type Answers = NonNullable<ReturnType<typeof responseItems>[number]['item']['answer']>

/**
 * Scores a response by the order of each item's answers, never by a stored ordinal: published answer scores
 * differ between sources. Undefined where the instrument has no scoring here or the response was entered in
 * error. INVARIANT: an item without exactly one recognized answer makes the score incomplete, never lower, but for
 * as many as the instrument's own rule lets be blank.
 */
export const score = (
  questionnaire: Questionnaire,
  response: QuestionnaireResponse,
  gender?: string,
): Score | undefined => {
  const instrument = scoringOf(questionnaire)
  if (instrument === undefined || response.status === 'entered-in-error') return undefined
  const items = questionnaireItems(questionnaire)
  const given = answersOf(response)
  const values = new Map(
    instrument.items.map((item) => [
      item.linkId,
      valueOf(item, items.get(item.linkId), given.get(item.linkId) ?? []),
    ]),
  )
  const flags = flagsOf(instrument, values, given)
  const flagged = flags.length > 0
  const missing = missingIn(instrument, values, given)
  if (missing.length > 0) return { complete: false, missing, flagged, flags }
  const { total, band, value } = resultOf(instrument, values, gender)
  const observation = observationOf(instrument, response, band, value, componentsOf(instrument, values))
  return { complete: true, total, band, flagged, flags, observation }
}

type Values = ReadonlyMap<string, number | undefined>

const answersOf = (response: QuestionnaireResponse): ReadonlyMap<string, Answers> => {
  const given = new Map<string, Answers>()
  for (const { item } of responseItems(response))
    given.set(item.linkId, [...(given.get(item.linkId) ?? []), ...(item.answer ?? [])])
  return given
}

const valueOf = (
  scored: ScoredItem,
  item: QuestionnaireItem | undefined,
  [answer, another]: Answers,
): number | undefined => {
  if (item === undefined || answer === undefined || another !== undefined) return undefined
  const place = scored.answers === 'yes-no' ? yesOrNo(answer) : optionIndex(item, answer)
  if (place === undefined || place > (scored.most ?? (scored.scores?.length ?? 1) - 1)) return undefined
  return scored.scores?.[place] ?? place
}

/** LOINC's answers, those of v2 table 0136, and a boolean. */
const yes: readonly (string | undefined)[] = ['LA33-6', 'Y']
const no: readonly (string | undefined)[] = ['LA32-8', 'N']

const yesOrNo = ({ valueBoolean, valueCoding }: Answers[number]): number | undefined => {
  if (valueBoolean !== undefined) return valueBoolean ? 1 : 0
  if (yes.includes(valueCoding?.code)) return 1
  return no.includes(valueCoding?.code) ? 0 : undefined
}

/** Errs on the side of safety: an answer that is none of those that are known raises the flag too. */
const flagsOf = (
  { flags = [] }: Instrument,
  values: Values,
  given: ReadonlyMap<string, Answers>,
): readonly string[] => [
  ...new Set(
    flags.flatMap(({ linkId, from, text }) => {
      const value = values.get(linkId)
      const raises = value === undefined ? (given.get(linkId) ?? []).length > 0 : value >= from
      return raises ? [text] : []
    }),
  ),
]

/** Which items should have been answered; none where so many may be blank, or were not to be asked. */
const missingIn = (
  { items, missing }: Instrument,
  values: Values,
  given: ReadonlyMap<string, Answers>,
): readonly string[] => {
  const lacking = items
    .filter(
      ({ linkId, onlyAfter }) =>
        values.get(linkId) === undefined && (onlyAfter === undefined || (values.get(onlyAfter) ?? 1) > 0),
    )
    .map(({ linkId }) => linkId)
  const isBlank = lacking.every((linkId) => (given.get(linkId) ?? []).length === 0)
  return isBlank && lacking.length <= (missing?.most ?? 0) ? [] : lacking
}

const resultOf = (
  instrument: Instrument,
  values: Values,
  gender: string | undefined,
): {
  readonly total: number | undefined
  readonly band: string
  readonly value: Pick<Observation, 'valueInteger' | 'valueCodeableConcept'>
} => {
  const { levels, items, missing, types, counts } = instrument
  if (levels !== undefined) {
    const level = levels.values.find(({ anyOf }) => anyOf.some((linkId) => (values.get(linkId) ?? 0) > 0))
    const band = level?.text ?? levels.otherwise
    const coding =
      level === undefined ? {} : { coding: [{ system: loinc, code: level.code, display: level.text }] }
    return { total: undefined, band, value: { valueCodeableConcept: { ...coding, text: band } } }
  }
  const total =
    types === undefined
      ? sum(summed(items, counts).map((linkId) => values.get(linkId) ?? missing?.counts ?? 0))
      : types.filter((type) => isMet(type, values)).length
  return { total, band: bandOf(instrument, total, values, gender), value: { valueInteger: total } }
}

const summed = (items: readonly ScoredItem[], counts: readonly string[] | undefined): readonly string[] =>
  counts ?? items.map(({ linkId }) => linkId)

const isMet = ({ items }: { readonly items: readonly string[] }, values: Values): boolean =>
  items.some((linkId) => (values.get(linkId) ?? 0) > 0)

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)

const componentsOf = (
  { subscales = [], types = [], missing }: Instrument,
  values: Values,
): readonly ObservationComponent[] => [
  ...types.map((type) => ({ code: { text: type.name }, valueBoolean: isMet(type, values) })),
  ...subscales.map((subscale) => {
    const own = subscale.items.map((linkId) => values.get(linkId) ?? missing?.counts ?? 0)
    return {
      code: { text: subscale.name },
      valueInteger: sum(own),
      interpretation: [{ text: saidOf(subscale, own) }],
    }
  }),
]

const saidOf = ({ criterion, positive }: Subscale, own: readonly number[]): string => {
  if (criterion === undefined) return sum(own) >= (positive ?? Infinity) ? 'Positive' : 'Negative'
  const met = own.filter((value) => value >= criterion.from).length >= criterion.least
  return met ? 'Criterion met' : 'Criterion not met'
}

const loinc = 'http://loinc.org'

const statuses: Readonly<Record<QuestionnaireResponse['status'], Observation['status']>> = {
  completed: 'final',
  amended: 'amended',
  'in-progress': 'preliminary',
  stopped: 'preliminary',
  'entered-in-error': 'entered-in-error',
}

/** The code of the total; the panel's own code is none of a score. */
const codeOf = ({ total, levels, panel }: Instrument): CodeableConcept => {
  const { code, display, text }: Named = total ?? levels?.code ?? {}
  const words = display ?? text ?? `${panel.display ?? panel.text ?? ''}, total score`
  return {
    ...(code === undefined
      ? {}
      : { coding: [{ system: loinc, code, ...(display === undefined ? {} : { display }) }] }),
    text: words,
  }
}

/** The score as a US Core screening-assessment Observation: category `survey`, the response in `derivedFrom`. */
const observationOf = (
  instrument: Instrument,
  response: QuestionnaireResponse,
  band: string,
  value: Pick<Observation, 'valueInteger' | 'valueCodeableConcept'>,
  component: readonly ObservationComponent[],
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
  code: codeOf(instrument),
  ...(response.subject && { subject: response.subject }),
  ...(response.encounter && { encounter: response.encounter }),
  ...(response.authored !== undefined && { effectiveDateTime: response.authored }),
  ...(response.author && { performer: [response.author] }),
  ...value,
  ...(band === '' ? {} : { interpretation: [{ text: band }] }),
  ...(component.length === 0 ? {} : { component: [...component] }),
  ...(response.id !== undefined && {
    derivedFrom: [{ reference: `QuestionnaireResponse/${response.id}` }],
  }),
})
