import { bindingFault } from './bindings.ts'
import type { Expansions } from './bindings.ts'
import { add, deepest, isFull } from './issue.ts'
import type { Findings, Issue } from './issue.ts'
import { hasPattern, isObject, isSame } from './json.ts'
import type { Json } from './json.ts'
import { occurrences } from './occurrences.ts'
import type { Occurrence } from './occurrences.ts'
import { referenceFault } from './references.ts'
import type { Rule, Rules } from './rules.ts'
import { sliceOf } from './slices.ts'

type Check = { findings: Findings; sets: Expansions; profile: string; container: Json; depth: number }

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
  sets: Expansions,
): void {
  const check: Check = { findings, sets, profile: rules.url, container: value, depth: 0 }
  checkRule(check, rules.root, { value, path })
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
  checkTypes(check, rule, { value, path, ...(type !== undefined && { type }) })
  if (!isObject(value)) return
  for (const child of rule.children) checkChild(check, child, value, path)
  for (const constraint of rule.constraints) {
    if (constraint.holds(value, check.container)) continue
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
  if (rule.required !== undefined) {
    const coded = type ?? rule.types?.[0] ?? codedType(value)
    const wrong = bindingFault(coded, value, rule.required, check.sets)
    if (wrong !== undefined) report(check, 'code-invalid', path, wrong)
  }
  if (rule.targets === undefined || !isObject(value)) return
  const wrong = referenceFault(value, rule.targets, check.container)
  if (wrong !== undefined) report(check, 'value', `${path}.reference`, wrong)
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
  const below = { ...check, depth: check.depth + 1 }
  const counts = new Map<Rule, number>()
  for (const occurrence of found) {
    checkRule(below, rule, occurrence)
    if (rule.slices.length === 0) continue
    const slice = sliceOf(rule, occurrence, check.sets)
    if (slice === undefined && rule.closed)
      report(check, 'structure', occurrence.path, 'must be one of the slices of the profile')
    if (slice === undefined) continue
    counts.set(slice, (counts.get(slice) ?? 0) + 1)
    checkRule(below, slice, occurrence)
  }
  for (const slice of rule.slices) checkCount(check, slice, counts.get(slice) ?? 0, at)
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
