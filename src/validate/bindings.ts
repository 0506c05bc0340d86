import type { Expansion } from '../fhir/definitions/value-sets.ts'
import { isObject, list, text } from './json.ts'
import { type OpenSet, openSets } from './open-sets.ts'

export type Expansions = ReadonlyMap<string, Expansion>

/** So many codes are named in a message; more are described by their value set. */
const namedCodes = 12

/**
 * What is wrong with a coded value under a required binding; undefined if nothing is, or nobody can tell what is in the set.
 * https://hl7.org/fhir/R4/terminologies.html#required
 */
export function bindingFault(
  type: string,
  value: unknown,
  valueSet: string,
  sets: Expansions,
): string | undefined {
  if (!isCoded(type)) return undefined
  const expansion = sets.get(valueSet)
  if (expansion !== undefined)
    return isMember(type, value, listed(expansion))
      ? undefined
      : `must be one of ${choice(expansion, valueSet)}`
  const open = openSets.get(valueSet)
  return open === undefined || isMember(type, value, matching(open)) ? undefined : `must be ${open.told}`
}

/**
 * What is to be said of a coded value under an extensible binding: a code of the set is to be used where one of them fits,
 * which only a reader can tell. Nothing is said of a value that is text alone.
 * https://hl7.org/fhir/R4/terminologies.html#extensible
 */
export function bindingWarning(
  type: string,
  value: unknown,
  valueSet: string,
  sets: Expansions,
): string | undefined {
  const expansion = sets.get(valueSet)
  if (expansion === undefined || !isCoded(type) || !isCodeGiven(type, value)) return undefined
  if (isMember(type, value, listed(expansion))) return undefined
  return `should be one of ${choice(expansion, valueSet)} where one of them fits; the binding is extensible`
}

function isCodeGiven(type: string, value: unknown): boolean {
  if (!isObject(value)) return typeof value === 'string'
  if (type === 'CodeableConcept')
    return list(value.coding).some((coding) => isObject(coding) && text(coding.code) !== undefined)
  return text(value.code) !== undefined
}

function choice(expansion: Expansion, valueSet: string): string {
  const codes = [...new Set(Object.values(expansion).flat())]
  return codes.length > namedCodes
    ? `the codes of ${valueSet}`
    : codes.map((code) => `\`${code}\``).join(', ')
}

function isCoded(type: string): boolean {
  return ['code', 'string', 'uri', 'Coding', 'CodeableConcept', 'Quantity'].includes(type)
}

/** Whether a code is in a set; undefined is the system where the element is a plain code. */
type Has = (code: string, system: string | undefined) => boolean

const listed =
  (expansion: Expansion): Has =>
  (code, system) =>
    system === undefined
      ? Object.values(expansion).some((codes) => codes.includes(code))
      : (expansion[system] ?? []).includes(code)

const matching =
  (open: OpenSet): Has =>
  (code, system) =>
    (system === undefined || system === open.system) && open.has(code)

function isMember(type: string, value: unknown, has: Has): boolean {
  if (typeof value === 'string') return has(value, undefined)
  if (!isObject(value)) return true
  if (type === 'CodeableConcept') return list(value.coding).some((coding) => isMember('Coding', coding, has))
  const code = text(value.code)
  if (type === 'Quantity' && code === undefined) return true
  return code !== undefined && has(code, text(value.system) ?? '')
}
