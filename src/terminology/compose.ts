import type { ValueSet, ValueSetComposeInclude } from 'fhir/r4'
import { valueSets as official } from '../fhir/definitions/value-sets.ts'
import { type Codes, isAbstract, isInactive } from './code-system.ts'
import { conditionOf, testOf } from './filter.ts'
import {
  activeOf,
  allOf,
  anyOf,
  type Concept,
  type Imported,
  type Selection,
  type Unlisted,
} from './selection.ts'

/** What is known of code systems and value sets, by their canonical URLs; of a value set also by URL and version. */
export type Loaded = {
  systems: ReadonlyMap<string, Codes>
  sets: ReadonlyMap<string, ValueSet>
  /** Systems that are imported: they go before what is said of them elsewhere. */
  imported: ReadonlyMap<string, Imported>
}

const nothing: Loaded['imported'] = new Map()

/** Without imported systems. */
export const unimported = nothing

/** A canonical URL and its version. */
export const canonicalParts = (canonical: string): readonly [url: string, version: string | undefined] => {
  const bar = canonical.indexOf('|')
  return bar < 0 ? [canonical, undefined] : [canonical.slice(0, bar), canonical.slice(bar + 1)]
}

/** The value set of a canonical; one of another version than it names is another. */
export const findSet = ({ sets }: Loaded, canonical: string): ValueSet | undefined => {
  const [url, version] = canonicalParts(canonical)
  if (version === undefined) return sets.get(url)
  const exact = sets.get(canonical) ?? sets.get(url)
  return exact?.version === version ? exact : undefined
}

/** Value sets on the way here, and how many codes may be listed still: sets that draw on others could multiply without end. */
export interface Within {
  readonly path: readonly string[]
  readonly left: { codes: number }
}

const outermost = (): Within => ({ path: [], left: { codes: 1_000_000 } })

/** What one include or exclude costs, as so many codes. */
const costOfPart = 1000

/**
 * What a value set selects, in the order it gives it; or why that cannot be told.
 * https://hl7.org/fhir/R4/valueset.html#compositions
 */
export const compose = (
  loaded: Loaded,
  canonical: string,
  within: Within = outermost(),
  at = 'ValueSet',
): Selection | Unlisted => {
  const set = findSet(loaded, canonical)
  if (set !== undefined)
    return within.path.includes(canonical)
      ? { unlisted: 'circular', at }
      : composeSet(loaded, set, { ...within, path: [...within.path, canonical] }, at)
  return officialConcepts(loaded, canonical) ?? implicit(loaded, canonical) ?? { unlisted: 'unknown-set', at }
}

/** What a value set selects that is at hand itself. */
export const composeSet = (
  loaded: Loaded,
  { compose: composed }: ValueSet,
  within: Within = outermost(),
  at = 'ValueSet',
): Selection | Unlisted => {
  if (composed === undefined) return { unlisted: 'undefined', at }
  const select = (part: ValueSetComposeInclude, place: string) => selectPart(loaded, part, within, place)
  const included = composed.include.map((part, place) => select(part, `${at}.compose.include[${place}]`))
  const excluded = (composed.exclude ?? []).map((part, place) =>
    select(part, `${at}.compose.exclude[${place}]`),
  )
  const fault = [...included, ...excluded].find(isUnlisted)
  if (fault !== undefined) return fault
  const of = anyOf(included.filter(isListed))
  const all: Selection =
    excluded.length === 0 ? of : { kind: 'but', of, without: anyOf(excluded.filter(isListed)) }
  return composed.inactive === false ? activeOf(all, loaded.imported) : all
}

/** Whether the codes cannot be told. */
export const isUnlisted = (selection: Selection | Unlisted): selection is Unlisted => 'unlisted' in selection
const isListed = (selection: Selection | Unlisted): selection is Selection => !isUnlisted(selection)

/** The required value sets of R4, all of version 4.0.1. */
const officialConcepts = ({ systems }: Loaded, canonical: string): Selection | undefined => {
  const [url, version = '4.0.1'] = canonicalParts(canonical)
  const expansion = version === '4.0.1' ? official.get(url) : undefined
  if (expansion === undefined) return undefined
  const concepts = Object.entries(expansion).flatMap(([system, codes]) =>
    codes.map((code) => conceptOf(systems.get(system), system, code)),
  )
  return { kind: 'listed', concepts }
}

