import { isObject, list, text } from '../json.ts'
import type { Json } from '../json.ts'

/** One of R4's own constraints: the type or backbone element it is on, its words, and its test. */
export type Invariant = {
  on: string
  key: string
  text: string
  /** `error` where nothing is said. */
  severity?: 'error' | 'warning'
  /** `resource` is the one that the value stands in. */
  holds: (value: Json, resource: Json) => boolean
}

/** Whether one of these elements is there, be it only by its `_` twin. */
export function has(value: Json, ...names: string[]): boolean {
  return names.some((name) => value[name] !== undefined || value[`_${name}`] !== undefined)
}

/** Whether `value[x]` is there. */
export function hasValue(value: Json): boolean {
  return Object.keys(value).some((name) => /^_?value[A-Z]/.test(name))
}

/** The objects of an element, whether it repeats or not. */
export function objects(value: unknown): Json[] {
  return list(value).filter(isObject)
}

/** Whether a CodeableConcept has one of these codes of a system. */
export function isCoded(concept: unknown, system: string, ...codes: string[]): boolean {
  return (
    isObject(concept) &&
    objects(concept.coding).some((c) => c.system === system && codes.includes(text(c.code) ?? ''))
  )
}

/** Whether a code is one of these. */
export function isIn(value: unknown, ...codes: string[]): boolean {
  return codes.includes(text(value) ?? '')
}
