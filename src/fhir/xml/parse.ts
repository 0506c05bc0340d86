import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { strangeCharacter } from './characters.ts'
import { fault, lineOf } from './xml-fault.ts'

/** An element as the parser has it: its children under its name, its attributes, and its place. */
export type Node = Readonly<Record<string, unknown>>

export const textNode = '#text'
export const attributesOf = (node: Node): readonly [string, string][] => Object.entries(node[':@'] ?? {})
export const nameOf = (node: Node): string => Object.keys(node).find((key) => key !== ':@') ?? ''

/** Where an element begins and ends in the text. */
export const placeOf = (node: Node): { start: number; end: number } => {
  const { startIndex, endIndex } = node[place] as { startIndex: number; endIndex: number }
  return { start: startIndex, end: endIndex }
}

const place = XMLParser.getMetaDataSymbol() as unknown as '@place'

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

/** The root of a document of XML 1.0 without a document type. What is not well-formed is a fault, with its line. */
export const parseXml = (text: string): Node => {
  checkText(text)
  const [root] = parse(text).filter((node) => nameOf(node) !== textNode)
  const wellFormed = XMLValidator.validate(text)
  if (wellFormed !== true) malformed(wellFormed.err.line)
  return root ?? fault('the body has no element; send one FHIR resource')
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
