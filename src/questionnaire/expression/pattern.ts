const longestPattern = 200
const longestText = 1000

/** So many quantifiers without a bound, and so many `?`: the work of backtracking is then polynomial and small. */
const mostUnbounded = 3
const mostOptional = 10

/**
 * What a regular expression of somebody else's costs on a text, in steps; undefined where it could be made to run for
 * long: groups that are repeated, references back, lookaround, many quantifiers.
 */
export const patternCost = (pattern: string, text: string): number | undefined => {
  if (pattern.length > longestPattern || text.length > longestText) return undefined
  const plain = pattern.replaceAll(/\\[^1-9k]/g, 'x').replaceAll(/\[[^\]]*\]/g, 'x')
  if (/\\|\)[*+{]|\(\?(?!:)/.test(plain)) return undefined
  const unbounded = (plain.match(/[*+]|\{\d*,\d*\}/g) ?? []).length
  const optional = (plain.replaceAll('(?:', '(').match(/\?/g) ?? []).length
  if (unbounded > mostUnbounded || optional > mostOptional) return undefined
  return 100 + (text.length ** unbounded * 2 ** optional) / 500
}
