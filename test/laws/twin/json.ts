/** A FHIR resource seen as plain JSON: the twin reads everything with loops over it. */
import type { FhirResource } from 'fhir/r4'

export type Node = { readonly [key: string]: unknown }

/** One Reference inside a resource and where it stands: `['activity', '0', 'reference']`. */
export interface Cited {
  path: readonly string[]
  target: string
}

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const nodeOf = (resource: FhirResource): Node => resource as unknown as Node

export const listOf = (value: unknown): readonly unknown[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? (value as unknown[]) : [value]

export const nodesOf = (value: unknown): readonly Node[] => listOf(value).filter(isNode)

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** Calls `visit` for every JSON object in `value`, the outermost first. */
export const walk = (
  value: unknown,
  visit: (node: Node, path: readonly string[]) => void,
  path: readonly string[] = [],
): void => {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) walk(item, visit, [...path, String(index)])
    return
  }
  if (!isNode(value)) return
  visit(value, path)
  for (const key of Object.keys(value)) walk(value[key], visit, [...path, key])
}

const literal = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(\/_history\/[A-Za-z0-9.-]+)?$/

/** `Type/id` of a relative literal reference, without its version; nothing for any other form. */
export const targetOf = (reference: unknown): string | undefined => {
  const text = typeof reference === 'string' ? reference : isNode(reference) ? reference.reference : undefined
  if (typeof text !== 'string') return undefined
  const match = literal.exec(text)
  return match === null ? undefined : `${match[1]}/${match[2]}`
}

/** Every relative literal reference of a resource, those inside contained resources too. */
export const citedBy = (resource: FhirResource): readonly Cited[] => {
  const found: Cited[] = []
  walk(resource, (node, path) => {
    const target = targetOf(node)
    if (target !== undefined) found.push({ path, target })
  })
  return found
}

/** Property names of a path, without the positions. */
export const namesIn = (path: readonly string[]): readonly string[] =>
  path.filter((part) => !/^\d+$/.test(part))

export const referenceTo = (resource: FhirResource): string => `${resource.resourceType}/${resource.id ?? ''}`

/** Value of the first extension with this url on an element. */
export const extensionOf = (node: Node, url: string): Node | undefined =>
  nodesOf(node.extension).find((extension) => extension.url === url)

/** A long list of names, written as one text. */
export const words = (text: string): readonly string[] => text.trim().split(/\s+/)
