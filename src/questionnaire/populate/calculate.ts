import type { QuestionnaireItem } from 'fhir/r4'
import { cycles } from '../form/calculations.ts'
import { settle } from '../form/enable.ts'
import { blame } from '../form/form.ts'
import { evaluateExtension } from '../form/evaluate.ts'
import { isOut } from '../form/sheet.ts'
import type { Node } from '../form/tree.ts'
import { expression, url } from '../sdc.ts'
import { answersFrom } from './answers-from.ts'
import type { Filling } from './filling.ts'

/**
 * Calculates what is calculated, until nothing moves: a value may be calculated from another. What leads back to itself
 * is left out and told.
 */
export const calculate = (filling: Filling): void => {
  const { form } = filling
  const circular = cycles(form)
  const calculated = [...form.items.values()].filter(
    (item) => expression(item, url.calculatedExpression) !== undefined && !circular.has(item),
  )
  if (calculated.length === 0) return
  let moved: ReadonlySet<QuestionnaireItem> = new Set()
  for (let round = 0; round <= calculated.length; round++) {
    moved = calculateOnce(filling, new Set(calculated))
    if (moved.size === 0) return
  }
  for (const item of moved)
    blame(form, item, 'business-rule', '`calculatedExpression` never settles, so it is not calculated')
  clear(filling, moved)
}

/** One round over all of them; gives those whose answers changed. */
const calculateOnce = (
  filling: Filling,
  wanted: ReadonlySet<QuestionnaireItem>,
): ReadonlySet<QuestionnaireItem> => {
  const { form, response, contexts } = filling
  const sheet = settle(form, response, ({ given }) => contexts.get(given))
  const found = sheet.tree.all.flatMap((node) => {
    const { definition } = node
    if (definition === undefined || !wanted.has(definition)) return []
    const values = isOut(sheet.disabled, node)
      ? []
      : evaluateExtension(sheet, definition, 'calculatedExpression', { kind: 'item', node })
    return [
      {
        node,
        definition,
        answer: values === undefined || values === 'data' ? [] : answersFrom(form, definition, values),
      },
    ]
  })
  const moved = found.filter(({ node, answer }) => JSON.stringify(bare(node)) !== JSON.stringify(answer))
  for (const { node, answer } of moved) node.given.answer = answer
  return new Set(moved.map(({ definition }) => definition))
}

/** The answers of an item without what is below them. */
const bare = ({ given }: Node) => (given.answer ?? []).map(({ item: _below, ...own }) => own)

const clear = ({ form, response }: Filling, items: ReadonlySet<QuestionnaireItem>): void => {
  for (const { definition, given } of settle(form, response).tree.all)
    if (definition !== undefined && items.has(definition)) given.answer = []
}
