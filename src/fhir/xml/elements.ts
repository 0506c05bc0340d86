import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { readValue, strangeCharacter } from './characters.ts'
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

/** The deepest nesting of elements that is taken. A narrative counts as one. */
const mostNested = 64

/** Entities are not resolved here, so that none can grow; see `readValue`. A narrative is not taken apart. */
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  trimValues: false,
  processEntities: false,
  ignorePiTags: true,
  captureMetaData: true,
  stopNodes: ['*.div'],
  maxNestedTags: mostNested,
  jPath: false,
})

/** Reads a document, as XML 1.0 without a document type has it. What is not well-formed is a fault, with its line. */
export const readElements = (given: string): XmlDocument => {
  const text = given.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n')
  checkText(text)
  const [root] = parse(text).filter((node) => nameOf(node) !== textNode)
  const wellFormed = XMLValidator.validate(text)
  if (wellFormed !== true) malformed(wellFormed.err.line)
  if (root === undefined) return fault('the body has no element; send one FHIR resource')
  return {
    text,
    root: elementOf(text, root, { declared: new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]) }),
  }
}

const malformed = (line: number | undefined): never =>
  fault(`the body is not well-formed XML${line === undefined ? '' : ` at line ${line}`}; was it cut off?`)

const checkText = (text: string): void => {
  if (text.trim() === '') fault('the body is empty; send a FHIR resource')
  const strange = strangeCharacter(text)
  if (strange !== -1)
    fault(`the body has something at line ${lineOf(text, strange)} that is no character of XML`)
  const type = text.search(/<!DOCTYPE/i)
  if (type !== -1)
    fault(`the body has a document type at line ${lineOf(text, type)}; leave it out, and write entities out`)
  const [, declaration] = /^<\?xml\s([^>]*)\?>/.exec(text) ?? []
  if (declaration !== undefined && !/^[^>]*version\s*=\s*["']1\.0["']/.test(declaration))
    fault('the body must be XML 1.0')
  if (/encoding\s*=\s*["'](?!utf-8["'])/i.test(declaration ?? ''))
    fault('the body must be in UTF-8, and say so')
}

const parse = (text: string): readonly Node[] => {
  try {
    return parser.parse(text) as readonly Node[]
  } catch (thrown) {
    return thrown instanceof Error && thrown.message === 'Maximum nested tags exceeded'
      ? fault(`the body is nested deeper than ${mostNested} elements`)
      : malformed(undefined)
  }
}

/** An element as the parser has it: its children under its name, its attributes, and its place. */
type Node = Readonly<Record<string, unknown>>

/** The namespaces that an element declares by prefix, and those of what it stands in. */
interface Scope {
  readonly declared: ReadonlyMap<string, string>
  readonly outer?: Scope
}

const namespaceOf = (prefix: string, { declared, outer }: Scope): string | undefined =>
  declared.get(prefix) ?? (outer === undefined ? undefined : namespaceOf(prefix, outer))

const textNode = '#text'
const attributesOf = (node: Node): readonly [string, string][] => Object.entries(node[':@'] ?? {})
const nameOf = (node: Node): string => Object.keys(node).find((key) => key !== ':@') ?? ''
const place = XMLParser.getMetaDataSymbol() as unknown as '@place'

const elementOf = (text: string, node: Node, outer: Scope): XmlElement => {
  const written = nameOf(node)
  const { startIndex: start, endIndex: end } = node[place] as { startIndex: number; endIndex: number }
  const given = attributesOf(node).map(([name, value]) => [name, valueOf(text, value, start)] as const)
  const scope = inner(outer, given)
  const children = node[written] as readonly Node[]
  return {
    ...resolved(written, scope, () => unbound(text, start)),
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
