import table from './value-sets.json' with { type: 'json' }

/** The codes of a value set, by code system. */
export type Expansion = Readonly<Record<string, readonly string[]>>

/** The expansions of all enumerable value sets that R4 binds an element to with strength `required` or `extensible`. */
export const valueSets: ReadonlyMap<string, Expansion> = new Map(Object.entries(table as Record<string, Expansion>))
