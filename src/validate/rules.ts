import type { ElementDefinition } from 'fhir/r4'
import { compileConstraint } from './constraints.ts'
import type { Constraint } from './constraints.ts'
import type { Profile } from './issue.ts'

/** What a profile asks of one element, with the rules for what is below it and for its slices. */
export type Rule = {
  /** The element's name, without `[x]`. */
  name: string
  /** Whether it is a choice, `value[x]`. */
  choice: boolean
  min: number
  max: number
  /** What the profile's author says about it: becomes part of the message. */
  short?: string
  fixed?: unknown
  pattern?: unknown
  types?: string[]
  targets?: string[]
  /** The canonical of the extension that this slice is. */
  extension?: string
  required?: string
  discriminators: { type: string; path: string }[]
  closed: boolean
  constraints: Constraint[]
  sliceName?: string
  slices: Rule[]
  children: Rule[]
}

export type Rules = { url: string; type: string; root: Rule }

/** Compiles the differential of a profile. https://hl7.org/fhir/R4/profiling.html */
export function compileProfile(profile: Profile): Rules {
  const root = emptyRule(profile.type)
  for (const element of profile.differential?.element ?? []) {
    fill(ruleAt(root, element.id ?? element.path), element)
  }
  return { url: profile.url, type: profile.type, root }
}

function emptyRule(segment: string, sliceName?: string): Rule {
  return {
    name: segment.replace('[x]', ''),
    choice: segment.endsWith('[x]'),
    min: 0,
    max: Number.POSITIVE_INFINITY,
    discriminators: [],
    closed: false,
    constraints: [],
    slices: [],
    children: [],
    ...(sliceName !== undefined && { sliceName }),
  }
}

/** The rule for an element id like `Consent.category:part2.coding`, made on the way if it is not there yet. */
function ruleAt(root: Rule, id: string): Rule {
  let rule = root
  for (const segment of id.split('.').slice(1)) {
    const [name = '', slice] = segment.split(':')
    const bare = name.replace('[x]', '')
    rule = findOrAdd(
      rule.children,
      (child) => child.name === bare,
      () => emptyRule(name),
    )
    if (slice === undefined) continue
    rule = findOrAdd(
      rule.slices,
      (child) => child.sliceName === slice,
      () => emptyRule(name, slice),
    )
  }
  return rule
}

function findOrAdd(rules: Rule[], matches: (rule: Rule) => boolean, make: () => Rule): Rule {
  const found = rules.find(matches)
  if (found !== undefined) return found
  const made = make()
  rules.push(made)
  return made
}

function fill(rule: Rule, element: ElementDefinition): void {
  if (element.min !== undefined) rule.min = element.min
  if (element.max !== undefined)
    rule.max = element.max === '*' ? Number.POSITIVE_INFINITY : Number(element.max)
  if (element.short !== undefined) rule.short = element.short
  for (const [name, value] of Object.entries(element)) {
    if (/^fixed[A-Z]/.test(name)) rule.fixed = value
    if (/^pattern[A-Z]/.test(name)) rule.pattern = value
  }
  if (element.type !== undefined) fillTypes(rule, element.type)
  if (element.binding?.strength === 'required') rule.required = element.binding.valueSet?.split('|')[0]
  rule.constraints.push(...(element.constraint ?? []).map((c) => compileConstraint(element.path, c)))
  if (element.slicing === undefined) return
  rule.discriminators = (element.slicing.discriminator ?? []).map(({ type, path }) => ({ type, path }))
  rule.closed = element.slicing.rules === 'closed'
}

function fillTypes(rule: Rule, types: NonNullable<ElementDefinition['type']>): void {
  rule.types = types.map((type) => type.code)
  const [only] = types
  if (only?.code === 'Extension' && only.profile?.[0] !== undefined) rule.extension = only.profile[0]
  const base = 'http://hl7.org/fhir/StructureDefinition/'
  const targets = types.flatMap((type) => type.targetProfile ?? [])
  const isPlain = targets.every((target) => target.startsWith(base))
  if (targets.length > 0 && isPlain) rule.targets = targets.map((target) => target.slice(base.length))
}
