import type { Resource } from 'fhir/r4'
import { bit, bitOf, type Mask, named, reserved } from '../../consent/labels.ts'

export type Checked<T> = { readonly shown: readonly T[]; readonly withheld: readonly T[] }

/**
 * Holds back what carries a sensitivity label that the consent does not cover. The consent decision came before; this
 * is the second lock on the same door. A label that is not known is one that nobody allowed.
 */
export const labelCheck = <T extends Resource>(
  resources: readonly T[],
  allowedLabels: readonly string[],
): Checked<T> => ({
  shown: resources.filter((resource) => isCovered(resource, allowedLabels)),
  withheld: resources.filter((resource) => !isCovered(resource, allowedLabels)),
})

/** Whether every sensitivity label of a resource is among the allowed ones. */
export const isCovered = (resource: Resource, allowedLabels: readonly string[]): boolean =>
  labelsOf(resource) & reserved
    ? false
    : named(labelsOf(resource)).every((label) => allowedLabels.includes(label))

/** Whether a resource is a record of a Part 2 program (42 CFR 2.11). */
export const isPart2 = (resource: Resource): boolean => (labelsOf(resource) & bit('42CFRPart2')) !== 0n

const labelsOf = (resource: Resource): Mask =>
  (resource.meta?.security ?? []).reduce((mask, coding) => mask | bitOf(coding), 0n)
