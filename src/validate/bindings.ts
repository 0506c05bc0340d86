import type { Expansion } from '../fhir/definitions/value-sets.ts'
import { isObject, list, text } from './json.ts'

export type Expansions = ReadonlyMap<string, Expansion>

/** So many codes are named in a message; more are described by their value set. */
const namedCodes = 12

/**
 * What is wrong with a coded value under a required binding; undefined if nothing is or the set cannot be enumerated.
 * https://hl7.org/fhir/R4/terminologies.html#required
 */
export function bindingFault(
  type: string,
  value: unknown,
  valueSet: string,
  sets: Expansions,
): string | undefined {
  const expansion = sets.get(valueSet)
  if (expansion === undefined || !isCoded(type) || isMember(type, value, expansion)) return undefined
  return `must be one of ${choice(expansion, valueSet)}`
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
  if (isMember(type, value, expansion)) return undefined
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

function isMember(type: string, value: unknown, expansion: Expansion): boolean {
  if (typeof value === 'string') return Object.values(expansion).some((codes) => codes.includes(value))
  if (!isObject(value)) return true
  if (type === 'CodeableConcept')
    return list(value.coding).some((coding) => isMember('Coding', coding, expansion))
  const code = text(value.code)
  if (type === 'Quantity' && code === undefined) return true
  return code !== undefined && (expansion[text(value.system) ?? ''] ?? []).includes(code)
}
