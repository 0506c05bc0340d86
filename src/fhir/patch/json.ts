export type Json = { readonly [name: string]: unknown }

/** The deepest nesting of a resource that is patched. */
export const mostDepth = 40

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether two JSON values are equal; members have no order (RFC 6902 4.6). */
export const isEqual = (a: unknown, b: unknown): boolean => {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => isEqual(item, b[index]))
  if (!isJson(a) || !isJson(b)) return a === b
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isEqual(a[name], b[name]))
  )
}

/** Whether a value is nested deeper than some levels. */
export const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels <= 0 || Object.values(value).some((child) => isDeeper(child, levels - 1)))

/** Names that reach the prototype of an object; no element of FHIR has one of them. */
export const isUnsafeName = (name: string): boolean =>
  name === '__proto__' || name === 'constructor' || name === 'prototype'

/** Whether an object in a value has an unsafe name. */
export const hasUnsafeName = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  ((!Array.isArray(value) && Object.keys(value).some(isUnsafeName)) ||
    Object.values(value).some(hasUnsafeName))
