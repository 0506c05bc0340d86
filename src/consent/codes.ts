import type { Resource } from 'fhir/r4'
import { openTypes } from './label.ts'

/** Elements whose codes say what a record is about (CONSENT rules, section 3). */
const codeElement = /^(?:code|type|medicationCodeableConcept|vaccineCode|valueCodeableConcept|valueCoding)$/

/**
 * The codes of a record as a decision sees them, `system|code`: those of its own elements, and, marked, those that stand
 * deeper in it (a component, an activity, what is contained). R4 finds the code of a provision anywhere in an instance;
 * a deny does so here, while a permit opens only what is itself of that code. No decision asks for codes of what is open.
 */
export const codesOf = (resource: Resource): string[] => {
  const own = Object.entries(resource).flatMap(([name, value]) =>
    codeElement.test(name) ? codings(value) : [],
  )
  const inside = openTypes.has(resource.resourceType) ? [] : Object.values(resource).flatMap(deeper)
  return [...new Set([...own, ...inside.filter((code) => !own.includes(code)).map(within)])]
}

const deeper = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(deeper)
  if (!isElement(value)) return []
  return Object.entries(value).flatMap(([name, held]) => [
    ...(codeElement.test(name) ? codings(held) : []),
    ...deeper(held),
  ])
}

const isElement = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const codings = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(codings)
  if (!isElement(value)) return []
  if (Array.isArray(value['coding'])) return value['coding'].flatMap(codings)
  const { system, code } = value
  return typeof system === 'string' && typeof code === 'string' ? [`${system}|${code}`] : []
}

/** No system begins with a space. */
const mark = ' '

/** A code that stands deeper in a record than its own elements. */
export const within = (code: string): string => `${mark}${code}`

/** The code itself, wherever it stands. */
export const bare = (code: string): string => (code.startsWith(mark) ? code.slice(mark.length) : code)

/** Codes with what they are kinds of, each where its code stands. */
export const withKinds = (
  codes: readonly string[],
  kinds: ReadonlyMap<string, readonly string[]>,
): string[] => [
  ...new Set(
    codes.flatMap((code) => {
      const wider = kinds.get(bare(code)) ?? []
      return [code, ...(code.startsWith(mark) ? wider.map(within) : wider)]
    }),
  ),
]

/** Whether a record has one of the codes that a provision names: a deny finds it anywhere. */
export const hasCode = (
  codes: readonly string[],
  named: readonly string[],
  effect: 'permit' | 'deny',
): boolean => codes.some((code) => named.includes(effect === 'deny' ? bare(code) : code))
