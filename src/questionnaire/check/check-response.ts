import type {
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
} from 'fhir/r4'
import type { Issue } from '../../problem.ts'
import type { Loaded } from '../../terminology/compose.ts'
import { createEngine } from '../expression/engine.ts'
import { createFuel, type Fuel, Spent } from '../expression/fuel.ts'
import { cycles } from '../form/calculations.ts'
import { enabledAt, settle } from '../form/enable.ts'
import { createForm } from '../form/form.ts'
import { isOut, type Sheet } from '../form/sheet.ts'
import { ancestors, type Node } from '../form/tree.ts'
import { number, url } from '../sdc.ts'
import { answerIssues } from './answers.ts'
import { type Checking, error } from './checking.ts'
import { constraintIssues } from './constraints.ts'

/**
 * Holds a response against its Questionnaire (https://hl7.org/fhir/R4/questionnaireresponse.html, SDC 4.0): which items
 * there are, in which order and how often, their answers, what is required, and the form's own constraints. Errors are the
 * response's; warnings tell what the Questionnaire has that cannot be carried out here. No text repeats an answer.
 */
export const checkResponse = (
  questionnaire: Questionnaire,
  response: QuestionnaireResponse,
  terminology: Loaded,
  fuel: Fuel = createFuel(),
): Issue[] => {
  try {
    const form = createForm(questionnaire, createEngine(fuel))
    const sheet = settle(form, response)
    const isDone = response.status === 'completed' || response.status === 'amended'
    const checking: Checking = { sheet, terminology, isDone, expansions: new Map() }
    const found = [...levelIssues(checking, undefined), ...constraintIssues(checking)]
    cycles(form)
    sheet.environmentOf({ kind: 'response' })
    return [...found, ...form.faults.values()]
  } catch (fault) {
    if (!(fault instanceof Spent)) throw fault
    return [
      error('QuestionnaireResponse', 'too-costly', 'to check this response takes too long; send fewer items'),
    ]
  }
}

/** What is wrong among the items of one level, and below them. */
const levelIssues = (checking: Checking, parent: Node | undefined): Issue[] => {
  const { sheet } = checking
  const lists =
    parent === undefined ? [{ at: 'QuestionnaireResponse', nodes: sheet.tree.roots }] : listsOf(parent)
  const definitions = (parent === undefined ? sheet.form.questionnaire.item : parent.definition?.item) ?? []
  for (const { nodes } of lists) sheet.form.engine.spend(nodes.length * (2 + definitions.length / 20))
  return lists.flatMap(({ at, nodes }) => [
    ...placeIssues(nodes, definitions),
    ...definitions.flatMap((definition) => oftenIssues(checking, definition, parent, nodes, at)),
    ...nodes.flatMap((node) => nodeIssues(checking, node)),
  ])
}

/** The lists of items in an item: its own, and one for each of its answers. */
const listsOf = (node: Node): { at: string; nodes: readonly Node[] }[] => {
  const own = (items: readonly QuestionnaireResponseItem[] | undefined): Node[] =>
    node.children.filter(({ given }) => items?.includes(given) === true)
  const answers = (node.given.answer ?? []).map(({ item }, place) => ({
    at: `${node.at}.answer[${place}]`,
    nodes: own(item),
  }))
  return answers.length > 0 ? answers : [{ at: node.at, nodes: own(node.given.item) }]
}

/** Items that are not in the Questionnaire there, and those that stand in another order. */
const placeIssues = (nodes: readonly Node[], definitions: readonly QuestionnaireItem[]): Issue[] => {
  const order = new Map(definitions.map((definition, place) => [definition, place]))
  let last = -1
  return nodes.flatMap(({ definition, at }) => {
    if (definition === undefined)
      return [
        error(
          at,
          'structure',
          'the Questionnaire has no item with this `linkId` at this place; correct it, or move the item to where its question is',
        ),
      ]
    const place = order.get(definition) ?? 0
    const isLate = place < last
    last = Math.max(last, place)
    return isLate
      ? [
          error(
            at,
            'structure',
            `item \`${definition.linkId}\` comes too late; put items in the order of the Questionnaire`,
          ),
        ]
      : []
  })
}

/** Whether an item is there as often as it must and may be. */
const oftenIssues = (
  checking: Checking,
  definition: QuestionnaireItem,
  parent: Node | undefined,
  siblings: readonly Node[],
  at: string,
): Issue[] => {
  const nodes = siblings.filter((node) => node.definition === definition)
  const { linkId, type, repeats = false } = definition
  const isGroup = type === 'group'
  const [, again] = nodes
  const twice =
    again !== undefined && !(isGroup && repeats)
      ? [
          error(
            again.at,
            'structure',
            `item \`${linkId}\` appears more than once; ${repeats ? 'put all answers into one item' : 'leave the others out'}`,
          ),
        ]
      : []
  const [first] = nodes
  const count = isGroup
    ? nodes.filter(isAnswered).length
    : nodes.reduce((sum, { given }) => sum + (given.answer ?? []).length, 0)
  const where = first?.at ?? at
  return [
    ...twice,
    ...tooMany(definition, count, where),
    ...tooFew(checking, definition, parent, first, count, where),
  ]
}

/** Whether there is an answer in an item, at any depth. */
const isAnswered = ({ given, children }: Node): boolean =>
  (given.answer ?? []).length > 0 || children.some(isAnswered)

const tooMany = (definition: QuestionnaireItem, count: number, at: string): Issue[] => {
  const { linkId, type, repeats = false } = definition
  if (type !== 'group' && count > 1 && !repeats)
    return [error(at, 'structure', `item \`${linkId}\` takes one answer; leave the others out`)]
  const most = number(definition, url.maxOccurs)
  return most !== undefined && count > most
    ? [
        error(
          at,
          'structure',
          `item \`${linkId}\` may be answered ${most} times at the most; leave the others out`,
        ),
      ]
    : []
}

const tooFew = (
  { sheet, isDone }: Checking,
  definition: QuestionnaireItem,
  parent: Node | undefined,
  node: Node | undefined,
  count: number,
  at: string,
): Issue[] => {
  const { linkId, type, required = false } = definition
  const least = number(definition, url.minOccurs) ?? 1
  if (
    !isDone ||
    !required ||
    type === 'display' ||
    count >= least ||
    !counts(sheet, definition, parent, node)
  )
    return []
  return [
    error(
      at,
      'required',
      least > 1
        ? `item \`${linkId}\` must be answered at least ${least} times; add what is missing`
        : `item \`${linkId}\` is required; answer it, or send the response as \`in-progress\``,
    ),
  ]
}

/** Whether an item is surely enabled, with all that is around it. */
const counts = (
  sheet: Sheet,
  definition: QuestionnaireItem,
  parent: Node | undefined,
  node: Node | undefined,
): boolean =>
  enabledAt(sheet, definition, parent, node === undefined ? undefined : { kind: 'item', node }) === true &&
  ancestors(parent).every(
    (around) =>
      around.definition === undefined ||
      enabledAt(sheet, around.definition, around.parent, { kind: 'item', node: around }) === true,
  )

const nodeIssues = (checking: Checking, node: Node): Issue[] => {
  const { sheet, isDone } = checking
  const { definition, at } = node
  if (definition === undefined) return []
  if (isOut(sheet.disabled, node)) {
    const says = isDone && isAnswered(node)
    return says
      ? [
          error(
            at,
            'invariant',
            `item \`${definition.linkId}\` is answered although it is not enabled; leave it out`,
          ),
        ]
      : []
  }
  return [...answerIssues(checking, definition, node), ...levelIssues(checking, node)]
}
