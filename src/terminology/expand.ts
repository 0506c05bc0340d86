import type { ValueSet, ValueSetComposeInclude, ValueSetComposeIncludeFilter } from 'fhir/r4'
import { valueSets as official } from '../fhir/definitions/value-sets.ts'
import { isA } from './code-system.ts'
import type { Codes } from './code-system.ts'

export type Concept = { system: string; code: string; display?: string }

export type Loaded = { systems: ReadonlyMap<string, Codes>; sets: ReadonlyMap<string, ValueSet> }

/**
 * The concepts of a value set, in the order it gives them; undefined when it is not known or cannot be enumerated.
 * https://hl7.org/fhir/R4/valueset.html#compositions
 */
export function expand(
  loaded: Loaded,
  canonical: string,
  within: readonly string[] = [],
): Concept[] | undefined {
  const url = canonical.split('|')[0] ?? ''
  const set = loaded.sets.get(url)
  if (set === undefined) return officialConcepts(loaded, url)
  if (within.includes(url)) return undefined
  const path = [...within, url]
  const included = all((set.compose?.include ?? []).map((part) => select(loaded, part, path)))
  const excluded = all((set.compose?.exclude ?? []).map((part) => select(loaded, part, path)))
  if (set.compose === undefined || included === undefined || excluded === undefined) return undefined
  const out = new Set(excluded.flat().map(keyOf))
  const concepts = new Map(included.flat().map((concept) => [keyOf(concept), concept]))
  return [...concepts].filter(([key]) => !out.has(key)).map(([, concept]) => concept)
}

function keyOf({ system, code }: Concept): string {
  return `${system}|${code}`
}

function all<T>(parts: (T | undefined)[]): T[] | undefined {
  const found = parts.filter((part) => part !== undefined)
  return found.length === parts.length ? found : undefined
}

function officialConcepts({ systems }: Loaded, url: string): Concept[] | undefined {
  const expansion = official.get(url)
  if (expansion === undefined) return undefined
  return Object.entries(expansion).flatMap(([system, codes]) =>
    codes.map((code) => concept(system, code, systems.get(system)?.concepts.get(code)?.display)),
  )
}

function concept(system: string, code: string, display: string | undefined): Concept {
  return { system, code, ...(display !== undefined && { display }) }
}

/** What an include or exclude selects: values of the system that are also in each named value set. */
function select(
  loaded: Loaded,
  part: ValueSetComposeInclude,
  path: readonly string[],
): Concept[] | undefined {
  const imported = all((part.valueSet ?? []).map((url) => expand(loaded, url, path)))
  const own = part.system === undefined ? undefined : selectCodes(loaded, part, part.system)
  if (imported === undefined || (part.system !== undefined && own === undefined)) return undefined
  const [first, ...others] = own === undefined ? imported : [own, ...imported]
  const kept = others.map((concepts) => new Set(concepts.map(keyOf)))
  return first?.filter((candidate) => kept.every((keys) => keys.has(keyOf(candidate))))
}

function selectCodes(
  { systems }: Loaded,
  part: ValueSetComposeInclude,
  system: string,
): Concept[] | undefined {
  const codes = systems.get(system)
  if (part.concept !== undefined) {
    return part.concept.map(({ code, display }) =>
      concept(system, code, display ?? codes?.concepts.get(code)?.display),
    )
  }
  const filters = part.filter ?? []
  if (codes === undefined || !codes.complete || !filters.every(isSupported)) return undefined
  return [...codes.concepts]
    .filter(([code]) => filters.every((filter) => passes(codes, code, filter)))
    .map(([code, { display }]) => concept(system, code, display))
}

function isSupported({ property, op }: ValueSetComposeIncludeFilter): boolean {
  return property === 'concept' && (op === 'is-a' || op === 'descendent-of' || op === 'is-not-a')
}

function passes(codes: Codes, code: string, { op, value }: ValueSetComposeIncludeFilter): boolean {
  if (op === 'is-not-a') return !isA(codes, code, value)
  return isA(codes, code, value) && (op === 'is-a' || code !== value)
}
