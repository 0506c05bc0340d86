import { shape } from '../fhir/definitions/structures.ts'
import { deepest, fault } from './issue.ts'
import type { Findings } from './issue.ts'
import { isObject, list, text } from './json.ts'
import type { Json } from './json.ts'

/**
 * Checks what a resource contains: each is cited by its container or cites it (dom-3), has an id of its own, and has none of
 * what dom-2, dom-4 and dom-5 forbid. Takes time linear in the size of the resource.
 * https://hl7.org/fhir/R4/domainresource.html
 */
export function checkContained(findings: Findings, container: Json, path: string): void {
  const cited = linksIn(container)
  const ids = new Set<string>()
  for (const [index, resource] of list(container.contained).entries()) {
    if (!isObject(resource)) continue
    const at = `${path}.contained[${index}]`
    checkForbidden(findings, resource, at)
    const id = text(resource.id)
    if (id !== undefined && ids.has(id))
      fault(findings, 'value', `${at}.id`, 'must be unique among the contained resources')
    if (id === undefined || !(cited.has(`#${id}`) || linksIn(resource).has('#')))
      fault(findings, 'invariant', at, uncited)
    if (id !== undefined) ids.add(id)
  }
}

const uncited = 'a contained resource must be cited by the one that contains it (dom-3)'

/** The fragments that a resource's References, uris, urls and canonicals lead to. */
function linksIn(resource: Json): Set<string> {
  const found = new Set<string>()
  collect(resource, typeOfResource(resource), found, 0)
  return found
}

function typeOfResource(value: Json): string {
  return text(value.resourceType) ?? ''
}

function collect(value: Json, type: string, found: Set<string>, depth: number): void {
  const properties = shape(type)?.properties
  if (properties === undefined || depth > deepest) return
  for (const name of Object.keys(value)) {
    const property = properties.get(name) ?? properties.get(name.replace(/^_/, ''))
    if (property === undefined) continue
    const inner = name.startsWith('_') ? 'Element' : property.type
    const isLink =
      ['uri', 'url', 'canonical'].includes(inner) || (type === 'Reference' && name === 'reference')
    for (const item of list(value[name])) {
      if (isLink && typeof item === 'string' && item.startsWith('#')) found.add(item)
      if (isObject(item)) collect(item, inner === 'Resource' ? typeOfResource(item) : inner, found, depth + 1)
    }
  }
}

function checkForbidden(findings: Findings, resource: Json, path: string): void {
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
