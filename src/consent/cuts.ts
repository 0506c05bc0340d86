import type { Resource } from 'fhir/r4'
import { type Path, without } from '../fhir/references.ts'
import { bit, bits, type Mask } from './labels.ts'

/** An element that carries labels of its own, beyond those of the whole. */
export interface LabelledElement {
  readonly path: Path
  readonly mask: Mask
}

/** What is left of a resource for those who may have the labels in `mask` and not those of a richer cut. */
export interface Cut {
  readonly mask: Mask
  /** Masks of the richer cuts, seven at most (the SQL function `covers` relies on it). */
  readonly richer: readonly Mask[]
  readonly resource: Resource
}

/**
 * Cuts a resource by the labels of its elements: for each set of label groups that a caller may lack, what is left,
 * richest last. A cut without an element has no narrative either, since the narrative may tell of it.
 */
export const cutsOf = (resource: Resource, whole: Mask, elements: readonly LabelledElement[]): Cut[] => {
  const own = whole === 0n ? bit('ordinary') : whole
  const extra = elements.map(({ path, mask }) => ({ path, mask: mask & ~own & ~bit('ordinary') }))
  const masks = unions(groups(extra.map(({ mask }) => mask).filter((mask) => mask !== 0n))).map(
    (mask) => mask | own,
  )
  return masks.map((mask) => ({
    mask,
    richer: masks.filter((other) => other !== mask && (mask & ~other) === 0n),
    resource: reduced(
      resource,
      extra.filter((element) => (element.mask & ~mask) !== 0n).map(({ path }) => path),
    ),
  }))
}

/** Labels that a caller mostly has together or not at all: they may share a group where there are many. */
const families: readonly Mask[] = [
  bits('42CFRPart2', 'SUD', 'ETH', 'ETHUD', 'OPIOIDUD', 'counseling-notes'),
  bits('BH', 'MH', 'PSY', 'ADOL'),
]

/**
 * The groups of labels that are cut apart: each mask that occurs, or, of more than two, one for each family and one
 * for the rest, so that there are at most eight cuts. Who lacks one label of a group goes without all of it.
 */
const groups = (masks: readonly Mask[]): Mask[] => {
  const distinct = [...new Set(masks)]
  if (distinct.length <= 2) return distinct.toSorted((one, other) => (one < other ? -1 : 1))
  const whole = distinct.reduce((sum, mask) => sum | mask, 0n)
  const rest = families.reduce((left, family) => left & ~family, whole)
  return [...families.map((family) => family & whole), rest].filter((mask) => mask !== 0n)
}

const unions = (masks: readonly Mask[]): Mask[] => {
  const all = masks.reduce<Mask[]>((made, mask) => [...made, ...made.map((other) => other | mask)], [0n])
  return [...new Set(all)].toSorted((one, other) => (one < other ? -1 : 1))
}

const reduced = (resource: Resource, paths: readonly Path[]): Resource =>
  paths.length === 0 ? resource : without(resource, [...paths, ['text']])
