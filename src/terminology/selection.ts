/** A code, and what it is called where that is known. */
export type Concept = { system: string; code: string; display?: string; inactive?: true; abstract?: true }

/** A code system that was imported from the files of its publisher. */
export interface Imported {
  readonly key: number
  readonly system: string
  readonly version: string
  readonly name: string
  /** Whether it is known what its codes are kinds of. */
  readonly isSubsuming: boolean
  /** Properties that a filter may ask for. */
  readonly properties: readonly string[]
}

/** What the codes of an imported system must meet. */
export type Condition =
  | { readonly kind: 'below'; readonly code: string; readonly itself: boolean }
  | { readonly kind: 'not-below'; readonly code: string }
  | { readonly kind: 'above'; readonly code: string }
  | { readonly kind: 'parent' | 'child'; readonly codes: readonly string[] }
  | { readonly kind: 'active'; readonly is: boolean }
  | { readonly kind: 'value'; readonly of: Valued; readonly among: readonly string[]; readonly is: boolean }
  | { readonly kind: 'regex'; readonly of: Valued; readonly pattern: string }
  | { readonly kind: 'exists'; readonly property: string; readonly is: boolean }

/** The code itself, its display, or one of its properties. */
export type Valued = { readonly column: 'code' | 'display' } | { readonly property: string }

/** The codes of a value set: what is listed, and what the database knows of imported systems. */
export type Selection =
  | { readonly kind: 'listed'; readonly concepts: readonly Concept[] }
  | { readonly kind: 'imported'; readonly from: Imported; readonly conditions: readonly Condition[] }
  | { readonly kind: 'any' | 'all'; readonly of: readonly Selection[] }
  | { readonly kind: 'but'; readonly of: Selection; readonly without: Selection }

/** Why the codes of a value set cannot be told, and where that is said. */
export interface Unlisted {
  readonly unlisted:
    | 'unknown-set'
    | 'unknown-system'
    | 'incomplete'
    | 'filter'
    | 'circular'
    | 'undefined'
    | 'too-large'
  /** The element that cannot be followed. */
  readonly at: string
}

export const keyOf = ({ system, code }: Pick<Concept, 'system' | 'code'>): string => `${system}|${code}`

/** What several select together; one that is itself such a union is taken apart, so that the order stays. */
export const anyOf = (parts: readonly Selection[]): Selection => {
  const of = parts.flatMap((part) => (part.kind === 'any' ? part.of : [part]))
  const [only, ...others] = of
  return only !== undefined && others.length === 0 ? only : { kind: 'any', of }
}

/** What all of several select. */
export const allOf = (parts: readonly Selection[]): Selection => {
  const [only, ...others] = parts
  return only !== undefined && others.length === 0 ? only : { kind: 'all', of: parts }
}

/** The codes of a selection, each once, in its order; undefined where the database must be asked. */
export const enumerate = (selection: Selection): Concept[] | undefined => {
  switch (selection.kind) {
    case 'listed':
      return once(selection.concepts)
    case 'imported':
      return undefined
    case 'any': {
      const parts = everyOne(selection.of.map(enumerate))
      return parts === undefined ? undefined : once(parts.flat())
    }
    case 'all': {
      const parts = everyOne(selection.of.map(enumerate))
      const [first = [], ...others] = parts ?? []
      const kept = others.map((concepts) => new Set(concepts.map(keyOf)))
      return parts === undefined
        ? undefined
        : first.filter((concept) => kept.every((keys) => keys.has(keyOf(concept))))
    }
    case 'but': {
      const [of, without] = [enumerate(selection.of), enumerate(selection.without)]
      if (of === undefined || without === undefined) return undefined
      const out = new Set(without.map(keyOf))
      return of.filter((concept) => !out.has(keyOf(concept)))
    }
  }
}

const once = (concepts: readonly Concept[]): Concept[] =>
  [...new Map(concepts.toReversed().map((concept) => [keyOf(concept), concept])).values()].toReversed()

const everyOne = <T>(parts: readonly (T | undefined)[]): T[] | undefined => {
  const found = parts.filter((part) => part !== undefined)
  return found.length === parts.length ? found : undefined
}

/** What of a selection is in use still. */
export const activeOf = (selection: Selection, imported: ReadonlyMap<string, Imported>): Selection => {
  switch (selection.kind) {
    case 'listed':
      return anyOf(
        [...Map.groupBy(selection.concepts, ({ system }) => imported.get(system))].map(([from, concepts]) =>
          from === undefined
            ? { kind: 'listed', concepts: concepts.filter(({ inactive }) => inactive !== true) }
            : allOf([
                { kind: 'listed', concepts },
                { kind: 'imported', from, conditions: [{ kind: 'active', is: true }] },
              ]),
        ),
      )
    case 'imported':
      return { ...selection, conditions: [...selection.conditions, { kind: 'active', is: true }] }
    case 'any':
    case 'all':
      return { ...selection, of: selection.of.map((part) => activeOf(part, imported)) }
    case 'but':
      return { ...selection, of: activeOf(selection.of, imported) }
  }
}
