/** Pieces that mean the same in JavaScript and in PostgreSQL: characters, simple classes, groups and repetitions. */
const pieces =
  /^(?:[^\\()[\]{}]|\\[dws.^$*+?()[\]{}|/\\-]|\((?!\?)|\(\?:|\)|\[\^?(?:[^\\[\]]|\\[dws.^$*+?|/\\-])+\]|\{\d{1,2}(?:,(?:\d{1,2})?)?\})*$/

const longest = 200

/** Whether a regular expression is one that every engine reads alike; what is counted is no group, or it might become too large. */
export const isPlainPattern = (pattern: string): boolean => {
  if (pattern.length > longest || !pieces.test(pattern) || pattern.includes('){')) return false
  try {
    return new RegExp(pattern, 'u').source !== ''
  } catch {
    return false
  }
}
