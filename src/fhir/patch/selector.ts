import type { FhirResource } from 'fhir/r4'
import { compile, parse } from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import { isJson, type Json } from './json.ts'
import { misread, unfit } from './patch-fault.ts'

/** One step from an element to one occurrence of an element in it. */
export interface Step {
  readonly element: string
  readonly index: number
}

/** Where an element stands in a resource, from the root down; no step is the resource itself. */
export type Place = readonly Step[]

/** A path of a patch, parsed: it finds the places of the elements that it selects. */
export interface Selector {
  readonly text: string
  find(resource: FhirResource, at: string): readonly Place[]
}

/** The longest path that is taken, in characters. */
const mostCharacters = 1000

/**
 * Functions that a path may use: those that choose among elements. What computes, repeats, matches patterns, reaches
 * another resource or a server, or writes a log is no way to say where a patch goes.
 */
const functions: ReadonlySet<string> = new Set(
  'where exists empty not all count first last tail skip take single ofType as is extension hasValue startsWith endsWith contains'.split(
    ' ',
  ),
)

/** Reads a path. https://hl7.org/fhir/R4/fhirpatch.html, https://hl7.org/fhirpath/N1/ */
export const readSelector = (text: string, at: string): Selector => {
  if (text.length > mostCharacters) return misread(`a path has at most ${mostCharacters} characters`, at)
  const expression = quoted(text)
  requireHarmless(treeOf(expression, at), at)
  const run = compile(expression, r4, { resolveInternalTypes: false, async: false })
  return {
    text,
    find: (resource, place) => evaluate(run, resource, place).map((node) => stepsTo(node, resource, place)),
  }
}

/** `div` is an operator of FHIRPath too: as the name of an element it stands in backticks (FHIRPath N1 3.1). */
const quoted = (text: string): string =>
  text.replaceAll(/'(?:[^'\\]|\\.)*'|`[^`]*`|\.div\b/g, (found) => (found === '.div' ? '.`div`' : found))

const treeOf = (expression: string, at: string): unknown => {
  try {
    return parse(expression)
  } catch {
    return misread('the path is not a FHIRPath expression', at)
  }
}

const requireHarmless = (tree: unknown, at: string): void => {
  if (!isJson(tree)) return
  const children = Array.isArray(tree.children) ? (tree.children as unknown[]) : []
  if (tree.type === 'ExternalConstant') misread('a path of a patch has no variables (`%`)', at)
  if (tree.type === 'Functn') requireFunction(children[0], at)
  for (const child of children) requireHarmless(child, at)
}

const requireFunction = (name: unknown, at: string): void => {
  if (!isJson(name) || typeof name.text !== 'string' || !functions.has(name.text.replaceAll('`', '')))
    misread(`a path of a patch uses no function but ${[...functions].join(', ')}`, at)
}

const evaluate = (
  run: (resource: unknown) => unknown[],
  resource: FhirResource,
  at: string,
): readonly unknown[] => {
  try {
    return run(resource)
  } catch {
    return unfit('the path cannot be evaluated on this resource', at)
  }
}

/** The steps to a node that fhirpath.js found; what is no element of this resource is refused. */
const stepsTo = (found: unknown, resource: FhirResource, at: string): Place => {
  const steps: Step[] = []
  let node = found
  while (isNode(node) && node.parentResNode !== null) {
    if (typeof node.propName !== 'string') return notAnElement(at)
    steps.unshift({ element: node.propName, index: typeof node.index === 'number' ? node.index : 0 })
    node = node.parentResNode
  }
  return isNode(node) && node.data === resource ? steps : notAnElement(at)
}

const notAnElement = (at: string): never =>
  unfit('the path must select elements of the resource that is patched', at)

const isNode = (value: unknown): value is Json =>
  isJson(value) && 'parentResNode' in value && 'propName' in value
