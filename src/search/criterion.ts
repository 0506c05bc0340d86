import type { Served } from './parameters.ts'

/** One condition of a search, parsed; several are and-ed (FHIR R4 search 3.1.1.3). */
export type Criterion = Valued | Chained | Having | Listed | Within

/** A parameter with values, which are or-ed. Escapes are still in them. */
export interface Valued {
  readonly kind: 'value'
  readonly parameter: Served
  readonly modifier: string | undefined
  readonly values: readonly string[]
}

/** A condition on what a reference points to, for each type that it may point to. */
export interface Chained {
  readonly kind: 'chain'
  readonly parameter: Served
  readonly targets: readonly { readonly type: string; readonly next: Criterion }[]
}

/** `_has`: a condition on resources that point here (FHIR R4 search 3.1.1.4.9). */
export interface Having {
  readonly kind: 'has'
  readonly type: string
  readonly parameter: Served
  readonly next: Criterion
}

/** `_list`: what a List has on it. */
export interface Listed {
  readonly kind: 'list'
  readonly ids: readonly string[]
}

/** In a compartment: one of these parameters points to its owner (FHIR R4 http 3.1.0.11.1, compartments). */
export interface Within {
  readonly kind: 'compartment'
  readonly owner: string
  readonly parameters: readonly Served[]
  /** Whether the owner itself is in it. */
  readonly itself: boolean
}
