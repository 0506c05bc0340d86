/** A node of a parsed expression. */
export interface Syntax {
  readonly type: string
  readonly text?: string
  readonly delimitedText?: string
  readonly start?: { readonly line: number; readonly column: number }
  readonly children?: readonly Syntax[]
}

/** Functions that compare each element of what they are called on with each other, or with each of their argument. */
export const quadratic = new Set([
  'distinct',
  'isDistinct',
  'union',
  'intersect',
  'exclude',
  'subsetOf',
  'supersetOf',
])

/** All nodes, each once. */
export const flat = (root: Syntax): Syntax[] => {
  const found: Syntax[] = []
  const pending = [root]
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    found.push(node)
    pending.push(...(node.children ?? []))
  }
  return found
}

/** Where a node stands in its expression. */
export const placeOf = ({ start }: Pick<Syntax, 'start'>): string | undefined =>
  start === undefined ? undefined : `${start.line}:${start.column}`

/** The places of what gives collections that are compared each with each: these must be small. */
export const comparedIn = (nodes: readonly Syntax[]): ReadonlySet<string> =>
  new Set(nodes.flatMap(operands).flatMap((operand) => placeOf(last(operand)) ?? []))

const operands = ({ type, children = [] }: Syntax): readonly Syntax[] => {
  if (type === 'UnionExpression' || type === 'EqualityExpression') return children
  const [focus, called] = children
  const isQuadratic =
    type === 'InvocationExpression' &&
    called?.type === 'FunctionInvocation' &&
    quadratic.has(called.text ?? '')
  if (!isQuadratic || focus === undefined || called === undefined) return []
  const given = flat(called).find((node) => node.type === 'ParamList')
  return [focus, ...(given?.children ?? [])]
}

/** The node that gives what an expression gives. */
const last = (node: Syntax): Syntax => {
  let found = node
  while (found.start === undefined && found.children !== undefined && found.children.length > 0)
    found = found.children.at(-1) ?? found
  return found
}
