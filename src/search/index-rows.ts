import type { Meta, Resource } from 'fhir/r4'
import { valuesAt } from '../fhir/path.ts'
import { referencesIn } from '../fhir/references.ts'
import { type Amount, amountsOf } from './amounts.ts'
import { isPaired, type Served } from './parameters.ts'
import { pairsOf } from './pairs.ts'
import { type Span, spansOf } from './spans.ts'
import { tiedRows } from './tied-rows.ts'
import { citing, formsOf, textsOf, tokensOf } from './tokens.ts'
import type { ToBase } from './units.ts'
import { normalized, wordsOf } from './words.ts'

/** Everything by which one cut of a resource can be found. */
export interface IndexRows {
  readonly tokens: readonly string[]
  readonly words: readonly Word[]
  readonly dates: readonly { readonly param: string; readonly span: Span }[]
  readonly amounts: readonly { readonly param: string; readonly amount: Amount }[]
  /** The clinical date. */
  readonly clinical: Span | undefined
}

/** A piece of text: as it is compared, and as it stands. */
export interface Word {
  readonly param: string
  readonly value: string
  readonly stated: string
}

/** What indexing needs of the gateway. */
export interface Indexing {
  readonly base: string
  readonly toBase: ToBase
}

/** Longer values are found by their beginning: an index has no room for more. In characters. */
export const mostIndexed = 600

interface Rows {
  readonly tokens: Set<string>
  readonly words: Word[]
  readonly dates: { param: string; span: Span }[]
  readonly amounts: { param: string; amount: Amount }[]
  clinical: Span | undefined
}

/** Index rows of one cut: of its own content alone, so that what is masked cannot be found. */
export const indexRows = (
  resource: Resource,
  parameters: ReadonlyMap<string, Served>,
  references: readonly string[],
  indexing: Indexing,
): IndexRows => {
  const all = plainRows(resource, parameters, references, indexing)
  const tied = tiedRows(resource, indexing.base, all, (part) =>
    plainRows(part, parameters, localReferences(part, indexing.base), indexing),
  )
  return {
    ...all,
    tokens: [...all.tokens, ...tied.tokens],
    words: [...all.words, ...tied.words],
    dates: [...all.dates, ...tied.dates],
  }
}

const localReferences = (part: Resource, base: string): string[] => [
  ...new Set(referencesIn(part, base).map(({ reference }) => reference)),
]

const plainRows = (
  resource: Resource,
  parameters: ReadonlyMap<string, Served>,
  references: readonly string[],
  indexing: Indexing,
): IndexRows => {
  const rows: Rows = {
    tokens: new Set([...references.map(citing), ...metaTokens(resource.meta, indexing.base)]),
    words: [],
    dates: [],
    amounts: [],
    clinical: undefined,
  }
  for (const tag of resource.meta?.tag ?? []) addWords(rows, '_tag:text', textsOf('Coding', tag))
  for (const label of resource.meta?.security ?? [])
    addWords(rows, '_security:text', textsOf('Coding', label))
  for (const parameter of parameters.values()) {
    if (parameter.among.length > 0) continue
    if (parameter.kind === 'composite') {
      if (isPaired(parameter)) addPairs(rows, parameter, resource, indexing)
    } else
      for (const branch of parameter.paths)
        for (const value of valuesAt(resource, branch)) add(rows, parameter, branch.type, value, indexing)
  }
  return { ...rows, tokens: [...rows.tokens].filter((token) => token.length <= mostIndexed) }
}

/** One value of one parameter. */
const add = (
  rows: Rows,
  { name, kind, clinical }: Served,
  type: string,
  value: unknown,
  { base, toBase }: Indexing,
) => {
  switch (kind) {
    case 'string':
      addWords(rows, name, wordsOf(type, value))
      return
    case 'date':
      for (const span of spansOf(type, value)) {
        if (clinical && rows.clinical === undefined) rows.clinical = span
        else rows.dates.push({ param: name, span })
      }
      return
    case 'number':
    case 'quantity':
      rows.amounts.push(...amountsOf(type, value, toBase).map((amount) => ({ param: name, amount })))
      return
    case 'special':
      rows.amounts.push(...placeOf(name, value))
      return
    default:
      for (const token of tokensOf(name, type, value, base)) rows.tokens.add(token)
      addWords(rows, `${name}:text`, textsOf(type, value))
  }
}

const addWords = (rows: Rows, param: string, stated: readonly string[]): void => {
  for (const text of new Set(stated)) {
    const value = normalized(text).slice(0, mostIndexed)
    if (value !== '') rows.words.push({ param, value, stated: text })
  }
}

/** Pairs within one element: the code is part of the parameter's name, so that the value keeps an index of its own. */
const addPairs = (rows: Rows, parameter: Served, resource: Resource, { base, toBase }: Indexing): void => {
  for (const { code, type, value, end } of pairsOf(parameter, resource)) {
    const kind = parameter.parts[1]?.kind
    for (const form of formsOf(code.type, code.value, base)) {
      const param = `${parameter.name}=${form}`
      if (end !== undefined) rows.amounts.push({ param, amount: { low: Number(value), high: Number(end) } })
      else if (kind === 'quantity' || kind === 'number')
        rows.amounts.push(...amountsOf(type, value, toBase).map((amount) => ({ param, amount })))
      else for (const other of formsOf(type, value, base)) rows.tokens.add(`${param}$${other}`)
    }
  }
}

/** Where a Location is, in degrees (FHIR R4 Location, parameter near). */
const placeOf = (name: string, value: unknown): { param: string; amount: Amount }[] => {
  const { latitude, longitude } = value as { latitude?: unknown; longitude?: unknown }
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return []
  return [{ param: name, amount: { low: latitude, high: longitude } }]
}

const metaTokens = (meta: Meta | undefined, base: string): string[] => [
  ...(meta?.profile ?? []).flatMap((profile) => tokensOf('_profile', 'canonical', profile, base)),
  ...(meta?.tag ?? []).flatMap((tag) => tokensOf('_tag', 'Coding', tag, base)),
  ...(meta?.security ?? []).flatMap((label) => tokensOf('_security', 'Coding', label, base)),
  ...(meta?.source === undefined ? [] : [`_source=${meta.source}`]),
]

/** Who authored a record: the first of the elements that R4 has for it. */
export const authorOf = (resource: Resource): string | undefined => {
  const held = resource as unknown as Record<string, unknown>
  for (const name of ['author', 'recorder', 'asserter', 'requester', 'performer', 'sender', 'source']) {
    const one: unknown = Array.isArray(held[name]) ? held[name][0] : held[name]
    if (typeof one !== 'object' || one === null) continue
    const reference: unknown =
      'reference' in one
        ? one.reference
        : 'actor' in one
          ? (one.actor as { reference?: unknown }).reference
          : undefined
    if (typeof reference === 'string') return reference
  }
  return undefined
}
