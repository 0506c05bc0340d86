import type {
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4'
import { optionIndex, questionnaireItems, responseItems, type PlacedItem } from './items.ts'

/** One fault of a response against its Questionnaire. */
export type ResponseIssue = { readonly expression: string; readonly text: string }

type ItemType = QuestionnaireItem['type']

/** https://hl7.org/fhir/R4/valueset-item-type.html: what `answer.value[x]` may be. */
const valueTypes: Readonly<Record<ItemType, readonly string[]>> = {
  group: [],
  display: [],
  question: [],
  boolean: ['valueBoolean'],
  decimal: ['valueDecimal'],
  integer: ['valueInteger'],
  date: ['valueDate'],
  dateTime: ['valueDateTime'],
  time: ['valueTime'],
  string: ['valueString'],
  text: ['valueString'],
  url: ['valueUri'],
  choice: ['valueCoding'],
  'open-choice': ['valueCoding', 'valueString'],
  attachment: ['valueAttachment'],
  reference: ['valueReference'],
  quantity: ['valueQuantity'],
}

/**
 * A light check of a response against its Questionnaire: unknown or duplicated items, answers of the wrong type,
 * more answers than one, answers that are no option. Says nothing of what is left out: see `score`.
 */
export const checkResponse = (
  questionnaire: Questionnaire,
  response: QuestionnaireResponse,
): ResponseIssue[] => {
  const items = questionnaireItems(questionnaire)
  const all = responseItems(response)
  return all.flatMap((placed, index) => {
    const item = items.get(placed.item.linkId)
    if (item === undefined) return [issue(placed.expression, `unknown linkId \`${placed.item.linkId}\``)]
    return [...duplicate(item, placed, all.slice(0, index)), ...answerIssues(item, placed)]
  })
}

const issue = (expression: string, text: string): ResponseIssue => ({ expression, text })

const duplicate = (
  item: QuestionnaireItem,
  placed: PlacedItem,
  before: readonly PlacedItem[],
): ResponseIssue[] => {
  const repeatable = item.type === 'group' && item.repeats === true
  return !repeatable && before.some((other) => other.item.linkId === item.linkId)
    ? [issue(placed.expression, `item \`${item.linkId}\` appears more than once`)]
    : []
}

const answerIssues = (item: QuestionnaireItem, { item: given, expression }: PlacedItem): ResponseIssue[] => {
  const answers = given.answer ?? []
  const tooMany = answers.length > 1 && item.repeats !== true
  return [
    ...(tooMany ? [issue(expression, `item \`${item.linkId}\` takes one answer`)] : []),
    ...answers.flatMap((answer, index) => answerIssue(item, answer, `${expression}.answer[${index}]`)),
  ]
}

const answerIssue = (
  item: QuestionnaireItem,
  answer: QuestionnaireResponseItemAnswer,
  expression: string,
): ResponseIssue[] => {
  const given = Object.keys(answer).filter((key) => key.startsWith('value'))
  const allowed = valueTypes[item.type]
  if (allowed.length === 0) return [issue(expression, `item \`${item.linkId}\` takes no answer`)]
  if (given.length !== 1 || !given.every((key) => allowed.includes(key)))
    return [issue(expression, `answer to \`${item.linkId}\` must be ${allowed.join(' or ')}`)]
  const optional = item.answerOption !== undefined && answer.valueCoding !== undefined
  return optional && item.type === 'choice' && optionIndex(item, answer) === undefined
    ? [issue(expression, `answer to \`${item.linkId}\` is not one of its options`)]
    : []
}
