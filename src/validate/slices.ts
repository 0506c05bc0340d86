import { bindingFault } from './bindings.ts'
import type { Expansions } from './bindings.ts'
import { hasPattern, isObject, isSame } from './json.ts'
import { occurrences } from './occurrences.ts'
import type { Occurrence } from './occurrences.ts'
import type { Rule } from './rules.ts'

/**
 * The slice that a value is in: the one whose discriminators it all meets.
 * https://hl7.org/fhir/R4/profiling.html#discriminator
 */
export function sliceOf(rule: Rule, occurrence: Occurrence, sets: Expansions): Rule | undefined {
  return rule.slices.find((slice) => {
    if (slice.extension !== undefined)
      return isObject(occurrence.value) && occurrence.value.url === slice.extension
    return (
      rule.discriminators.length > 0 &&
      rule.discriminators.every(({ type, path }) => isMet(slice, occurrence, type, steps(path), sets))
    )
  })
}

function steps(path: string): string[] {
  return path.split('.').filter((step) => step !== '$this')
}

function isMet(rule: Rule, at: Occurrence, type: string, path: string[], sets: Expansions): boolean {
  if (rule.fixed !== undefined) return isSame(at.value, rule.fixed)
  if (rule.pattern !== undefined) return hasPattern(at.value, rule.pattern)
  const [step, ...rest] = path
  if (step === undefined) return isMetHere(rule, at, type, sets)
  const child = rule.children.find((candidate) => candidate.name === step)
  if (child === undefined || !isObject(at.value)) return false
  const found = occurrences(child, at.value, at.path)
  if (type === 'exists' && rest.length === 0) return child.max === 0 ? found.length === 0 : found.length > 0
  return found.some((value) => isMet(child, value, type, rest, sets))
}

function isMetHere(rule: Rule, at: Occurrence, type: string, sets: Expansions): boolean {
  if (type === 'type') return rule.types?.includes(at.type ?? typeNamed(at.value)) === true
  if (rule.required !== undefined)
    return bindingFault(rule.types?.[0] ?? 'code', at.value, rule.required, sets) === undefined
  return (
    rule.children.length > 0 &&
    rule.children.every((child) => {
      if (!isObject(at.value)) return false
      return occurrences(child, at.value, at.path).some((value) => isMet(child, value, type, [], sets))
    })
  )
}

function typeNamed(value: unknown): string {
  return isObject(value) && typeof value.resourceType === 'string' ? value.resourceType : ''
}
