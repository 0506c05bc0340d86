import { isObject } from './json.ts'
import { TemplateError } from './failure.ts'

/** What is done with a code that a concept map does not know. */
export type UnmappedPolicy = 'reject' | 'hold' | 'text-only'

export type Coding = { readonly system: string; readonly code: string; readonly display?: string }

export type Translation = readonly Coding[] | 'reject' | 'hold'

/** A concept map that was read. */
export type Concepts = {
  /** Translates one code; a code that no group knows gives what the policy says. */
  readonly translate: (code: string) => Translation
  /** Whether a group knows the code. */
  readonly knows: (code: string) => boolean
}

/** The extension of a ConceptMap that states its policy; without it a map is refused. */
export const UNMAPPED_POLICY = 'https://sluice.example/fhir/StructureDefinition/unmapped-policy'

/**
 * Reads an R4 ConceptMap: https://hl7.org/fhir/R4/conceptmap.html.
 * A code found in several groups gives the targets of all of them. `group.unmapped` with mode `fixed` is
 * followed; otherwise the policy decides: `reject`, `hold`, or `text-only`, which gives no coding.
 */
export function readConceptMap(name: string, map: unknown): Concepts {
  if (!isObject(map) || map['resourceType'] !== 'ConceptMap') throw fault(name, 'is not a ConceptMap')
  const policy = policyOf(name, map)
  const targets = new Map<string, Coding[]>()
  const fixed: Coding[] = []
  for (const group of objects(map['group'])) {
    const system = text(name, group['target'])
    for (const element of objects(group['element'])) {
      const code = text(name, element['code'])
      const known = targets.get(code) ?? []
      known.push(...objects(element['target']).map((target) => coding(name, system, target)))
      targets.set(code, known)
    }
    const unmapped = group['unmapped']
    if (!isObject(unmapped)) continue
    if (unmapped['mode'] !== 'fixed') throw fault(name, 'has an `unmapped.mode` that is not `fixed`')
    fixed.push(coding(name, system, unmapped))
  }
  const translate = (code: string) => {
    const found = targets.get(code)
    if (found) return found
    if (fixed.length > 0) return fixed
    return policy === 'text-only' ? [] : policy
  }
  return { translate, knows: (code) => targets.has(code) }
}

function policyOf(name: string, map: { readonly [key: string]: unknown }): UnmappedPolicy {
  const stated = objects(map['extension']).find((extension) => extension['url'] === UNMAPPED_POLICY)
  const policy = stated?.['valueCode']
  if (policy === 'reject' || policy === 'hold' || policy === 'text-only') return policy
  throw fault(name, 'states no policy for unmapped codes')
}

function coding(name: string, system: string, target: { readonly [key: string]: unknown }): Coding {
  const display = target['display']
  const code = text(name, target['code'])
  return typeof display === 'string' ? { system, code, display } : { system, code }
}

function objects(value: unknown): { readonly [key: string]: unknown }[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

function text(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw fault(name, 'lacks a code or a target system')
}

function fault(name: string, text: string): TemplateError {
  return new TemplateError(`concept map \`${name}\` ${text}`)
}
