import { elements, isPrimitive, isResourceType, shape } from '../fhir/definitions/structures.ts'
import type { Element, Property, Shape } from '../fhir/definitions/structures.ts'
import { bindingFault, bindingWarning } from './bindings.ts'
import type { Expansions } from './bindings.ts'
import { checkContained } from './contained.ts'
import { invariantsOf } from './invariants.ts'
import { add, deepest, fault, isFull, isTooDeep } from './issue.ts'
import type { Findings } from './issue.ts'
import { isObject, list } from './json.ts'
import type { Json } from './json.ts'
import { narrativeFault } from './narrative.ts'
import { primitiveFault } from './primitives.ts'
import { referenceFault, referenceTypeFault } from './references.ts'
import type { Contained } from './references.ts'

export type Walk = {
  findings: Findings
  sets: Expansions
  contained: (container: Json) => Contained
  /** Called for each resource and each extension that was met, after R4's own checks. */
  onResource: (resource: Json, path: string, container: Json) => void
  onExtension: (extension: Json, path: string, container: Json) => void
}

type Place = { path: string; depth: number; container: Json }

/**
 * Checks a resource against R4: elements, cardinalities, datatypes, references, required bindings, invariants.
 * https://hl7.org/fhir/R4/validation.html
 */
export function checkResource(walk: Walk, value: unknown, place: Place): void {
  const { findings } = walk
  if (!isObject(value)) return fault(findings, 'structure', place.path, 'a resource must be a JSON object')
  if (!isResourceType(value.resourceType)) {
    return fault(findings, 'structure', place.path, '`resourceType` must be the name of an R4 resource type')
  }
  if (value === place.container && value.contained !== undefined) checkContained(findings, value, place.path)
  checkObject(walk, value, value.resourceType, place)
  walk.onResource(value, place.path, place.container)
}

function checkObject(walk: Walk, value: Json, type: string, place: Place): void {
  const { findings } = walk
  if (place.depth > deepest) {
    return fault(findings, 'too-long', place.path, `must not be nested deeper than ${deepest} levels`)
  }
  const form = shape(type)
  if (form === undefined || isFull(findings)) return
  const names = Object.keys(value).filter((name) => name !== 'resourceType' || !isResourceType(type))
  if (names.length === 0 && !isResourceType(type)) {
    return fault(findings, 'structure', place.path, 'must not be an empty object; leave the element out')
  }
  if (form.properties.get('id')?.type === 'string') checkIdentity(findings, value, names, type, place.path)
  for (const name of names) checkProperty(walk, value, name, form, type, place)
  checkChoices(findings, names, form, place.path)
  checkRequired(findings, value, form, place.path)
  if (isTooDeep(findings)) return
  for (const invariant of invariantsOf(type)) {
    if (invariant.holds(value, place.container)) continue
    const { severity = 'error', key, text } = invariant
    add(findings, { severity, code: 'invariant', expression: place.path, text: `${text} (${key})`, key })
  }
}

/** Whether a primitive may have a twin: attributes of XML and XHTML have none. https://hl7.org/fhir/R4/extensibility.html */
function isExtensible({ element, type }: Property, holder: string): boolean {
  if (!isPrimitive(type) || type === 'xhtml') return false
  return !(element === 'id' && type === 'string') && !(element === 'url' && holder === 'Extension')
}

/** An element says more than its id (ele-1), which has no spaces. https://hl7.org/fhir/R4/element.html#id */
function checkIdentity(findings: Findings, value: Json, names: string[], type: string, path: string): void {
  if (typeof value.id !== 'string') return
  if (/\s/.test(value.id)) fault(findings, 'value', `${path}.id`, 'must be an id without spaces')
  if (names.length === 1 && type !== 'Element')
    fault(findings, 'invariant', path, 'must have a value or elements beside its id; leave it out (ele-1)')
}

function checkProperty(walk: Walk, value: Json, name: string, form: Shape, type: string, place: Place): void {
  const property = form.properties.get(name)
  if (property !== undefined) return checkElement(walk, value, name, property, place)
  const twin = name.startsWith('_') ? form.properties.get(name.slice(1)) : undefined
  if (twin !== undefined && isExtensible(twin, type))
    return checkTwin(walk, value[name], value[name.slice(1)], twin, place)
  const simple = /^_?[A-Za-z][A-Za-z0-9]{0,63}$/.test(name)
  const said = simple
    ? `\`${name}\` is no element of \`${type}\``
    : `\`${type}\` has an element that is none of its own`
  const mend = Object.keys(elements(type)).length > 0 ? '; remove it, or carry it as an extension' : ''
  fault(walk.findings, 'structure', simple ? `${place.path}.${name}` : place.path, said + mend)
}

function checkElement(walk: Walk, value: Json, name: string, property: Property, place: Place): void {
  const { findings } = walk
  const { element, definition } = property
  const path = `${place.path}.${element}`
  const content = value[name]
  if (content === null) return fault(findings, 'structure', path, 'must not be null; leave the element out')
  if (!definition.many) {
    if (!Array.isArray(content)) return checkValue(walk, content, property, { ...place, path })
    return fault(findings, 'structure', path, 'must be a single value, not an array')
  }
  if (!Array.isArray(content)) return fault(findings, 'structure', path, 'must be an array')
  if (content.length === 0)
    return fault(findings, 'structure', path, 'must not be an empty array; leave the element out')
  const twins = value[`_${name}`]
  for (const [index, item] of content.entries()) {
    const at = `${path}[${index}]`
    const twin: unknown = Array.isArray(twins) ? twins[index] : undefined
    if (item === null && isObject(twin) && isPrimitive(property.type)) continue
    if (item === null) fault(findings, 'structure', at, 'must not be null; leave it out')
    else checkValue(walk, item, property, { ...place, path: at })
    if (isFull(findings)) return
  }
}

