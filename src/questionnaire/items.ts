import type {
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4'

/** An item of a response, and the FHIRPath expression that names it. */
export type PlacedItem = { readonly item: QuestionnaireResponseItem; readonly expression: string }

const placed = (items: readonly QuestionnaireResponseItem[] | undefined, at: string): PlacedItem[] =>
  (items ?? []).flatMap((item, index) => {
    const expression = `${at}.item[${index}]`
    const nested = (item.answer ?? []).flatMap((answer, n) =>
      placed(answer.item, `${expression}.answer[${n}]`),
    )
    return [{ item, expression }, ...placed(item.item, expression), ...nested]
  })

/** Every item of a response, in document order, whether nested in items or in answers. */
export const responseItems = (response: QuestionnaireResponse): PlacedItem[] =>
  placed(response.item, 'QuestionnaireResponse')

const flat = (items: readonly QuestionnaireItem[] | undefined): QuestionnaireItem[] =>
  (items ?? []).flatMap((item) => [item, ...flat(item.item)])

/** Every item of a Questionnaire by linkId. */
export const questionnaireItems = (questionnaire: Questionnaire): Map<string, QuestionnaireItem> =>
  new Map(flat(questionnaire.item).map((item) => [item.linkId, item]))

/** The place of a coded answer among its options, from 0; undefined where it is none of them. */
export const optionIndex = (
  item: QuestionnaireItem,
  answer: QuestionnaireResponseItemAnswer,
): number | undefined => {
  const coding = answer.valueCoding
  if (coding?.code === undefined) return undefined
  const index = (item.answerOption ?? []).findIndex(
    (option) => option.valueCoding?.code === coding.code && option.valueCoding?.system === coding.system,
  )
  return index < 0 ? undefined : index
}
