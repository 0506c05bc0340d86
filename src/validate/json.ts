export type Json = { readonly [name: string]: unknown }

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return value === undefined || value === null ? [] : [value]
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Whether two JSON values are the same: `fixed[x]`. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]))
  }
  if (!isObject(a) || !isObject(b)) return a === b
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]))
  )
}

/**
 * Whether a value has everything a pattern has: `pattern[x]`.
 * https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.pattern_x_
 */
export function hasPattern(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern)) {
    return Array.isArray(value) && pattern.every((item) => value.some((other) => hasPattern(other, item)))
  }
  if (!isObject(pattern)) return value === pattern
  if (!isObject(value)) return false
  return Object.entries(pattern).every(
    ([name, part]) => Object.hasOwn(value, name) && hasPattern(value[name], part),
  )
}
