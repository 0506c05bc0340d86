import type { Meta, Resource } from 'fhir/r4'
import { valuesAt } from '../fhir/path.ts'
import type { Served } from './parameters.ts'
import { type Span, spansOf } from './spans.ts'
import { citing, tokensOf } from './tokens.ts'
import { wordsOf } from './words.ts'

/** Everything by which one cut of a resource can be found. */
export interface IndexRows {
  readonly tokens: readonly string[]
  readonly words: readonly { readonly param: string; readonly value: string }[]
  readonly dates: readonly { readonly param: string; readonly span: Span }[]
  /** The clinical date. */
  readonly clinical: Span | undefined
}

/** Longer values are kept and not found by: an index has no room for them. In characters. */
const mostIndexed = 600

/** Index rows of one cut: of its own content alone, so that what is masked cannot be found. */
export const indexRows = (
  resource: Resource,
  parameters: ReadonlyMap<string, Served>,
  references: readonly string[],
  base: string,
): IndexRows => {
  const tokens = new Set([...references.map(citing), ...metaTokens(resource.meta, base)])
  const words: { param: string; value: string }[] = []
  const dates: { param: string; span: Span }[] = []
  let clinical: Span | undefined
  for (const parameter of parameters.values()) {
    for (const branch of parameter.paths) {
      for (const value of valuesAt(resource, branch)) {
        if (parameter.kind === 'string')
          words.push(...wordsOf(branch.type, value).map((word) => ({ param: parameter.name, value: word })))
        else if (parameter.kind === 'date') {
          for (const span of spansOf(branch.type, value)) {
            if (parameter.clinical && clinical === undefined) clinical = span
            else dates.push({ param: parameter.name, span })
          }
        } else for (const token of tokensOf(parameter.name, branch.type, value, base)) tokens.add(token)
      }
    }
  }
  return {
    tokens: [...tokens].filter((token) => token.length <= mostIndexed),
    words: words.filter(({ value }) => value.length <= mostIndexed),
    dates,
    clinical,
  }
}

const metaTokens = (meta: Meta | undefined, base: string): string[] => [
  ...(meta?.profile ?? []).map((profile) => `_profile=${profile}`),
  ...(meta?.tag ?? []).flatMap((tag) => tokensOf('_tag', 'Coding', tag, base)),
  ...(meta?.security ?? []).flatMap((label) => tokensOf('_security', 'Coding', label, base)),
  ...(meta?.source === undefined ? [] : [`_source=${meta.source}`]),
]

/** The codes that a Consent's code criterion looks at: code, type, medication, vaccine, and a coded value. */
export const codesOf = (resource: Resource): string[] => {
  const held = resource as unknown as Record<string, unknown>
  const concepts = [
    'code',
    'type',
    'medicationCodeableConcept',
    'vaccineCode',
    'valueCodeableConcept',
  ].flatMap((name) => held[name] ?? [])
  return [...new Set(concepts.flatMap(codings))]
}

const codings = (concept: unknown): string[] => {
  if (
    typeof concept !== 'object' ||
    concept === null ||
    !('coding' in concept) ||
    !Array.isArray(concept.coding)
  )
    return []
  return (concept.coding as { system?: string; code?: string }[]).flatMap(({ system, code }) =>
    system === undefined || code === undefined ? [] : [`${system}|${code}`],
  )
}

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
