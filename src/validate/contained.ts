import { fault } from './issue.ts'
import type { Findings } from './issue.ts'
import { isObject } from './json.ts'
import type { Json } from './json.ts'

/** A contained resource that nothing in its container cites cannot be told from a mistake (dom-3). */
export function isCited(contained: Json, container: Json): boolean {
  if (typeof contained.id !== 'string') return false
  const whole = JSON.stringify(container)
  return whole.includes(`"#${contained.id}"`) || JSON.stringify(contained).includes('"reference":"#"')
}

/** Checks what a contained resource must not have: dom-2, dom-4, dom-5. https://hl7.org/fhir/R4/domainresource.html */
export function checkContained(findings: Findings, resource: Json, path: string): void {
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
