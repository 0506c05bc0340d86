import { isPrimitive, isResourceType, type Property, shape } from '../definitions/structures.ts'
import { readElements, type XmlElement } from './elements.ts'
import { readDiv, xhtml } from './narrative.ts'
import { readPrimitive } from './primitive.ts'
import { fault, lineOf, told } from './xml-fault.ts'
import { fhir, holdsResource, isAttribute } from './write.ts'

/**
 * A resource in XML as JSON (FHIR R4 json 2.6.2). It goes out as text: only there a decimal keeps all of its digits.
 * Order, nesting, names and namespaces must be those of R4; whether it is valid otherwise is not asked here. Throws an
 * `XmlFault`.
 */
export const readXml = (xml: string): string => {
  const { text, root } = readElements(xml)
  return JSON.stringify(resource({ text, path: root.name }, root))
}

/** Where the reader is. */
interface Place {
  readonly text: string
  readonly path: string
}

type Json = Record<string, unknown>

const at = ({ text }: Place, { start }: XmlElement): string => `at line ${lineOf(text, start)}`

const resource = (place: Place, element: XmlElement): Json => {
  if (element.namespace !== fhir)
    fault(`the resource ${at(place, element)} must be in the namespace \`${fhir}\`; declare it by \`xmlns\``)
  if (!isResourceType(element.name))
    fault(`the element ${at(place, element)} must be named after an R4 resource type, as \`<Patient>\` is`)
  return { resourceType: element.name, ...object(place, element, element.name) }
}

/** What an element of a type holds: its attributes, then its children by name. */
const object = (place: Place, element: XmlElement, type: string, isPrimitiveElement = false): Json => {
  const read: Json = {}
  for (const [name, value] of element.attributes) {
    if (isAttribute(type, name)) read[name] = value
    else if (!(isPrimitiveElement && name === 'value'))
      fault(
        `${told(name, 'attribute')} ${at(place, element)} is no attribute here; elements have \`id\`, primitives also \`value\`, extensions also \`url\``,
        place.path,
      )
  }
  for (const [name, children] of byName(place, element, type)) readProperty(read, place, name, children, type)
  return read
}

/** Children by name. They must stand in the order of the definition, those of one name together (FHIR R4 xml 2.6.1). */
const byName = (place: Place, element: XmlElement, type: string): ReadonlyMap<string, XmlElement[]> => {
  const names = [...(shape(type)?.properties.keys() ?? [])]
  const found = new Map<string, XmlElement[]>()
  let last = -1
  for (const child of element.children) {
    const index = isAttribute(type, child.name) ? -1 : names.indexOf(child.name)
    const expected = child.name === 'div' && type === 'Narrative' ? xhtml : fhir
    if (child.namespace !== expected)
      fault(`${told(child.name)} ${at(place, child)} must be in the namespace \`${expected}\``, place.path)
    if (index === -1)
      fault(
        `${told(child.name)} ${at(place, child)} is no element of \`${type}\`; remove it, or carry it as an extension`,
        place.path,
      )
    if (index < last)
      fault(
        `${told(child.name)} ${at(place, child)} is out of order; it comes before \`${names[last] ?? ''}\``,
        place.path,
      )
    last = index
    const same = found.get(child.name)
    if (same === undefined) found.set(child.name, [child])
    else same.push(child)
  }
  return found
}

const readProperty = (
  read: Json,
  place: Place,
  name: string,
  children: readonly XmlElement[],
  type: string,
): void => {
  const property = shape(type)?.properties.get(name)
  if (property === undefined) return
  const many = property.definition.many === true
  const [, again] = children
  if (!many && again !== undefined)
    fault(`${told(name)} ${at(place, again)} is there twice; it does not repeat`, `${place.path}.${name}`)
  const values = children.map((child, index) =>
    readElement({ ...place, path: `${place.path}.${name}${many ? `[${index}]` : ''}` }, child, property),
  )
  const twins = values.map(({ twin }) => twin)
  const only = values[0]
  if (many) {
    if (values.some(({ value }) => value !== undefined)) read[name] = values.map(({ value }) => value ?? null)
    if (twins.some((twin) => twin !== undefined)) read[`_${name}`] = twins.map((twin) => twin ?? null)
    return
  }
  if (only?.value !== undefined) read[name] = only.value
  if (only?.twin !== undefined) read[`_${name}`] = only.twin
}

/** A value as JSON has it, and of a primitive, what stands beside it (FHIR R4 json 2.6.2.2). */
interface Value {
  readonly value?: unknown
  readonly twin?: Json
}

const readElement = (place: Place, element: XmlElement, { type }: Property): Value => {
  if (type === 'xhtml') return { value: readDiv(place.text.slice(element.start, element.end)) }
  if (holdsResource(type)) return { value: inner(place, element) }
  if (!isPrimitive(type)) return { value: full(place, element, object(place, element, type)) }
  const written = element.attributes.get('value')
  const beside = object(place, element, 'Element', true)
  const twin = Object.keys(beside).length === 0 ? {} : { twin: beside }
  if (written === undefined) return { ...twin, twin: full(place, element, beside) }
  return { ...twin, value: readPrimitive(type, written) ?? wrong(place, element, type) }
}

const wrong = (place: Place, element: XmlElement, type: string): never =>
  fault(`the value ${at(place, element)} is not written as a \`${type}\` is`, place.path)

/** Elements are never empty (FHIR R4 xml 2.6.1). */
const full = (place: Place, element: XmlElement, read: Json): Json =>
  Object.keys(read).length === 0
    ? fault(`the element ${at(place, element)} is empty; give it a value, or leave it out`, place.path)
    : read

/** The one resource that an element as `Bundle.entry.resource` holds. */
const inner = (place: Place, element: XmlElement): Json => {
  const [only, ...more] = element.children
  if (only === undefined || more.length > 0 || element.attributes.size > 0)
    return fault(`the element ${at(place, element)} must hold one resource and nothing else`, place.path)
  return resource(place, only)
}
