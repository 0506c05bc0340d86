import type {
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
} from 'fhir/r4'

/** An item of a response in its place: with its question, what is around it, and the FHIRPath that names it. */
export interface Node {
  readonly given: QuestionnaireResponseItem
  /** Undefined where the Questionnaire has no such item there. */
  readonly definition: QuestionnaireItem | undefined
  readonly parent: Node | undefined
  readonly at: string
  readonly children: readonly Node[]
}

/** All items of a response, as they are nested. */
export interface Tree {
  readonly roots: readonly Node[]
  /** In document order. */
  readonly all: readonly Node[]
  /** The first and the last place that an item and what is in it take in that order. */
  readonly places: ReadonlyMap<Node, readonly [number, number]>
  /** Occurrences of each question, in that order. */
  readonly byLink: ReadonlyMap<string, readonly Node[]>
}

/** Lays a response over its Questionnaire. */
export const treeOf = (questionnaire: Questionnaire, response: QuestionnaireResponse): Tree => {
  const roots = nodesOf(questionnaire.item ?? [], response.item ?? [], 'QuestionnaireResponse', undefined)
  const all: Node[] = []
  const places = new Map<Node, readonly [number, number]>()
  const walk = (node: Node): void => {
    const first = all.push(node) - 1
    node.children.forEach(walk)
    places.set(node, [first, all.length - 1])
  }
  roots.forEach(walk)
  return { roots, all, places, byLink: Map.groupBy(all, ({ given }) => given.linkId) }
}

const nodesOf = (
  definitions: readonly QuestionnaireItem[],
  given: readonly QuestionnaireResponseItem[],
  at: string,
  parent: Node | undefined,
): Node[] => {
  const byLink = new Map(definitions.map((definition) => [definition.linkId, definition]))
  return given.map((item, place) => nodeOf(byLink.get(item.linkId), item, `${at}.item[${place}]`, parent))
}

const nodeOf = (
  definition: QuestionnaireItem | undefined,
  given: QuestionnaireResponseItem,
  at: string,
  parent: Node | undefined,
): Node => {
  const children: Node[] = []
  const node: Node = { given, definition, parent, at, children }
  const below = definition?.item ?? []
  children.push(...nodesOf(below, given.item ?? [], at, node))
  for (const [place, answer] of (given.answer ?? []).entries())
    children.push(...nodesOf(below, answer.item ?? [], `${at}.answer[${place}]`, node))
  return node
}

/** The node around and all that are around it, the nearest first. */
export const ancestors = (node: Node | undefined): Node[] => {
  const found: Node[] = []
  for (let own = node; own !== undefined; own = own.parent) found.push(own)
  return found
}
