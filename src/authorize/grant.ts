import type { Caller } from '../authenticate/caller.ts'
import type { Reach } from './reach.ts'

/** The letters of SMART scopes v2 (SMART App Launch 2.2, scopes for requesting FHIR resources). */
export type Access = 'c' | 'r' | 'u' | 'd' | 's'

declare const granted: unique symbol

/**
 * What a token allows of one request: proof that `authorize` looked at it. A query runs only with a Grant and a
 * Permit (`find`); the three of Scope, Grant and Decision intersect and are never folded into one another.
 */
export interface Grant {
  readonly [granted]: true
  readonly caller: Caller
  /** Whether a resource type may be touched this way by the token: chains, includes and sorts ask for each type. */
  allows(type: string, access: Access): boolean
  /** Which records the token reaches, where its scopes do not reach all of a type: a condition of every query. */
  readonly reach: Reach | undefined
}
