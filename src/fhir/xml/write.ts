import { XMLBuilder } from 'fast-xml-parser'
import { isPrimitive, isResourceType, shape } from '../definitions/structures.ts'
import { parseNumbersAsText } from '../exact-json.ts'
import { writeValue } from './characters.ts'
import { writeDiv } from './narrative.ts'

export const fhir = 'http://hl7.org/fhir'

/**
 * A resource in JSON as XML (FHIR R4 xml 2.6.1). JSON comes as text: only there a decimal has all of its digits, as
 * `1.50`. It must be valid R4: what the resource's type does not have is left out.
 */
export const writeXml = (json: string, pretty = false): string => {
  const root = resourceElement(parseNumbersAsText(json) as Json)
  const declared = { ...root, [attributes]: { xmlns: fhir } }
  return `<?xml version="1.0" encoding="UTF-8"?>${pretty ? '' : '\n'}${builders[pretty ? 'pretty' : 'plain'].build([declared])}`
}

const options = {
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  processEntities: false,
  suppressEmptyNode: true,
}
const builders = {
  plain: new XMLBuilder(options),
  pretty: new XMLBuilder({ ...options, format: true, indentBy: '  ' }),
}

type Json = Readonly<Record<string, unknown>>

/** What the builder takes: an element's children under its name, and its attributes. */
type Node = Record<string, unknown>

const attributes = ':@'

const node = (name: string, given: Record<string, string>, children: readonly Node[]): Node => ({
  [name]: children,
  ...(Object.keys(given).length === 0 ? {} : { [attributes]: given }),
})

const resourceElement = (resource: Json): Node => {
  const type = String(resource.resourceType)
  return node(type, {}, childrenOf(resource, type))
}

/** The children of an object, in the order in which its type defines them. */
const childrenOf = (value: Json, type: string): Node[] =>
  [...(shape(type)?.properties ?? [])].flatMap(([name, property]) => {
    if (isAttribute(type, name)) return []
    const [items, twins] = [list(value[name]), list(value[`_${name}`])]
    return Array.from({ length: Math.max(items.length, twins.length) }, (_, index) =>
      element(name, property.type, items[index], twins[index]),
    )
  })

const element = (name: string, type: string, value: unknown, twin: unknown): Node => {
  if (type === 'xhtml') return { '#text': writeDiv(String(value)) }
  if (holdsResource(type)) return node(name, {}, [resourceElement(value as Json)])
  if (!isPrimitive(type)) return complex(name, type, value as Json, {})
  const written = textOf(value)
  return complex(name, 'Element', isJson(twin) ? twin : {}, written === undefined ? {} : { value: written })
}

/** A primitive as an attribute has it; a number is a text already. */
const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return writeValue(value)
  return typeof value === 'boolean' ? String(value) : undefined
}

/** An element with its id and, of an Extension, its url as attributes (FHIR R4 xml 2.6.1). */
const complex = (name: string, type: string, value: Json, more: Record<string, string>): Node => {
  const given = Object.fromEntries(
    ['id', 'url'].flatMap((key) => {
      const written = isAttribute(type, key) ? textOf(value[key]) : undefined
      return written === undefined ? [] : [[key, written]]
    }),
  )
  return node(name, { ...given, ...more }, childrenOf(value, type))
}

/** Whether an element of a type holds a whole resource, as `Bundle.entry.resource` does. */
export const holdsResource = (type: string): boolean => type === 'Resource' || isResourceType(type)

/** Whether XML has this property as an attribute: the id of what is no resource, and the url of an Extension. */
export const isAttribute = (type: string, name: string): boolean =>
  name === 'id' ? shape(type)?.properties.get('id')?.type !== 'id' : name === 'url' && type === 'Extension'

const list = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value]

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
