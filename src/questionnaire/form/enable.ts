import type {
  QuestionnaireItem,
  QuestionnaireItemEnableWhen,
  QuestionnaireResponse,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4'
import type { Environment } from '../expression/engine.ts'
import { expression, url } from '../sdc.ts'
import { meets } from './compare.ts'
import { blame, type Form } from './form.ts'
import { evaluateExtension } from './evaluate.ts'
import { createSheet, isOut, type Place, type Sheet } from './sheet.ts'
import { ancestors, type Node, type Tree, treeOf } from './tree.ts'

/** Conditions follow each other so far; those that have not settled then go in circles. */
const mostRounds = 50

/**
 * Finds which items are enabled, and lays the response out without the others. What a disabled item answers counts for
 * nothing, so conditions are looked at again until none changes (https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen).
 */
export const settle = (
  form: Form,
  response: QuestionnaireResponse,
  more?: (node: Node) => Environment | undefined,
): Sheet => {
  const tree = treeOf(form.questionnaire, response)
  let sheet = createSheet(form, response, new Set(), tree, more)
  if (![...form.items.values()].some(isConditional)) return sheet
  for (let round = 0; round < mostRounds; round++) {
    form.engine.spend(tree.all.length * 4)
    const disabled = new Set(tree.all.filter((node) => !isEnabledNode(sheet, node)))
    if (disabled.symmetricDifference(sheet.disabled).size === 0) return sheet
    sheet = createSheet(form, response, disabled, tree, more)
  }
  blame(
    form,
    form.questionnaire,
    'processing',
    'conditions for enabling items go in circles; what they settle on is not certain',
  )
  return sheet
}

const isConditional = (item: QuestionnaireItem): boolean =>
  (item.enableWhen ?? []).length > 0 || expression(item, url.enableWhenExpression) !== undefined

const isEnabledNode = (sheet: Sheet, node: Node): boolean =>
  node.definition === undefined || isEnabled(sheet, node.definition, node.parent, { kind: 'item', node })

const isEnabled = (
  sheet: Sheet,
  definition: QuestionnaireItem,
  parent: Node | undefined,
  place: Place,
): boolean => enabledAt(sheet, definition, parent, place) !== false

/**
 * Whether a question is enabled at a place by its own conditions: those of what is around it are asked apart. Undefined
 * where it cannot be told: its answers are taken, and it is not required.
 */
export const enabledAt = (
  sheet: Sheet,
  definition: QuestionnaireItem,
  parent: Node | undefined,
  place: Place = { kind: 'absent', definition, parent },
): boolean | undefined => {
  const conditions = definition.enableWhen ?? []
  const stated = expression(definition, url.enableWhenExpression)
  if (conditions.length > 0 && !byConditions(sheet, definition, conditions, place)) return false
  if (stated === undefined) return true
  const found = evaluateExtension(sheet, definition, 'enableWhenExpression', place)
  return found === undefined || found === 'data' ? undefined : found.length === 1 && found[0] === true
}

const byConditions = (
  { tree, disabled }: Sheet,
  { enableBehavior = 'all' }: QuestionnaireItem,
  conditions: readonly QuestionnaireItemEnableWhen[],
  place: Place,
): boolean => {
  const met = (condition: QuestionnaireItemEnableWhen): boolean =>
    meets(condition, nearest(tree, disabled, condition.question, place))
  return enableBehavior === 'any' ? conditions.some(met) : conditions.every(met)
}

/**
 * The answers of the occurrence of a question that is nearest: among those in the closest element around that has any, the
 * last before the place, else the first after it. A disabled one has no answers.
 */
const nearest = (
  tree: Tree,
  disabled: ReadonlySet<Node>,
  linkId: string,
  place: Place,
): readonly QuestionnaireResponseItemAnswer[] => {
  const from = place.kind === 'item' ? place.node : place.kind === 'absent' ? place.parent : undefined
  const [here] = (from === undefined ? undefined : tree.places.get(from)) ?? [tree.all.length]
  const occurrences = tree.byLink.get(linkId) ?? []
  for (const around of [...ancestors(from), undefined]) {
    if (around?.given.linkId === linkId) return answersOf(around, disabled)
    const [first, last] = (around === undefined ? undefined : tree.places.get(around)) ?? [
      -1,
      tree.all.length,
    ]
    const next = firstAfter(occurrences, tree, here)
    const found = [occurrences[next - 1], occurrences[next]].find((node) => {
      const [at] = (node === undefined ? undefined : tree.places.get(node)) ?? [-1]
      return at > first && at <= last
    })
    if (found !== undefined) return answersOf(found, disabled)
  }
  return []
}

/** Where in a list in document order the first one stands that comes after a place. */
const firstAfter = (nodes: readonly Node[], { places }: Tree, place: number): number => {
  let [low, high] = [0, nodes.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const node = nodes[middle]
    const [at] = (node === undefined ? undefined : places.get(node)) ?? [0]
    if (at > place) high = middle
    else low = middle + 1
  }
  return low
}

const answersOf = (node: Node, disabled: ReadonlySet<Node>): readonly QuestionnaireResponseItemAnswer[] =>
  isOut(disabled, node) ? [] : (node.given.answer ?? [])
