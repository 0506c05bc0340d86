import type { QuestionnaireItem, QuestionnaireResponseItemAnswer } from 'fhir/r4'
import type { Issue } from '../../problem.ts'
import type { Node } from '../form/tree.ts'
import { valueOf } from '../form/compare.ts'
import { type Checking, error } from './checking.ts'
import { limitIssues } from './limits.ts'
import { optionIssues } from './options.ts'

type ItemType = QuestionnaireItem['type']

/** https://hl7.org/fhir/R4/valueset-item-type.html: what `answer.value[x]` may be. */
const valueTypes: Readonly<Record<ItemType, readonly string[]>> = {
  group: [],
  display: [],
  question: [],
  boolean: ['Boolean'],
  decimal: ['Decimal'],
  integer: ['Integer'],
  date: ['Date'],
  dateTime: ['DateTime'],
  time: ['Time'],
  string: ['String'],
  text: ['String'],
  url: ['Uri'],
  choice: ['Coding'],
  'open-choice': ['Coding', 'String'],
  attachment: ['Attachment'],
  reference: ['Reference'],
  quantity: ['Quantity'],
}

/** The types of value that an answer to an item may have: those of its options, where they say so. */
export const typesOf = (item: QuestionnaireItem): readonly string[] => {
  const options = (item.answerOption ?? []).flatMap((option) => valueOf(option)?.type ?? [])
  const isChoice = item.type === 'choice' || item.type === 'open-choice'
  if (!isChoice || options.length === 0) return valueTypes[item.type]
  return [...new Set([...options, ...(item.type === 'open-choice' ? ['String'] : [])])]
}

/** What is wrong with the answers of one enabled item. */
export const answerIssues = (checking: Checking, item: QuestionnaireItem, { given, at }: Node): Issue[] =>
  (given.answer ?? []).flatMap((answer, place) =>
    answerIssue(checking, item, answer, `${at}.answer[${place}]`),
  )

const answerIssue = (
  checking: Checking,
  item: QuestionnaireItem,
  answer: QuestionnaireResponseItemAnswer,
  at: string,
): Issue[] => {
  const types = typesOf(item)
  if (types.length === 0)
    return [error(at, 'structure', `item \`${item.linkId}\` takes no answer; leave it out`)]
  const found = valueOf(answer)
  if (found === undefined || !types.includes(found.type))
    return [
      error(
        at,
        'value',
        `answer to \`${item.linkId}\` must be ${types.map((type) => `\`value${type}\``).join(' or ')}`,
      ),
    ]
  return [...optionIssues(checking, item, found, at), ...limitIssues(item, found, at)]
}
