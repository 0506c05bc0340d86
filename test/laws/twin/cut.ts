/**
 * What is left of a visible record (DESIGN.md section 1, CONSENT.md section 6): masked elements and references to
 * what is hidden are gone, with their display, the narratives around them and the contained resources that only
 * they cited or that copy something hidden.
 * Choices: an attachment whose url is hidden goes whole, so does a Patient.link; an element that is left empty goes,
 * an extension without its value too; every narrative above a removed part goes; a reference to what never
 * existed stays as stored.
 */
import type { FhirResource } from 'fhir/r4'
import type { Node } from './json.ts'
import { isNode, nodeOf, nodesOf, targetOf, walk } from './json.ts'

export interface Cut {
  resource: FhirResource
  /** Paths of what was taken out. */
  removed: ReadonlySet<string>
}

/** `_birthDate` goes with `birthDate`. */
const pathOf = (parts: readonly string[]): string => parts.map((part) => part.replace(/^_/, '')).join('.')

const isWithin = (removed: ReadonlySet<string>, parts: readonly string[]): boolean => {
  for (let length = 1; length <= parts.length; length += 1) {
    if (removed.has(pathOf(parts.slice(0, length)))) return true
  }
  return false
}

/** What goes together with a reference at this place. */
const removedWith = (resource: FhirResource, parts: readonly string[]): string =>
  resource.resourceType === 'Patient' && parts[0] === 'link' ? pathOf(parts.slice(0, 2)) : pathOf(parts)

const pruneReferences = (
  resource: FhirResource,
  isHidden: (target: string) => boolean,
  removed: Set<string>,
): void => {
  walk(nodeOf(resource), (node, parts) => {
    if (parts.length === 0) return
    const target = targetOf(node) ?? targetOf(node.url)
    if (target !== undefined && isHidden(target)) removed.add(removedWith(resource, parts))
  })
}

/** `#id` of every local reference that is still there. */
const localReferences = (node: Node, removed: ReadonlySet<string>): ReadonlySet<string> => {
  const found = new Set<string>()
  walk(node, (each, parts) => {
    if (typeof each.reference !== 'string' || !each.reference.startsWith('#')) return
    if (!isWithin(removed, parts)) found.add(each.reference)
  })
  return found
}

const pruneContained = (
  resource: FhirResource,
  isHidden: (target: string) => boolean,
  removed: Set<string>,
): void => {
  const node = nodeOf(resource)
  const before = localReferences(node, new Set())
  let changed = true
  while (changed) {
    changed = false
    const cited = localReferences(node, removed)
    for (const [index, contained] of nodesOf(node.contained).entries()) {
      const path = `contained.${index}`
      if (removed.has(path)) continue
      const local = `#${String(contained.id)}`
      const copied = isHidden(`${String(contained.resourceType)}/${String(contained.id)}`)
      const orphaned = before.has(local) && !cited.has(local)
      if (!copied && !orphaned) continue
      removed.add(path)
      changed = true
      walk(node, (each, parts) => {
        if (each.reference === local) removed.add(pathOf(parts))
      })
    }
  }
}

const valueAt = (node: Node, parts: readonly string[]): unknown => {
  let value: unknown = node
  for (const part of parts) {
    if (Array.isArray(value)) value = (value as unknown[])[Number(part)]
    else if (isNode(value)) value = value[part]
    else return undefined
  }
  return value
}

const pruneNarratives = (resource: FhirResource, removed: Set<string>): void => {
  for (const path of removed) {
    const parts = path.split('.')
    for (let length = 0; length < parts.length; length += 1) {
      const text = [...parts.slice(0, length), 'text']
      const value = valueAt(nodeOf(resource), text)
      if (isNode(value) && typeof value.div === 'string') removed.add(text.join('.'))
    }
  }
}

const copy = (value: unknown, parts: readonly string[], removed: ReadonlySet<string>): unknown => {
  if (removed.has(pathOf(parts))) return undefined
  if (Array.isArray(value)) {
    const items = (value as unknown[]).map((item, index) => copy(item, [...parts, String(index)], removed))
    const left = items.filter((item) => item !== undefined)
    return left.length === 0 && value.length > 0 ? undefined : left
  }
  if (!isNode(value)) return value
  const left: Record<string, unknown> = {}
  let lost = false
  for (const key of Object.keys(value)) {
    const item = copy(value[key], [...parts, key], removed)
    if (item === undefined) lost = true
    else left[key] = item
  }
  const keys = Object.keys(left)
  const bareExtension =
    keys.length === 1 && keys[0] === 'url' && /^(modifierE|e)xtension$/.test(parts.at(-2) ?? '')
  return lost && (keys.length === 0 || bareExtension) ? undefined : left
}

export const cutRecord = (
  resource: FhirResource,
  masked: Iterable<string>,
  isHidden: (target: string) => boolean,
): Cut => {
  const removed = new Set(masked)
  pruneReferences(resource, isHidden, removed)
  pruneContained(resource, isHidden, removed)
  pruneNarratives(resource, removed)
  const left = copy(nodeOf(resource), [], removed)
  return { resource: left as FhirResource, removed }
}

/** Whether the part at a path is still there. */
export const isLeft = (cut: Cut, path: string): boolean => !isWithin(cut.removed, path.split('.'))
