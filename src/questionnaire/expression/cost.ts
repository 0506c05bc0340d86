import { Spent } from './fuel.ts'
import { placeOf, quadratic, type Syntax } from './syntax.ts'

/** Elements of one collection, of one that is compared each with each, and characters of one text, at the most. */
const mostElements = 5000
const mostCompared = 600
const longestText = 100_000

/**
 * What one step of an evaluation costs, judged after it: by how many elements it gave, how long their texts are, and how
 * often it compared them. Each step alone is short; together they are paid for.
 */
export const costOf = (
  focus: unknown,
  result: unknown,
  node: Syntax,
  compared: ReadonlySet<string>,
): number => {
  const count = Array.isArray(result) ? result.length : 1
  const most = compared.has(placeOf(node) ?? '') ? mostCompared : mostElements
  if (count > most) throw new Spent('a collection is too large')
  return 1 + count / 4 + textCost(result) + comparisons(focus, count, node)
}

const textCost = (result: unknown): number => {
  if (!Array.isArray(result)) return 0
  let length = 0
  for (const value of result) if (typeof value === 'string') length += value.length
  if (length > longestText) throw new Spent('a text is too long')
  return length / 1000
}

const comparisons = (focus: unknown, count: number, { type, text = '' }: Syntax): number => {
  const from = Array.isArray(focus) ? focus.length : 1
  if (type === 'UnionExpression') return count ** 2 / 3
  return type === 'FunctionInvocation' && quadratic.has(text) ? from ** 2 / 3 : 0
}