function checkValue(walk: Walk, value: unknown, property: Property, place: Place): void {
  const { type, definition } = property
  if (type === 'Resource') {
    const isContained = property.element === 'contained'
    const container = isContained || !isObject(value) ? place.container : value
    return checkResource(walk, value, { ...place, depth: place.depth + 1, container })
  }
  if (isPrimitive(type)) return checkPrimitive(walk, value, type, definition, place.path)
  if (!isObject(value))
    return fault(walk.findings, 'structure', place.path, `must be a JSON object (\`${type}\`)`)
  checkObject(walk, value, type, { ...place, depth: place.depth + 1 })
  checkBinding(walk, value, type, definition, place.path)
  if (type === 'Extension') walk.onExtension(value, place.path, place.container)
  if (type === 'Reference') checkReference(walk, value, definition, place)
}

function checkReference(walk: Walk, value: Json, { targets }: Element, { path, container }: Place): void {
  if (value.reference === undefined && value.type === undefined) return
  const index = walk.contained(container)
  const wrong = referenceFault(value, targets, container, index)
  if (wrong !== undefined) return fault(walk.findings, 'value', `${path}.reference`, wrong)
  const odd = referenceTypeFault(value, targets, container, index)
  if (odd !== undefined) fault(walk.findings, 'value', `${path}.type`, odd)
}

function checkPrimitive(walk: Walk, value: unknown, type: string, definition: Element, path: string): void {
  const wrong = primitiveFault(type, value)
  if (wrong !== undefined)
    return fault(walk.findings, typeof value === 'object' ? 'structure' : 'value', path, wrong)
  const unsafe = type === 'xhtml' && typeof value === 'string' ? narrativeFault(value) : undefined
  if (unsafe !== undefined) fault(walk.findings, 'invariant', path, unsafe)
  checkBinding(walk, value, type, definition, path)
}

function checkBinding(walk: Walk, value: unknown, type: string, definition: Element, path: string): void {
  const { required, extensible } = definition
  if (required !== undefined) {
    const wrong = bindingFault(type, value, required, walk.sets)
    if (wrong !== undefined) fault(walk.findings, 'code-invalid', path, wrong)
  } else if (extensible !== undefined) {
    const odd = bindingWarning(type, value, extensible, walk.sets)
    if (odd !== undefined)
      add(walk.findings, { severity: 'warning', code: 'code-invalid', expression: path, text: odd })
  }
}

/** The `_` twin of a primitive: its id and extensions. https://hl7.org/fhir/R4/json.html#primitive */
function checkTwin(walk: Walk, twins: unknown, values: unknown, property: Property, place: Place): void {
  const { findings } = walk
  const many = property.definition.many === true
  const path = `${place.path}.${property.element}`
  if (Array.isArray(twins) !== many) {
    return fault(findings, 'structure', path, 'its `_` twin must be an array just when the element is one')
  }
  const held = many ? list(values) : [values]
  const items = many ? list(twins) : [twins]
  const isLonger = values !== undefined && items.length > held.length
  if (many && (isLonger || (held.length === 0 && items.every((item) => item === null))))
    return fault(findings, 'structure', path, strayTwins)
  for (const [index, item] of items.entries()) {
    const at = many ? `${path}[${index}]` : path
    if (item === null && many) continue
    if (!isObject(item)) {
      fault(findings, 'structure', at, 'its `_` twin must be a JSON object')
      continue
    }
    checkObject(walk, item, 'Element', { ...place, path: at, depth: place.depth + 1 })
    const has = held[index] !== undefined && held[index] !== null
    if (!has && Object.keys(item).length === 1 && item.id !== undefined)
      fault(findings, 'invariant', at, 'must have a value or extensions beside its id; leave it out (ele-1)')
  }
}

const strayTwins =
  'its `_` twin must be an array in step with the values, with null where one has no id and no extensions'

function checkChoices(findings: Findings, names: string[], form: Shape, path: string): void {
  const chosen = new Map<string, string>()
  for (const name of names) {
    const bare = name.startsWith('_') ? name.slice(1) : name
    const property = form.properties.get(bare)
    if (property?.definition.choice === undefined) continue
    const other = chosen.get(property.element)
    if (other !== undefined && other !== bare) {
      const said = `must be given once, but both \`${other}\` and \`${bare}\` are there`
      fault(findings, 'structure', `${path}.${property.element}`, said)
    }
    chosen.set(property.element, bare)
  }
}

function checkRequired(findings: Findings, value: Json, form: Shape, path: string): void {
  for (const { element, names } of form.required) {
    if (names.some((name) => value[name] !== undefined || value[`_${name}`] !== undefined)) continue
    fault(findings, 'required', `${path}.${element}`, `\`${element}\` is required; add it`)
  }
}
