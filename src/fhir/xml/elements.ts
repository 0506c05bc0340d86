import { readValue } from './characters.ts'
import { attributesOf, nameOf, type Node, parseXml, placeOf, textNode } from './parse.ts'
import { fault, lineOf, told } from './xml-fault.ts'

/** One element of XML, its names resolved (Namespaces in XML 1.0). */
export interface XmlElement {
  readonly name: string
  readonly namespace: string
  /** By local name, those of no namespace. Declarations and where the schema lies are not among them. */
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  readonly start: number
  readonly end: number
}

/** A document, and the text that its elements have their places in. */
export interface XmlDocument {
  readonly text: string
  readonly root: XmlElement
}

/** Reads a document into elements. What is not well-formed, or of no namespace, is a fault, with its line. */
export const readElements = (given: string): XmlDocument => {
  const text = given.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n')
  const outside = { declared: new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]) }
  return { text, root: elementOf(text, parseXml(text), outside) }
}

/** The namespaces that an element declares by prefix, and those of what it stands in. */
interface Scope {
  readonly declared: ReadonlyMap<string, string>
  readonly outer?: Scope
}

const namespaceOf = (prefix: string, { declared, outer }: Scope): string | undefined =>
  declared.get(prefix) ?? (outer === undefined ? undefined : namespaceOf(prefix, outer))

const elementOf = (text: string, node: Node, outer: Scope): XmlElement => {
  const written = nameOf(node)
  const { start, end } = placeOf(node)
  const given = attributesOf(node).map(([name, value]) => [name, valueOf(text, value, start)] as const)
  const scope = inner(outer, given)
  const children = node[written] as readonly Node[]
  const name = resolved(written, scope, () => unbound(text, start))
  if (name.name === 'div' && written !== 'div')
    fault(
      `the \`div\` at line ${lineOf(text, start)} must have no prefix; declare its namespace by \`xmlns\``,
    )
  return {
    ...name,
    attributes: own(text, given, scope, start),
    children: written === 'div' ? [] : childrenOf(text, children, scope, start),
    start,
    end,
  }
}

const childrenOf = (text: string, nodes: readonly Node[], scope: Scope, start: number): XmlElement[] =>
  nodes.flatMap((node) => {
    const words = node[textNode]
    if (words === undefined) return [elementOf(text, node, scope)]
    if (typeof words === 'string' && words.trim() !== '')
      fault(
        `there is text between the elements after line ${lineOf(text, start)}; values are attributes: \`value="…"\``,
      )
    return []
  })

const valueOf = (text: string, written: string, start: number): string =>
  readValue(written) ??
  fault(
    `an attribute at line ${lineOf(text, start)} is not well-formed; write \`&\` as \`&amp;\`, \`<\` as \`&lt;\`, and other characters as they are`,
  )

const inner = (outer: Scope, given: readonly (readonly [string, string])[]): Scope => {
  const declared = given.flatMap(([name, value]) =>
    name === 'xmlns'
      ? [['', value] as const]
      : name.startsWith('xmlns:')
        ? [[name.slice(6), value] as const]
        : [],
  )
  return declared.length === 0 ? outer : { declared: new Map(declared), outer }
}

const unbound = (text: string, start: number): never =>
  fault(`a prefix at line ${lineOf(text, start)} stands for no namespace; declare it by \`xmlns:\``)

const resolved = (
  written: string,
  scope: Scope,
  otherwise: () => never,
): { name: string; namespace: string } => {
  const [name = '', prefix] = written.split(':').toReversed()
  return { name, namespace: namespaceOf(prefix ?? '', scope) ?? (prefix === undefined ? '' : otherwise()) }
}

const own = (
  text: string,
  given: readonly (readonly [string, string])[],
  scope: Scope,
  start: number,
): ReadonlyMap<string, string> => {
  const kept = given.filter(([name]) => name !== 'xmlns' && !name.startsWith('xmlns:'))
  return new Map(
    kept.flatMap(([written, value]): [string, string][] => {
      if (!written.includes(':')) return [[written, value]]
      const { name, namespace } = resolved(written, scope, () => unbound(text, start))
      if (namespace === 'http://www.w3.org/2001/XMLSchema-instance' && name === 'schemaLocation') return []
      return fault(
        `${told(name, 'attribute')} at line ${lineOf(text, start)} is of no FHIR namespace; leave it out`,
      )
    }),
  )
}
