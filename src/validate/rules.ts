import type { ElementDefinition } from 'fhir/r4'
import type { Bounds } from './bounds.ts'
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
  /** The resource types that a reference may point to. */
  targets?: string[]
  /** The profiles one of which a value, or what a reference points to, must conform to; none where R4 itself will do. */
  profiles?: string[]
  targetProfiles?: string[]
  /** The canonical of the extension that this slice is. */
  extension?: string
  bounds?: Bounds
  required?: string
  /** The value set of an extensible binding. */
  extensible?: string
  discriminators: { type: string; path: string }[]
  /** Whether values outside the slices are allowed, and where. */
  slicing: 'open' | 'closed' | 'openAtEnd'
  ordered: boolean
  constraints: Constraint[]
  sliceName?: string
  slices: Rule[]
  children: Rule[]
}

export type Rules = {
  url: string
  type: string
  /** The profile that it constrains further, if that is not R4 itself. */
  parent?: string
  root: Rule
}

/** Compiles the differential of a profile, or its snapshot where it has nothing else. https://hl7.org/fhir/R4/profiling.html */
export function compileProfile(profile: Profile): Rules {
  const root = emptyRule(profile.type)
  for (const element of profile.differential?.element ?? profile.snapshot?.element ?? []) {
    fill(ruleAt(root, element.id ?? element.path), element)
  }
  const parent = profile.baseDefinition?.split('|')[0]
  const isOfR4 = parent === undefined || parent.startsWith(base)
  return { url: profile.url, type: profile.type, root, ...(!isOfR4 && { parent }) }
}

function emptyRule(segment: string, sliceName?: string): Rule {
  return {
    name: segment.replace('[x]', ''),
    choice: segment.endsWith('[x]'),
    min: 0,
    max: Number.POSITIVE_INFINITY,
    discriminators: [],
    slicing: 'open',
    ordered: false,
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
    for (const [depth] of slice?.split('/').entries() ?? []) {
      const sliceName =
        slice
          ?.split('/')
          .slice(0, depth + 1)
          .join('/') ?? ''
      rule = findOrAdd(
        rule.slices,
        (child) => child.sliceName === sliceName,
        () => emptyRule(name, sliceName),
      )
    }
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
  if (element.maxLength !== undefined) rule.bounds = { ...rule.bounds, maxLength: element.maxLength }
  for (const [name, value] of Object.entries(element)) {
    if (/^fixed[A-Z]/.test(name)) rule.fixed = value
    if (/^pattern[A-Z]/.test(name)) rule.pattern = value
    if (/^minValue[A-Z]/.test(name)) rule.bounds = { ...rule.bounds, least: value }
    if (/^maxValue[A-Z]/.test(name)) rule.bounds = { ...rule.bounds, most: value }
  }
  if (element.type !== undefined) fillTypes(rule, element.type)
  const { strength, valueSet } = element.binding ?? {}
  if (valueSet !== undefined && (strength === 'required' || strength === 'extensible'))
    rule[strength] = valueSet.split('|')[0] ?? valueSet
  rule.constraints.push(...(element.constraint ?? []).map((c) => compileConstraint(element.path, c)))
  if (element.slicing === undefined) return
  rule.discriminators = (element.slicing.discriminator ?? []).map(({ type, path }) => ({ type, path }))
  rule.slicing = element.slicing.rules
  rule.ordered = element.slicing.ordered === true
}

function fillTypes(rule: Rule, types: NonNullable<ElementDefinition['type']>): void {
  rule.types = types.map((type) => type.code)
  const [only] = types
  if (only?.code === 'Extension' && only.profile?.[0] !== undefined) rule.extension = only.profile[0]
  else addProfiles(rule, 'profiles', types.map(({ profile }) => profile)) // prettier-ignore
  const pointing = types.filter(({ code }) => code === 'Reference' || code === 'canonical')
  addProfiles(rule, 'targetProfiles', pointing.map(({ targetProfile }) => targetProfile)) // prettier-ignore
  const targets = types.flatMap((type) => type.targetProfile ?? [])
  const isPlain = targets.every((target) => target.startsWith(base))
  if (targets.length > 0 && isPlain) rule.targets = targets.map((target) => target.slice(base.length))
}

const base = 'http://hl7.org/fhir/StructureDefinition/'

/** Where one of the types asks for no profile, none is asked for. */
function addProfiles(
  rule: Rule,
  name: 'profiles' | 'targetProfiles',
  asked: readonly (readonly string[] | undefined)[],
): void {
  const all = asked.flatMap((own) => own ?? [base])
  if (all.length > 0 && !all.some((profile) => profile.startsWith(base)))
    rule[name] = all.map((profile) => profile.split('|')[0] ?? profile)
}
