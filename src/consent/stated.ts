import { type Criterion, unreadLabels } from './criteria.ts'
import type { Directive, Provision } from './directive.ts'
import { type Label, type Mask, notes } from './labels.ts'

/** What a provision and its ancestors state: the labels that any of them names, and the nearest that named some. */
export interface Names {
  readonly any: Mask
  readonly nearest: Mask
  /** Whether a recipient and a purpose are stated, and what of the information (42 CFR 2.31(a)(3) to (5)). */
  readonly recipient: boolean
  readonly purpose: boolean
  readonly information: boolean
}

export const unnamed: Names = {
  any: 0n,
  nearest: 0n,
  recipient: false,
  purpose: false,
  information: false,
}

/** The names that hold for a provision beneath `above`. */
export const namesUnder = (above: Names, provision: Provision): Names => {
  const own = provision.criteria.reduce((mask, c) => (c.kind === 'label' ? mask | c.permit : mask), 0n)
  const states = (...kinds: readonly Criterion['kind'][]): boolean =>
    provision.criteria.some(({ kind }) => kinds.includes(kind))
  return {
    any: above.any | own,
    nearest: own === 0n ? above.nearest : own,
    recipient: above.recipient || states('recipient'),
    purpose: above.purpose || states('purpose'),
    information: above.information || states('label', 'class', 'code', 'dataPeriod', 'data'),
  }
}

/**
 * Whether a permit states for whom and for what it is, by itself or by what it stands under: without, it permits nothing,
 * and without any information Part 2 records least of all (42 CFR 2.31(a)(3) to (5)).
 */
export const statesEnough = ({ recipient, purpose, information }: Names, label?: Label): boolean =>
  recipient && purpose && (information || label !== '42CFRPart2')

/** A root deny that has permits beneath it means 'not granted here'. */
export const permitsBeneath = (provision: Provision): boolean =>
  provision.children.some((child) => child.effect === 'permit' || permitsBeneath(child))

/**
 * A permit that names psychotherapy or counseling notes, by itself or by what it stands under, counts only if its Consent permits nothing else
 * (42 CFR 2.31(b), 45 CFR 164.508(b)(3)(ii)).
 */
export const countsForNotes = (directive: Directive, { any, nearest }: Names): boolean =>
  (any & notes) === 0n ||
  ((nearest & ~notes) === 0n &&
    (nearest & (nearest - 1n)) === 0n &&
    permitted(directive.root, unnamed).every((named) => named === nearest))

/** What each permit of a consent names; 0n where that is no label, or more than the labels that are known here. */
const permitted = (provision: Provision, above: Names): Mask[] => {
  const names = namesUnder(above, provision)
  const below = provision.children.flatMap((child) => permitted(child, names))
  const isOfMore = provision.criteria.some(namesMore)
  return provision.effect === 'permit' ? [isOfMore ? 0n : names.nearest, ...below] : below
}

/** A level of confidentiality, or labels of which one is not known: whoever signed them permitted more than notes. */
const namesMore = (criterion: Criterion): boolean =>
  criterion.kind === 'label'
    ? criterion.ranks.length > 0
    : criterion.kind === 'unevaluable' && criterion.reason === unreadLabels
