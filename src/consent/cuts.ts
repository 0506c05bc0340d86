import type { Resource } from 'fhir/r4'
import { isOtherChoice } from '../fhir/reduces.ts'
import { type Path, without } from '../fhir/references.ts'
import { bit, bits, type Mask, notes } from './labels.ts'

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

/** What somebody wrote over elements that are masked in the cut they saw, and the labels of it. */
export interface Instead {
  readonly resource: Resource
  readonly elements: readonly LabelledElement[]
  /** Whether a narrative that was written so tells of nothing that this cut lacks. */
  mayTell(cut: Resource, mask: Mask): boolean
}

/**
 * Cuts a resource by the labels of its elements: for each set of label groups that a caller may lack, what is left,
 * richest last. A cut without an element has no narrative either, since the narrative may tell of it. What was written
 * over a masked element stands in the cuts that lack it (CONSENT rules, section 8).
 */
export const cutsOf = (
  resource: Resource,
  whole: Mask,
  elements: readonly LabelledElement[],
  instead?: Instead,
): Cut[] => {
  const own = whole === 0n ? bit('ordinary') : whole
  const beyond = (all: readonly LabelledElement[]) =>
    all.map(({ path, mask }) => ({ path, mask: mask & ~own & ~bit('ordinary') }))
  const [extra, other] = [beyond(elements), beyond(instead?.elements ?? [])]
  const apart = [...extra, ...other].map(({ mask }) => mask).filter((mask) => mask !== 0n)
  const masks = unions(groups(apart)).map((mask) => mask | own)
  const left = (of: Resource, all: readonly LabelledElement[], mask: Mask): Resource =>
    reduced(
      of,
      all.filter((element) => (element.mask & ~mask) !== 0n).map(({ path }) => path),
    )
  return masks.map((mask) => {
    const cut = left(resource, extra, mask)
    return {
      mask,
      richer: masks.filter((rich) => rich !== mask && (mask & ~rich) === 0n),
      resource:
        instead === undefined ? cut : withInstead(cut, left(instead.resource, other, mask), mask, instead),
    }
  })
}

/** A cut with what was written where it lacks something. */
const withInstead = (cut: Resource, written: Resource, mask: Mask, { mayTell }: Instead): Resource => {
  const names = Object.keys(cut)
  const missing = Object.entries(written).filter(
    ([name]) =>
      !names.includes(name) &&
      !names.some((own) => isOtherChoice(own, name)) &&
      (name !== 'text' || mayTell(cut, mask)),
  )
  return { ...cut, ...Object.fromEntries(missing) }
}

/** Labels that a caller mostly has together or not at all: they may share a group where there are many. */
const families: readonly Mask[] = [
  notes,
  bits('42CFRPart2', 'SUD', 'ETH', 'ETHUD', 'OPIOIDUD'),
  bits('BH', 'MH', 'PSY', 'ADOL'),
]

/**
 * The groups of labels that are cut apart: each mask that occurs, or, of more than two, one for each family and one
 * for the rest, so that there are at most eight cuts. Who lacks one label of a group goes without all of it: inside the
 * custodian that is notes alone, so nothing else shares a group with them.
 */
const groups = (masks: readonly Mask[]): Mask[] => {
  const distinct = [...new Set(masks)]
  if (distinct.length <= 2) return distinct.toSorted((one, other) => (one < other ? -1 : 1))
  const whole = distinct.reduce((sum, mask) => sum | mask, 0n)
  const rest = families.reduce((left, family) => left & ~family, whole)
  const apart = [...families.map((family) => family & whole), rest].filter((mask) => mask !== 0n)
  return apart.length <= mostGroups
    ? apart
    : [...apart.slice(0, mostGroups - 1), apart.slice(mostGroups - 1).reduce((sum, mask) => sum | mask)]
}

const mostGroups = 3

const unions = (masks: readonly Mask[]): Mask[] => {
  const all = masks.reduce<Mask[]>((made, mask) => [...made, ...made.map((other) => other | mask)], [0n])
  return [...new Set(all)].toSorted((one, other) => (one < other ? -1 : 1))
}

const reduced = (resource: Resource, paths: readonly Path[]): Resource =>
  paths.length === 0 ? resource : without(resource, [...paths, ['text']])
