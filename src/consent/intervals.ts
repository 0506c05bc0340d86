import { instantText } from '../fhir/dates.ts'
import type { Directive, Provision } from './directive.ts'
import type { Exception } from './exceptions.ts'

/** A stretch of time in milliseconds since 1970 UTC, its end excluded. */
export interface Interval {
  readonly start: number
  readonly end: number
}

/**
 * The stretches between the moments at which some provision, exception, membership or age begins or ends: within
 * one, no period changes its answer.
 */
export const intervals = (
  directives: readonly Directive[],
  exceptions: readonly Exception[] = [],
  lasting: readonly Interval[] = [],
  moments: readonly number[] = [],
): Interval[] => {
  const bounds = [
    ...new Set([
      ...directives.flatMap(({ root, since }) => [
        ...boundaries(root),
        ...(since === undefined ? [] : [since]),
      ]),
      ...[...exceptions, ...lasting].flatMap(({ start, end }) => [start, end]),
      ...moments,
    ]),
  ]
    .filter(Number.isFinite)
    .toSorted((one, other) => one - other)
  return [-Infinity, ...bounds].map((start, place) => ({ start, end: bounds[place] ?? Infinity }))
}

const boundaries = (provision: Provision): number[] => [
  ...provision.criteria.flatMap((criterion) =>
    criterion.kind === 'period'
      ? [criterion.start, criterion.end].filter((bound) => bound !== undefined)
      : [],
  ),
  ...provision.children.flatMap(boundaries),
]

/** A PostgreSQL tstzrange literal. */
export const rangeLiteral = ({ start, end }: Interval): string =>
  `[${Number.isFinite(start) ? instantText(start) : ''},${Number.isFinite(end) ? instantText(end) : ''})`
