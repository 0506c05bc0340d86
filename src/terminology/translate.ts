import type { ConceptMap, ConceptMapGroup, ConceptMapGroupElementTarget } from 'fhir/r4'

type Equivalence = ConceptMapGroupElementTarget['equivalence']

/** A code that is to be translated. */
export interface Translated {
  readonly system: string
  readonly version?: string
  readonly code: string
}

/** A code that a map gives for another. */
export interface Match {
  readonly equivalence: Equivalence
  readonly concept?: {
    readonly system?: string
    readonly version?: string
    readonly code?: string
    readonly display?: string
  }
  readonly product: ConceptMapGroupElementTarget['product'] & object
  /** The map that says so. */
  readonly source: string | undefined
}

export interface Wish {
  /** The code system that is wanted; without it any. */
  readonly targetSystem: string | undefined
  readonly reverse: boolean
  /** Other maps, to which one may hand on what it does not map. */
  readonly mapOf: (url: string) => ConceptMap | undefined
}

/**
 * What a map gives for a code, or with `reverse` for which codes it gives this one. A target that depends on more than the code
 * is none here, since what it depends on is not known. https://hl7.org/fhir/R4/conceptmap-operation-translate.html
 */
export const translate = (
  map: ConceptMap,
  asked: Translated,
  wish: Wish,
  within: readonly string[] = [],
): Match[] =>
  (map.group ?? []).flatMap((group) =>
    wish.reverse ? backward(map, group, asked, wish) : forward(map, group, asked, wish, within),
  )

const isMeant = (wanted: string | undefined, own: string | undefined): boolean =>
  wanted === undefined || own === wanted

const isOf = (system: string | undefined, version: string | undefined, asked: Translated): boolean =>
  system === asked.system &&
  (version === undefined || asked.version === undefined || version === asked.version)

const forward = (
  map: ConceptMap,
  group: ConceptMapGroup,
  asked: Translated,
  wish: Wish,
  within: readonly string[],
): Match[] => {
  if (!isOf(group.source, group.sourceVersion, asked)) return []
  const element = group.element.find(({ code }) => code === asked.code)
  if (element === undefined) return unmapped(map, group, asked, wish, within)
  if (!isMeant(wish.targetSystem, group.target)) return []
  return (element.target ?? []).flatMap((target) =>
    (target.dependsOn ?? []).length > 0
      ? []
      : [matchOf(map, group.target, group.targetVersion, target.equivalence, target, target.product)],
  )
}

const matchOf = (
  { url }: ConceptMap,
  system: string | undefined,
  version: string | undefined,
  equivalence: Equivalence,
  { code, display }: { readonly code?: string; readonly display?: string },
  product: Match['product'] = [],
): Match => ({
  equivalence,
  ...(code === undefined
    ? {}
    : {
        concept: {
          ...(system === undefined ? {} : { system }),
          ...(version === undefined ? {} : { version }),
          code,
          ...(display === undefined ? {} : { display }),
        },
      }),
  product,
  source: url,
})

/** What is not in the map goes as it is, to one code for all, or to another map; what a fixed code means beside it is left open. */
const unmapped = (
  map: ConceptMap,
  { unmapped: rest, target, targetVersion }: ConceptMapGroup,
  asked: Translated,
  wish: Wish,
  within: readonly string[],
): Match[] => {
  if (rest === undefined) return []
  switch (rest.mode) {
    case 'provided':
      return isMeant(wish.targetSystem, target)
        ? [matchOf(map, target, targetVersion, 'equal', { code: asked.code })]
        : []
    case 'fixed':
      return isMeant(wish.targetSystem, target)
        ? [matchOf(map, target, targetVersion, 'relatedto', rest)]
        : []
    case 'other-map': {
      const other = rest.url === undefined || within.includes(rest.url) ? undefined : wish.mapOf(rest.url)
      return other === undefined ? [] : translate(other, asked, wish, [...within, rest.url ?? ''])
    }
  }
}

const backward = (
  map: ConceptMap,
  group: ConceptMapGroup,
  asked: Translated,
  { targetSystem }: Wish,
): Match[] => {
  if (!isOf(group.target, group.targetVersion, asked) || !isMeant(targetSystem, group.source)) return []
  return group.element.flatMap(({ code, display, target = [] }) =>
    target.flatMap((own) =>
      own.code !== asked.code || (own.dependsOn ?? []).length > 0
        ? []
        : [
            matchOf(map, group.source, group.sourceVersion, reversed[own.equivalence] ?? own.equivalence, {
              ...(code === undefined ? {} : { code }),
              ...(display === undefined ? {} : { display }),
            }),
          ],
    ),
  )
}

/** What is said of the target is said of the source the other way round. */
const reversed: Readonly<Partial<Record<Equivalence, Equivalence>>> = {
  wider: 'narrower',
  narrower: 'wider',
  subsumes: 'specializes',
  specializes: 'subsumes',
}

/** Whether a match is a translation (https://hl7.org/fhir/R4/valueset-concept-map-equivalence.html). */
export const isTranslation = ({ equivalence }: Match): boolean =>
  equivalence !== 'unmatched' && equivalence !== 'disjoint'
