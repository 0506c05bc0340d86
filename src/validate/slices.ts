import { typeOf } from '../fhir/path.ts'
import { bindingFault } from './bindings.ts'
import type { Expansions } from './bindings.ts'
import { hasPattern, isObject, isSame, text } from './json.ts'
import { occurrences } from './occurrences.ts'
import type { Occurrence } from './occurrences.ts'
import { resolve } from './resolve.ts'
import type { Resolving } from './resolve.ts'
import type { Rule } from './rules.ts'

/** What discriminators look at beside the value itself. */
export type Looking = Resolving & {
  sets: Expansions
  /** Whether a value conforms to a profile; undefined where the profile is not known. */
  conforms: (value: unknown, profile: string) => boolean | undefined
}

/**
 * The slice that a value is in: the first whose discriminators it all meets.
 * https://hl7.org/fhir/R4/profiling.html#discriminator
 */
export function sliceOf(rule: Rule, occurrence: Occurrence, looking: Looking): Rule | undefined {
  return rule.slices.find((slice) => {
    if (slice.extension !== undefined)
      return isObject(occurrence.value) && occurrence.value.url === slice.extension
    return (
      rule.discriminators.length > 0 &&
      rule.discriminators.every(({ type, path }) =>
        isMet(slice, occurrence, { type, looking }, stepsOf(path)),
      )
    )
  })
}

/** The steps of a discriminator's path: elements, `extension('url')`, `ofType(T)`, `resolve()`. */
function stepsOf(path: string): string[] {
  const steps =
    path.match(/extension\((?:'[^']*'|"[^"]*")\)|ofType\([^)]*\)|resolve\(\)|\$this|[A-Za-z]\w*/g) ?? []
  return steps.filter((step) => step !== '$this')
}

type Discriminating = { type: string; looking: Looking }

function isMet(rule: Rule, at: Occurrence, by: Discriminating, path: readonly string[]): boolean {
  const [step, ...rest] = path
  if (step === undefined) return isMetHere(rule, at, by)
  if (by.type === 'value' || by.type === 'pattern') {
    if (rule.fixed !== undefined) return isSame(at.value, rule.fixed)
    if (rule.pattern !== undefined) return hasPattern(at.value, rule.pattern)
  }
  if (step === 'resolve()') return isTargetMet(rule, at, by, rest)
  const ofType = /^ofType\((?<type>[^)]*)\)$/.exec(step)?.groups?.['type']
  if (ofType !== undefined) return (at.type ?? typeNamed(at.value)) === ofType && isMet(rule, at, by, rest)
  const url = /^extension\(['"](?<url>[^'"]*)['"]\)$/.exec(step)?.groups?.['url']
  const child = url === undefined ? childNamed(rule, step) : extensionNamed(rule, url)
  if (child === undefined || !isObject(at.value)) return false
  const all = occurrences(child, at.value, at.path)
  const found = url === undefined ? all : all.filter(({ value }) => isObject(value) && value.url === url)
  if (by.type === 'exists' && rest.length === 0)
    return child.max === 0 ? found.length === 0 : found.length > 0
  return found.some((value) => isMet(child, value, by, rest))
}

const childNamed = (rule: Rule, name: string): Rule | undefined =>
  rule.children.find((candidate) => candidate.name === name)

function extensionNamed(rule: Rule, url: string): Rule | undefined {
  const extensions = childNamed(rule, 'extension')
  return extensions?.slices.find(({ extension }) => extension === url)
}

/** A discriminator that follows a reference: what is not at hand is told by the type that the reference names. */
function isTargetMet(rule: Rule, at: Occurrence, by: Discriminating, rest: readonly string[]): boolean {
  const target = resolve(at.value, by.looking)
  if (by.type === 'type' && rest.length === 0) {
    const named = isObject(at.value)
      ? (text(at.value.type) ?? typeOf(text(at.value.reference) ?? ''))
      : undefined
    const type = target === undefined ? named : typeNamed(target)
    return type !== undefined && (rule.targets ?? rule.types)?.includes(type) === true
  }
  if (by.type !== 'profile' || target === undefined) return false
  return (rule.targetProfiles ?? []).some((profile) => by.looking.conforms(target, profile) === true)
}

function isMetHere(rule: Rule, at: Occurrence, { type, looking }: Discriminating): boolean {
  if (type === 'type') return rule.types?.includes(at.type ?? typeNamed(at.value)) === true
  if (type === 'profile')
    return (rule.profiles ?? []).some((profile) => looking.conforms(at.value, profile) === true)
  if (rule.fixed !== undefined) return isSame(at.value, rule.fixed)
  if (rule.pattern !== undefined) return hasPattern(at.value, rule.pattern)
  if (rule.required !== undefined)
    return bindingFault(rule.types?.[0] ?? 'code', at.value, rule.required, looking.sets) === undefined
  const asking = rule.children.filter(isDiscriminating)
  return (
    asking.length > 0 &&
    asking.every(
      (child) =>
        isObject(at.value) &&
        occurrences(child, at.value, at.path).some((value) => isMet(child, value, { type, looking }, [])),
    )
  )
}

/** Whether a rule, or one beneath it, says which values there are: what it says of their number tells no slices apart. */
const isDiscriminating = (rule: Rule): boolean =>
  rule.fixed !== undefined ||
  rule.pattern !== undefined ||
  rule.required !== undefined ||
  rule.children.some(isDiscriminating)

function typeNamed(value: unknown): string {
  return isObject(value) && typeof value.resourceType === 'string' ? value.resourceType : ''
}