/** Value sets that SNOMED CT and LOINC define without saying so (https://hl7.org/fhir/R4/snomedct.html, implicit value sets). */
const implicit = ({ imported }: Loaded, canonical: string): Selection | undefined => {
  const [system, query] = canonical.split('?fhir_vs')
  const snomed = imported.get('http://snomed.info/sct')
  if (snomed !== undefined && system === snomed.system && query !== undefined) {
    const code = /^=isa\/(\d{6,18})$/.exec(query)?.[1]
    if (query !== '' && code === undefined) return undefined
    return {
      kind: 'imported',
      from: snomed,
      conditions: code === undefined ? [] : [{ kind: 'below', code, itself: true }],
    }
  }
  const loinc = imported.get('http://loinc.org')
  return canonical === 'http://loinc.org/vs' && loinc !== undefined
    ? { kind: 'imported', from: loinc, conditions: [] }
    : undefined
}

/** What an include or exclude selects: values of the system that are also in each named value set. */
const selectPart = (
  loaded: Loaded,
  part: ValueSetComposeInclude,
  within: Within,
  at: string,
): Selection | Unlisted => {
  within.left.codes -= costOfPart
  if (within.left.codes < 0) return { unlisted: 'too-large', at }
  const named = (part.valueSet ?? []).map((url, place) =>
    compose(loaded, url, within, `${at}.valueSet[${place}]`),
  )
  const own = part.system === undefined ? [] : [selectCodes(loaded, part, part.system, at)]
  const parts = [...own, ...named]
  within.left.codes -= own.reduce((count, one) => count + ('concepts' in one ? one.concepts.length : 0), 0)
  return (
    parts.find(isUnlisted) ??
    (parts.length === 0 ? { unlisted: 'undefined', at } : allOf(parts.filter(isListed)))
  )
}

const selectCodes = (
  { systems, imported }: Loaded,
  part: ValueSetComposeInclude,
  system: string,
  at: string,
): Selection | Unlisted => {
  const [from, codes] = [imported.get(system), systems.get(system)]
  const known = from ?? codes
  if (part.version !== undefined && known !== undefined && known.version !== part.version)
    return { unlisted: 'unknown-system', at: `${at}.version` }
  if (part.concept !== undefined)
    return listedConcepts(part.concept, system, from === undefined ? codes : undefined)
  if (from !== undefined) {
    const conditions = (part.filter ?? []).map((filter) => conditionOf(from, filter))
    const missing = conditions.indexOf(undefined)
    if (missing >= 0) return { unlisted: 'filter', at: `${at}.filter[${missing}]` }
    return { kind: 'imported', from, conditions: conditions.filter((one) => one !== undefined) }
  }
  if (codes === undefined) return { unlisted: 'unknown-system', at: `${at}.system` }
  return codes.complete ? filtered(codes, part, system, at) : { unlisted: 'incomplete', at: `${at}.system` }
}

const listedConcepts = (
  given: ValueSetComposeInclude['concept'] & object,
  system: string,
  codes: Codes | undefined,
): Selection => ({
  kind: 'listed',
  concepts: given.map(({ code, display }) => {
    const known = conceptOf(codes, system, code)
    return display === undefined ? known : { ...known, display }
  }),
})

const filtered = (
  codes: Codes,
  { filter = [] }: ValueSetComposeInclude,
  system: string,
  at: string,
): Selection | Unlisted => {
  const tests = filter.map((one) => testOf(codes, one))
  const missing = tests.indexOf(undefined)
  if (missing >= 0) return { unlisted: 'filter', at: `${at}.filter[${missing}]` }
  const concepts = [...codes.concepts]
    .filter(([code, defined]) => tests.every((test) => test?.(code, defined) === true))
    .map(([code]) => conceptOf(codes, system, code))
  return { kind: 'listed', concepts }
}

/** A code as its system has it. */
export const conceptOf = (codes: Codes | undefined, system: string, code: string): Concept => {
  const defined = codes?.concepts.get(code)
  return {
    system,
    code,
    ...(defined?.display !== undefined && { display: defined.display }),
    ...(defined !== undefined && isInactive(defined) && { inactive: true }),
    ...(defined !== undefined && isAbstract(defined) && { abstract: true }),
  }
}
