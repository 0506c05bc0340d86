import { currencies, currencyCodes } from './currencies.ts'
import type { CodeSystem, Concept, ConceptSet, ValueSet } from './official.ts'

type Codes = Record<string, string[]>
type Sources = { systems: Map<string, CodeSystem>; sets: Map<string, ValueSet> }

/** Larger sets are not worth their bytes: their codes are not checked. An extensible binding is worth a warning alone. */
const mostCodes = { required: 2_000, extensible: 400 } as const

/** Expands value sets to `{ system: codes }`; those that cannot be enumerated are left out. */
export function expansions(
  { required, extensible }: Readonly<Record<keyof typeof mostCodes, readonly string[]>>,
  definitions: (CodeSystem | ValueSet)[],
): Record<string, Codes> {
  const systems = definitions.filter((d): d is CodeSystem => d.resourceType === 'CodeSystem')
  const sets = definitions.filter((d): d is ValueSet => d.resourceType === 'ValueSet')
  const sources: Sources = {
    systems: new Map(systems.map((system) => [system.url, system])),
    sets: new Map(sets.map((set) => [set.url, set])),
  }
  const only = extensible.filter((url) => !required.includes(url))
  const expanded = [
    ...required.map((url) => [url, mostCodes.required] as const),
    ...only.map((url) => [url, mostCodes.extensible] as const),
  ].map(([url, most]) => {
    const codes = expand(url, sources, new Set())
    return [url, codes !== undefined && size(codes) <= most ? codes : undefined] as const
  })
  for (const [url, codes] of expanded) if (codes === undefined) console.log(`not enumerated: ${url}`)
  return Object.fromEntries(expanded.flatMap(([url, codes]) => (codes ? [[url, codes]] : [])))
}

function size(codes: Codes): number {
  return Object.values(codes).reduce((sum, list) => sum + list.length, 0)
}

function expand(url: string, sources: Sources, seen: Set<string>): Codes | undefined {
  if (url === currencies.valueSet) return { [currencies.system]: [...currencyCodes] }
  const set = sources.sets.get(url.split('|')[0] ?? url)
  if (set?.compose === undefined || seen.has(url)) return undefined
  const codes: Record<string, Set<string>> = {}
  for (const include of set.compose.include) {
    const part = select(include, sources, new Set([...seen, url]))
    if (part === undefined) return undefined
    for (const [system, list] of Object.entries(part))
      codes[system] = (codes[system] ?? new Set()).union(new Set(list))
  }
  for (const exclude of set.compose.exclude ?? []) {
    const part = select(exclude, sources, new Set([...seen, url]))
    if (part === undefined) return undefined
    for (const [system, list] of Object.entries(part))
      codes[system] = (codes[system] ?? new Set()).difference(new Set(list))
  }
  return Object.fromEntries(Object.entries(codes).map(([system, list]) => [system, [...list].toSorted()]))
}

function select(part: ConceptSet, sources: Sources, seen: Set<string>): Codes | undefined {
  const imported = (part.valueSet ?? []).map((url) => expand(url, sources, seen))
  if (imported.includes(undefined)) return undefined
  if (part.system === undefined) return imported.length === 1 ? imported[0] : undefined
  if (imported.length > 0) return undefined
  const codes =
    part.concept?.map((concept) => concept.code) ?? codesOf(part, sources.systems.get(part.system))
  return codes && { [part.system]: codes }
}

function codesOf(part: ConceptSet, system: CodeSystem | undefined): string[] | undefined {
  if (system?.concept === undefined || system.content !== 'complete') return undefined
  const parents = parentsOf(system.concept, new Map(), undefined)
  let codes = [...parents.keys()]
  for (const filter of part.filter ?? []) {
    if (filter.property !== 'concept' || !['is-a', 'descendent-of'].includes(filter.op)) return undefined
    codes = codes.filter(
      (code) => (filter.op === 'is-a' && code === filter.value) || below(code, filter.value, parents),
    )
  }
  return codes
}

/** A concept's parents: those it is nested under and those its `subsumedBy` properties name. */
function parentsOf(
  concepts: Concept[],
  parents: Map<string, string[]>,
  parent: string | undefined,
): Map<string, string[]> {
  for (const concept of concepts) {
    const named = (concept.property ?? []).flatMap((p) =>
      p.code === 'subsumedBy' && p.valueCode ? [p.valueCode] : [],
    )
    parents.set(concept.code, [
      ...(parents.get(concept.code) ?? []),
      ...(parent === undefined ? [] : [parent]),
      ...named,
    ])
    parentsOf(concept.concept ?? [], parents, concept.code)
  }
  return parents
}

function below(code: string, ancestor: string, parents: Map<string, string[]>): boolean {
  return (parents.get(code) ?? []).some((parent) => parent === ancestor || below(parent, ancestor, parents))
}
