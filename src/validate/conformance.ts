import { bindingFault, bindingWarning } from './bindings.ts'
import type { Expansions } from './bindings.ts'
import { boundsFault } from './bounds.ts'
import { add, deepest, isFull, noFindings } from './issue.ts'
import type { Findings, Issue } from './issue.ts'
import { hasPattern, isObject, isSame } from './json.ts'
import type { Json } from './json.ts'
import { occurrences } from './occurrences.ts'
import type { Occurrence } from './occurrences.ts'
import { referenceFault, referenceTypeFault } from './references.ts'
import { resolve } from './resolve.ts'
import type { Resolving } from './resolve.ts'
import type { Rule, Rules } from './rules.ts'
import { sliceOf } from './slices.ts'
import type { Looking } from './slices.ts'

/** What profiles are checked with: all that are known, the codes of value sets, and the resource that was sent. */
export type Around = {
  known: Pick<ReadonlyMap<string, Rules>, 'get'>
  sets: Expansions
  /** The resources of the Bundle that was sent, if it is one, and what each resource contains. */
  entries: Resolving['entries']
  contained: Resolving['contained']
  /** What was found to conform to a profile, or not; while it is looked at, nothing is known of it. */
  conforming: Map<Json, Map<string, boolean | undefined>>
}

type Check = {
  findings: Findings
  around: Around
  profile: string
  looking: Looking
  /** `%resource`. */
  resource: Json
  depth: number
}

/**
 * Checks an object against a profile of its type. A required primitive must have a value: an extension in its place
 * is not enough.
 * https://hl7.org/fhir/R4/profiling.html
 */
export function checkConformance(
  findings: Findings,
  rules: Rules,
  value: Json,
  path: string,
  around: Around,
  { container = value, resource = container, above = 0 }: Standing = {},
): void {
  const parent = rules.parent === undefined ? undefined : around.known.get(rules.parent)
  if (parent !== undefined && above <= mostProfiles)
    checkConformance(findings, parent, value, path, around, { container, resource, above: above + 1 })
  const looking: Looking = {
    container,
    contained: around.contained,
    entries: around.entries,
    sets: around.sets,
    conforms: (other, profile) => conforms(other, profile, around, { container, above: above + 1 }),
  }
  checkRule({ findings, around, profile: rules.url, looking, resource, depth: 0 }, rules.root, {
    value,
    path,
  })
}

/** Where what is checked stands: in what it refers to contained resources, what `%resource` is, beneath how many profiles. */
type Standing = { readonly container?: Json; readonly resource?: Json; readonly above?: number }

/** Profiles that ask for each other are followed so far. */
const mostProfiles = 6

/** Whether a value conforms to a profile by that alone; undefined where the profile is not known here. */
function conforms(
  value: unknown,
  profile: string,
  around: Around,
  { container, above }: { readonly container: Json; readonly above: number },
): boolean | undefined {
  const rules = around.known.get(profile.split('|')[0] ?? profile)
  if (rules === undefined || above > mostProfiles) return undefined
  if (!isObject(value)) return false
  if (typeof value.resourceType === 'string' && value.resourceType !== rules.type) return false
  const found = around.conforming.get(value) ?? new Map<string, boolean | undefined>()
  around.conforming.set(value, found)
  if (found.has(rules.url)) return found.get(rules.url)
  found.set(rules.url, undefined)
  const findings = noFindings()
  // What is contained is cited by `#` where it is contained, as is what an element of the resource cites.
  const isWithin = value.resourceType === undefined || around.contained(container).get(value.id) === value
  const resource = value.resourceType === undefined ? container : value
  const standing = isWithin ? { container, resource, above } : { above }
  checkConformance(findings, rules, value, rules.type, around, standing)
  const isConforming = findings.counts.error === 0
  found.set(rules.url, isConforming)
  return isConforming
}

function report(check: Check, code: Issue['code'], expression: string, text: string): void {
  add(check.findings, { severity: 'error', code, expression, text, profile: check.profile })
}

function checkRule(check: Check, rule: Rule, { value, path, type }: Occurrence): void {
  if (check.depth > deepest || isFull(check.findings)) return
  if (rule.fixed !== undefined && !isSame(value, rule.fixed)) {
    report(check, 'value', path, `must be exactly ${inWords(rule.fixed)}${because(rule)}`)
  }
  if (rule.pattern !== undefined && !hasPattern(value, rule.pattern)) {
    report(check, 'value', path, `must have ${inWords(rule.pattern)}${because(rule)}`)
  }
  const beyond = rule.bounds && boundsFault(value, rule.bounds)
  if (beyond !== undefined) report(check, 'value', path, `${beyond}${because(rule)}`)
  checkTypes(check, rule, { value, path, ...(type !== undefined && { type }) })
  if (isObject(value)) for (const child of rule.children) checkChild(check, child, value, path)
  for (const constraint of rule.constraints) {
    if (constraint.holds(value, check.resource)) continue
    const { severity, key, text } = constraint
    add(check.findings, {
      severity,
      code: 'invariant',
      expression: path,
      text: `${text} (${key})`,
      key,
      profile: check.profile,
    })
  }
}

