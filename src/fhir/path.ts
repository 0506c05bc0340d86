import type { Branch } from './definitions/search-parameters.ts'

type Json = { readonly [name: string]: unknown }

/**
 * The values that one compiled branch of a search parameter finds in a resource, in the order of FHIRPath.
 * https://hl7.org/fhir/R4/search.html#expression
 */
export function valuesAt(resource: unknown, branch: Branch): unknown[] {
  if (branch.anyOf !== undefined) return [isTrue(resource, branch.anyOf)]
  let found: unknown[] = [resource]
  for (let depth = 0; depth < branch.path.length; depth++) {
    const name = branch.path[depth] ?? ''
    found = branch.repeat === depth + 1 ? repeated(found, name) : step(found, name)
    if (branch.first === depth + 1) found = found.slice(0, 1)
    if (branch.where?.depth === depth + 1) found = matching(found, branch.where)
    if (found.length === 0) return found
  }
  const { is } = branch
  return is === undefined ? found : found.filter((value) => pointsTo(value, is, resource))
}

/** The values that all branches of a parameter find. */
export function valuesOf(resource: unknown, branches: readonly Branch[]): unknown[] {
  return branches.length === 1 && branches[0] !== undefined
    ? valuesAt(resource, branches[0])
    : branches.flatMap((branch) => valuesAt(resource, branch))
}

function step(from: unknown[], name: string): unknown[] {
  const found: unknown[] = []
  for (const item of from) {
    if (!isJson(item) || !Object.hasOwn(item, name)) continue
    const value = item[name]
    if (!Array.isArray(value)) {
      if (value !== null && value !== undefined) found.push(value)
      continue
    }
    for (const entry of value) if (entry !== null && entry !== undefined) found.push(entry)
  }
  return found
}

/** https://hl7.org/fhirpath/N1/#repeatprojection-expression-collection */
function repeated(from: unknown[], name: string): unknown[] {
  const found: unknown[] = []
  for (let level = step(from, name); level.length > 0; level = step(level, name)) found.push(...level)
  return found
}

function matching(items: unknown[], { element, equals }: { element: string; equals: string }): unknown[] {
  const names = element.split('.')
  return items.filter((item) => names.reduce(step, [item]).includes(equals))
}

function isTrue(resource: unknown, names: string[]): boolean {
  return isJson(resource) && names.some((name) => resource[name] !== undefined && resource[name] !== false)
}

/**
 * Whether a Reference points to a type of resource, judged without resolving it: by its literal, by what it
 * contains, else by `Reference.type`. https://hl7.org/fhir/R4/references.html
 */
export function pointsTo(reference: unknown, type: string, within: unknown): boolean {
  if (!isJson(reference)) return false
  const literal = reference.reference
  if (typeof literal !== 'string') return reference.type === type
  if (literal.startsWith('#')) return containedType(literal, within) === type
  const named = typeOf(literal)
  return named === undefined ? reference.type === type : named === type
}

/** The resource type that a literal reference names: `Patient` in `https://a/fhir/Patient/1/_history/2`. */
export function typeOf(literal: string): string | undefined {
  return /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/.exec(
    literal,
  )?.[1]
}

function containedType(literal: string, within: unknown): unknown {
  if (!isJson(within)) return undefined
  if (literal === '#') return within.resourceType
  if (!Array.isArray(within.contained)) return undefined
  const id = literal.slice(1)
  const found: unknown = within.contained.find((resource: unknown) => isJson(resource) && resource.id === id)
  return isJson(found) ? found.resourceType : undefined
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
