/** The deepest nesting that is taken. */
const mostDepth = 40

/** What is wrong with JSON beyond its syntax; undefined for nothing. `value` is what was read from `text`. */
export const jsonFault = (value: unknown, text: string): string | undefined => {
  const keys = countKeys(value, mostDepth)
  if (keys === undefined) return `the body is nested deeper than ${mostDepth} levels`
  if (hasNul(text))
    return 'a text in the body has the character U+0000, which FHIR strings may not have (R4 datatypes, string)'
  if (loneSurrogate.test(text))
    return 'a text in the body has half of a surrogate pair, which is no character'
  return keys === writtenKeys(text)
    ? undefined
    : 'the body has the same key twice in one object; leave one of them out'
}

/** The keys of all objects; undefined where they are nested too deep. */
const countKeys = (value: unknown, left: number): number | undefined => {
  if (typeof value !== 'object' || value === null) return 0
  if (left === 0) return undefined
  let sum = Array.isArray(value) ? 0 : Object.keys(value).length
  for (const child of Object.values(value)) {
    const below = countKeys(child, left - 1)
    if (below === undefined) return undefined
    sum += below
  }
  return sum
}

/** Keys as they are written: in valid JSON, a string before a colon. What is written twice is read once. */
const writtenKeys = (text: string): number => {
  let keys = 0
  for (let start = text.indexOf('"'); start >= 0;) {
    const next = skipSpace(text, endOfString(text, start))
    if (text[next] === ':') keys += 1
    start = text.indexOf('"', next)
  }
  return keys
}

/** INVARIANT: each character is looked at once, however many quotes a string escapes. */
const endOfString = (text: string, start: number): number => {
  let end = start + 1
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1
  return end + 1
}

const skipSpace = (text: string, from: number): number => {
  let place = from
  while (/[ \t\r\n]/.test(text.charAt(place))) place += 1
  return place
}

/** Half of a pair, escaped; UTF-8 itself cannot have one. */
const loneSurrogate =
  /\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}/

/** Whether JSON text has the character U+0000, as it stands or escaped; an escaped backslash before `u0000` is none. */
const hasNul = (text: string): boolean => text.includes('\u0000') || /(?:^|[^\\])(?:\\\\)*\\u0000/.test(text)
