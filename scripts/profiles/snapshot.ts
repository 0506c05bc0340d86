import type { ElementDefinition, ElementDefinitionBinding, StructureDefinition } from 'fhir/r4'

/** R4's own definition of a type, with its snapshot. */
export type Definitions = (type: string) => StructureDefinition

/**
 * The snapshot of a profile of a base R4 type: what R4 says of each element, narrowed by the differential. Slices and the
 * children of datatypes are there where the differential goes into them.
 * https://hl7.org/fhir/R4/profiling.html#snapshot
 */
export const snapshotOf = (profile: StructureDefinition, definitions: Definitions): ElementDefinition[] => {
  const tree: Tree = { elements: elementsOf(definitions(profile.type)), definitions }
  for (const narrowed of profile.differential?.element ?? []) {
    const at = reach(tree, narrowed.id ?? narrowed.path)
    const [element] = tree.elements.slice(at, at + 1)
    if (element !== undefined) tree.elements[at] = merge(element, narrowed)
  }
  return tree.elements.map(inOrder)
}

type Tree = { readonly elements: ElementDefinition[]; readonly definitions: Definitions }

const elementsOf = (definition: StructureDefinition): ElementDefinition[] =>
  (definition.snapshot?.element ?? []).map(slim)

/** Where an element is; made, with what it stands in, if it is not there yet. Throws for one that R4 does not have. */
const reach = (tree: Tree, id: string): number => {
  const found = tree.elements.findIndex((element) => element.id === id)
  if (found !== -1) return found
  const unsliced = withoutSlice(id)
  if (unsliced !== id) return addSlice(tree, id, unsliced)
  unfold(tree, reach(tree, id.slice(0, id.lastIndexOf('.'))))
  const made = tree.elements.findIndex((element) => element.id === id)
  if (made === -1) throw new Error(`R4 has no ${id}`)
  return made
}

const withoutSlice = (id: string): string => id.replace(/:[^.:]*$/, '')

const isBelow = ({ id = '' }: ElementDefinition, parent: string): boolean => id.startsWith(`${parent}.`)

/** A slice comes after its element, what is below that, and the slices that are there already. */
const addSlice = (tree: Tree, id: string, unsliced: string): number => {
  const { elements } = tree
  const from = reach(tree, unsliced)
  const belongs = (element: ElementDefinition) =>
    isBelow(element, unsliced) || element.id?.startsWith(`${unsliced}:`) === true
  const after = elements.findLastIndex((element, place) => place === from || belongs(element))
  const [of] = elements.slice(from, from + 1)
  if (of === undefined) throw new Error(`there is no ${unsliced} to slice`)
  const { slicing: _slicing, ...rest } = of
  elements.splice(after + 1, 0, { ...rest, id, sliceName: id.slice(unsliced.length + 1), min: 0 })
  return after + 1
}

/** Puts below an element what its type, its unsliced form or what it refers to has there. */
const unfold = ({ elements, definitions }: Tree, at: number): void => {
  const [parent] = elements.slice(at, at + 1)
  if (parent === undefined || elements.some((element) => isBelow(element, parent.id ?? ''))) return
  const source = parent.contentReference?.slice(1) ?? withoutSlice(parent.id ?? '')
  const alike = elements.filter((element) => isBelow(element, source))
  const [type, another] = parent.type ?? []
  if (alike.length === 0 && (type === undefined || another !== undefined))
    throw new Error(`${parent.id} has not exactly one type`)
  const children = alike.length > 0 ? alike : elementsOf(definitions(type?.code ?? '')).slice(1)
  const cut = alike.length > 0 ? source.length : (type?.code.length ?? 0)
  elements.splice(at + 1, 0, ...children.map((child) => moved(child, parent, cut)))
}

const moved = (child: ElementDefinition, parent: ElementDefinition, cut: number): ElementDefinition => {
  const below = (child.id ?? child.path).slice(cut)
  return { ...child, id: `${parent.id}${below}`, path: `${parent.path}${below.replaceAll(/:[^.]*/g, '')}` }
}

const merge = (element: ElementDefinition, narrowed: ElementDefinition): ElementDefinition => ({
  ...element,
  ...narrowed,
  ...(element.constraint === undefined && narrowed.constraint === undefined
    ? {}
    : { constraint: [...(element.constraint ?? []), ...(narrowed.constraint ?? [])] }),
})

/** Constraints that every element or extension brings along by its type. */
const ofTheType = new Set(['ele-1', 'ext-1'])

/** What every element or resource has, and R4 explains at length each time. */
const ofAll = /^(Element|BackboneElement|Resource|DomainResource)\./

/** What R4 says of an element that binds: its explanations, mappings and examples are R4's page's. */
const slim = (element: ElementDefinition): ElementDefinition => {
  const { comment: _c, requirements: _r, alias: _a, mapping: _m, example: _e, code: _k, ...rest } = element
  const { binding, constraint, isModifier, isSummary, definition, base } = rest
  const own = constraint?.filter(({ key }) => !ofTheType.has(key)).map(({ xpath: _x, ...kept }) => kept)
  return {
    ...rest,
    definition: ofAll.test(base?.path ?? '') ? element.short : definition,
    isModifier: isModifier === true ? true : undefined,
    isSummary: isSummary === true ? true : undefined,
    constraint: own?.length === 0 ? undefined : own,
    binding: binding === undefined ? undefined : bare(binding),
  }
}

/** A binding without a value set has only its description (sdf-10). */
const bare = ({ strength, valueSet, description }: ElementDefinitionBinding): ElementDefinitionBinding =>
  valueSet === undefined ? { strength, description } : { strength, valueSet }

const first = [
  'id',
  'extension',
  'path',
  'representation',
  'sliceName',
  'slicing',
  'short',
  'definition',
  'comment',
]
const last = ['constraint', 'mustSupport', 'isModifier', 'isModifierReason', 'isSummary', 'binding']

/** The elements of an ElementDefinition in the order of R4, as far as it is not theirs already. */
const inOrder = (element: ElementDefinition): ElementDefinition => {
  const all: [string, unknown][] = Object.entries(element)
  const rank = ([name]: [string, unknown]): number =>
    first.includes(name) ? first.indexOf(name) : first.length + 1 + last.indexOf(name)
  const { id, ...rest } = Object.fromEntries(all.toSorted((one, other) => rank(one) - rank(other)))
  return { ...(typeof id === 'string' && { id }), path: element.path, ...rest }
}
