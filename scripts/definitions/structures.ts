import type { Element, Structure } from '../../src/fhir/definitions/structures.ts'
import type { ElementDefinition, StructureDefinition } from './official.ts'

const typeExtension = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type'
const profiles = 'http://hl7.org/fhir/StructureDefinition/'
/** Not of R4: backported by the package. */
const foreign = new Set(['SubscriptionStatus', 'MetadataResource'])

/** Every R4 type, and every backbone element under its path, with the elements that it adds to its base. */
export function structures(definitions: StructureDefinition[]): Record<string, Structure> {
  const table: Record<string, Structure> = {}
  for (const definition of definitions) {
    if (definition.derivation === 'constraint' || foreign.has(definition.name)) continue
    addStructure(table, definition)
  }
  return table
}

function addStructure(table: Record<string, Structure>, definition: StructureDefinition): void {
  const [root, ...elements] = definition.snapshot.element
  if (root === undefined) return
  const name = root.path
  table[name] = {
    kind: kindOf(definition),
    ...(definition.abstract && { abstract: true as const }),
    ...(definition.baseDefinition && { base: definition.baseDefinition.slice(profiles.length) }),
    elements: {},
  }
  if (definition.kind === 'primitive-type') return
  for (const element of elements) {
    const cut = element.path.lastIndexOf('.')
    const parent = element.path.slice(0, cut)
    if (element.base !== undefined && !own(element, name, table[name].base)) continue
    if (isBackbone(element)) {
      table[element.path] = { kind: 'backbone', base: element.type?.[0]?.code ?? 'Element', elements: {} }
    }
    const holder = table[parent]
    if (holder === undefined) throw new Error(`no structure for ${parent}`)
    holder.elements[element.path.slice(cut + 1).replace('[x]', '')] = compactElement(element)
  }
}

function kindOf(definition: StructureDefinition): Structure['kind'] {
  if (definition.kind === 'resource') return 'resource'
  return definition.kind === 'primitive-type' ? 'primitive' : 'complex'
}

/** Whether an element is defined by this type itself, not taken over from what it specializes. */
function own(element: ElementDefinition, name: string, base: string | undefined): boolean {
  const origin = element.base?.path.split('.')[0]
  if (base === 'Quantity') return false
  return origin === name || origin === undefined
}

function isBackbone(element: ElementDefinition): boolean {
  const codes = element.type?.map((type) => type.code) ?? []
  return codes.length === 1 && (codes[0] === 'BackboneElement' || codes[0] === 'Element')
}

function compactElement(element: ElementDefinition): Element {
  const types = isBackbone(element) ? [element.path] : typesOf(element)
  const targets = (element.type ?? [])
    .flatMap((type) => type.targetProfile ?? [])
    // The package's own types are none of R4.
    .filter((url) => url.startsWith(profiles))
    .map((url) => url.slice(profiles.length))
  const { binding } = element
  const valueSet = binding?.valueSet?.split('|')[0]
  return {
    types,
    ...(element.min > 0 && { min: element.min }),
    ...(element.max === '*' && { many: true as const }),
    ...(element.path.endsWith('[x]') && { choice: true as const }),
    ...(targets.length > 0 && !targets.includes('Resource') && { targets: [...new Set(targets)].toSorted() }),
    ...(valueSet && binding?.strength === 'required' && { required: valueSet }),
    ...(valueSet && binding?.strength === 'extensible' && { extensible: valueSet }),
  }
}

function typesOf(element: ElementDefinition): string[] {
  if (element.contentReference !== undefined) return [element.contentReference.slice(1)]
  // The published table says `string`. https://hl7.org/fhir/R4/resource.html#id
  if (element.path === 'Resource.id') return ['id']
  return (element.type ?? []).map((type) => {
    const named = type.extension?.find((extension) => extension.url === typeExtension)?.valueUrl
    return named ?? type.code
  })
}

/** The value sets that some element of the table is bound to with a strength. */
export function boundSets(table: Record<string, Structure>, strength: 'required' | 'extensible'): string[] {
  const urls = Object.values(table).flatMap((structure) =>
    Object.values(structure.elements).flatMap((element) => element[strength] ?? []),
  )
  return [...new Set(urls)].toSorted()
}