function checkTypes(check: Check, rule: Rule, { value, path, type }: Occurrence): void {
  if (type !== undefined && rule.types !== undefined && !rule.types.includes(type)) {
    report(
      check,
      'structure',
      path,
      `must be given as ${rule.types.map((name) => `\`${name}\``).join(' or ')}`,
    )
  }
  checkBinding(check, rule, { value, path, ...(type !== undefined && { type }) })
  checkProfiles(check, rule, { value, path })
  const targets = rule.targets ?? targetTypes(rule, check.around.known)
  if (targets === undefined || !isObject(value)) return
  const { container, contained } = check.looking
  const wrong = referenceFault(value, targets, container, contained(container))
  if (wrong !== undefined) return report(check, 'value', `${path}.reference`, wrong)
  const odd = referenceTypeFault(value, targets, container, contained(container))
  if (odd !== undefined) report(check, 'value', `${path}.type`, odd)
}

/** The types of the profiles that a target must conform to, where all are known. */
function targetTypes({ targetProfiles }: Rule, known: Around['known']): string[] | undefined {
  const types = targetProfiles?.map((profile) => known.get(profile)?.type)
  return types?.every((type) => type !== undefined) === true ? types : undefined
}

/** The profiles that a rule asks of a value, or of what it points to: one of them is enough; what is not known is not judged. */
function checkProfiles(check: Check, rule: Rule, { value, path }: Occurrence): void {
  const { looking } = check
  const fails = (it: unknown, profiles: readonly string[] = []): boolean =>
    profiles.length > 0 && profiles.every((profile) => looking.conforms(it, profile) === false)
  const inWords = (profiles: readonly string[] = []): string =>
    profiles.map((profile) => `\`${profile}\``).join(' or ')
  if (fails(value, rule.profiles))
    report(check, 'structure', path, `must conform to ${inWords(rule.profiles)}`)
  const target = rule.targetProfiles === undefined ? undefined : resolve(value, looking)
  if (target !== undefined && fails(target, rule.targetProfiles))
    report(
      check,
      'value',
      `${path}.reference`,
      `must point to what conforms to ${inWords(rule.targetProfiles)}`,
    )
}

function checkBinding(check: Check, { required, extensible, types }: Rule, at: Occurrence): void {
  const { value, path } = at
  const coded = at.type ?? types?.[0] ?? codedType(value)
  const wrong = required === undefined ? undefined : bindingFault(coded, value, required, check.around.sets)
  if (wrong !== undefined) return report(check, 'code-invalid', path, wrong)
  const odd =
    extensible === undefined ? undefined : bindingWarning(coded, value, extensible, check.around.sets)
  if (odd === undefined) return
  const { findings, profile } = check
  add(findings, { severity: 'warning', code: 'code-invalid', expression: path, text: odd, profile })
}

/** What a value looks like where a profile restricts its codes without naming its type. */
function codedType(value: unknown): string {
  if (!isObject(value)) return 'code'
  return Array.isArray(value.coding) || value.text !== undefined ? 'CodeableConcept' : 'Coding'
}

function checkChild(check: Check, rule: Rule, parent: Json, path: string): void {
  const found = occurrences(rule, parent, path)
  const at = `${path}.${rule.name}`
  checkCount(check, rule, found.length, at)
  // What is left of a primitive without its value is there all the same.
  if (rule.max === 0 && found.length === 0 && parent[`_${rule.name}`] !== undefined)
    checkCount(check, rule, 1, at)
  const below = { ...check, depth: check.depth + 1 }
  for (const occurrence of found) checkRule(below, rule, occurrence)
  checkSlices(below, rule, found, at)
}

/** Sorts values into slices and checks them there, slices of slices too. */
function checkSlices(check: Check, rule: Rule, found: readonly Occurrence[], at: string): void {
  if (rule.slices.length === 0) return
  const placed = found.map((occurrence) => ({
    occurrence,
    slice: sliceOf(rule, occurrence, check.looking),
  }))
  checkOrder(check, rule, placed)
  for (const { occurrence, slice } of placed) {
    if (slice !== undefined) checkRule(check, slice, occurrence)
    else if (rule.slicing === 'closed')
      report(check, 'structure', occurrence.path, 'must be one of the slices of the profile')
  }
  for (const slice of rule.slices) {
    const own = placed.filter((one) => one.slice === slice).map(({ occurrence }) => occurrence)
    checkCount(check, slice, own.length, at)
    checkSlices(check, slice, own, at)
  }
}

/** `ordered`, and `openAtEnd` (https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.slicing). */
function checkOrder(
  check: Check,
  rule: Rule,
  placed: readonly { readonly occurrence: Occurrence; readonly slice: Rule | undefined }[],
): void {
  let last = 0
  let isPast = false
  for (const { occurrence, slice } of placed) {
    const place = slice === undefined ? -1 : rule.slices.indexOf(slice)
    if (slice === undefined) isPast = true
    else if (rule.ordered && place < last)
      report(check, 'structure', occurrence.path, 'must stand where its slice has its place in the profile')
    else if (rule.slicing === 'openAtEnd' && isPast)
      report(check, 'structure', occurrence.path, 'must stand before what is in no slice of the profile')
    last = Math.max(last, place)
  }
}

function checkCount(check: Check, rule: Rule, count: number, path: string): void {
  const named = rule.sliceName === undefined ? `\`${rule.name}\`` : `\`${rule.name}\` (\`${rule.sliceName}\`)`
  if (count < rule.min) {
    const often = rule.min === 1 ? '' : ` ${rule.min} times`
    const which = rule.extension === undefined ? '' : ` with url \`${rule.extension}\``
    const code = rule.extension === undefined ? 'required' : 'extension'
    report(check, code, path, `${named}${which} is required${often}; add it${because(rule)}`)
  }
  if (count > rule.max) {
    const text =
      rule.max === 0
        ? 'must not be there'
        : `must not be there more than ${rule.max === 1 ? 'once' : `${rule.max} times`}`
    report(check, 'structure', path, `${named} ${text}${because(rule)}`)
  }
}

function because(rule: Rule): string {
  return rule.short === undefined ? '' : ` (${rule.short})`
}

function inWords(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}
