/** The alternatives of a search parameter's expression: what stands between `|` at its outermost level. */
export function alternatives(expression: string): string[] {
  return separated(expression, '|').filter((branch) => branch !== '')
}

/** The steps of one alternative, with `(X as T)`, `X.as(T)` and `(X.ofType(T)).y` all written as `X.ofType(T).y`. */
export function stepsOf(branch: string): string[] {
  const plain = branch
    .replace(/^\((.+?) as (\w+)\)/, '$1.ofType($2)')
    .replace(/\.as\((\w+)\)/g, '.ofType($1)')
    .replace(/^\((.+)\)(\.\w+)?$/, '$1$2')
  return separated(plain, '.')
}

/** The parts of a text between separators that are in neither parentheses nor quotes. */
function separated(text: string, separator: string): string[] {
  const parts = ['']
  let depth = 0
  let quoted = false
  for (const character of text) {
    if (character === "'") quoted = !quoted
    if (!quoted && character === '(') depth++
    if (!quoted && character === ')') depth--
    if (character === separator && depth === 0 && !quoted) parts.push('')
    else parts.push(`${parts.pop() ?? ''}${character}`)
  }
  return parts.map((part) => part.trim())
}
