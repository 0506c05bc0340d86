import table from './structures.json' with { type: 'json' }

/** One element of a type, as the type itself defines it. https://hl7.org/fhir/R4/elementdefinition.html */
export type Element = {
  /** Datatypes, or the path of a backbone element (`Patient.contact`), which is a structure of its own. */
  types: string[]
  min?: number
  /** Whether it repeats, and so is an array in JSON. */
  many?: true
  /** Whether it is a choice (`value[x]`), named `valueString` and so on in JSON. */
  choice?: true
  /** The resource types that a Reference or canonical may point to; absent means any. */
  targets?: string[]
  /** The value set of a required binding. */
  required?: string
  /** The value set of an extensible binding. */
  extensible?: string
}

export type Structure = {
  kind: 'resource' | 'complex' | 'primitive' | 'backbone'
  abstract?: true
  base?: string
  elements: Record<string, Element>
}

/** A JSON property of a structure: the element that it stands for and the datatype that it holds. */
export type Property = { element: string; type: string; definition: Element }

const structures = new Map(Object.entries(table as Record<string, Structure>))

/** The R4 resource types that can be instantiated, in alphabetical order. */
export const resourceTypes: readonly string[] = [...structures]
  .filter(([, structure]) => structure.kind === 'resource' && !structure.abstract)
  .map(([name]) => name)

const instantiable: ReadonlySet<string> = new Set(resourceTypes)

/** Whether a name is an R4 resource type. https://hl7.org/fhir/R4/resourcelist.html */
export function isResourceType(name: unknown): name is string {
  return typeof name === 'string' && instantiable.has(name)
}

/** What a type or backbone element itself defines, without its base. */
export function structure(type: string): Structure | undefined {
  return structures.get(type)
}

/** Whether a type is a primitive, and so a string, number or boolean in JSON. */
export function isPrimitive(type: string): boolean {
  return structures.get(type)?.kind === 'primitive'
}

/** All elements of a type, those of its bases first. */
export function elements(type: string): Record<string, Element> {
  const own = structures.get(type)
  if (own === undefined) return {}
  return own.base === undefined ? own.elements : { ...elements(own.base), ...own.elements }
}

/** The JSON name of a choice element for one of its types. https://hl7.org/fhir/R4/formats.html#choice */
export function choiceName(element: string, type: string): string {
  return `${element}${type.charAt(0).toUpperCase()}${type.slice(1)}`
}

/** What an object of a type may and must hold in JSON. */
export type Shape = {
  /** Every JSON property, without `resourceType` and the `_` twins of primitives. */
  properties: ReadonlyMap<string, Property>
  /** The elements that must be there, each with the properties that can stand for it. */
  required: { element: string; names: string[] }[]
}

const shapes: ReadonlyMap<string, Shape> = new Map([...structures.keys()].map((type) => [type, shapeOf(type)]))

/** The shape of a type or backbone element. https://hl7.org/fhir/R4/json.html */
export function shape(type: string): Shape | undefined {
  return shapes.get(type)
}

function shapeOf(type: string): Shape {
  const properties = new Map<string, Property>()
  const required: Shape['required'] = []
  for (const [element, definition] of Object.entries(elements(type))) {
    const names = definition.choice ? definition.types.map((t) => choiceName(element, t)) : [element]
    for (const [index, name] of names.entries()) {
      properties.set(name, { element, type: definition.types[index] ?? 'Element', definition })
    }
    if (definition.min !== undefined) required.push({ element, names })
  }
  return { properties, required }
}
