import { shape } from '../fhir/definitions/structures.ts'
import { deepest, fault } from './issue.ts'
import type { Findings } from './issue.ts'
import { isObject, list } from './json.ts'
import type { Json } from './json.ts'

/**
 * Whether a contained resource is cited by its container or cites it (dom-3), by a Reference, uri, url or canonical. One
 * that is not cannot be told from a mistake.
 */
export function isCited(contained: Json, container: Json): boolean {
  if (typeof contained.id !== 'string') return false
  return (
    cites(container, typeOfResource(container), `#${contained.id}`) ||
    cites(contained, typeOfResource(contained), '#')
  )
}

function typeOfResource(value: unknown): string {
  return isObject(value) && typeof value.resourceType === 'string' ? value.resourceType : ''
}

function cites(value: Json, type: string, literal: string, depth = 0): boolean {
  const properties = shape(type)?.properties
  if (properties === undefined || depth > deepest) return false
  for (const name of Object.keys(value)) {
    const property = properties.get(name) ?? properties.get(name.replace(/^_/, ''))
    if (property === undefined) continue
    const inner = name.startsWith('_') ? 'Element' : property.type
    const isLink =
      ['uri', 'url', 'canonical'].includes(inner) || (type === 'Reference' && name === 'reference')
    for (const item of list(value[name])) {
      if (isLink && item === literal) return true
      if (!isObject(item)) continue
      if (cites(item, inner === 'Resource' ? typeOfResource(item) : inner, literal, depth + 1)) return true
    }
  }
  return false
}

/** Checks what a contained resource must not have: dom-2, dom-4, dom-5. https://hl7.org/fhir/R4/domainresource.html */
export function checkContained(findings: Findings, resource: Json, container: Json, path: string): void {
  const twins = list(container.contained).filter((other) => isObject(other) && other.id === resource.id)
  if (resource.id !== undefined && twins.length > 1 && twins[0] !== resource)
    fault(findings, 'value', `${path}.id`, 'must be unique among the contained resources')
  if (resource.contained !== undefined) {
    fault(findings, 'invariant', `${path}.contained`, 'a contained resource must not contain others (dom-2)')
  }
  if (!isObject(resource.meta)) return
  if (resource.meta.versionId !== undefined || resource.meta.lastUpdated !== undefined) {
    fault(
      findings,
      'invariant',
      `${path}.meta`,
      'a contained resource must have no version of its own (dom-4)',
    )
  }
  if (resource.meta.security !== undefined) {
    fault(
      findings,
      'invariant',
      `${path}.meta.security`,
      'a contained resource must have no security label (dom-5)',
    )
  }
}
