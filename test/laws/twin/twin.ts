/**
 * The naive twin: CONSENT.md carried out with plain loops, to be held against the engine.
 * It reads the specification alone and imports nothing of the gateway but its data files.
 */
import { referenceTo } from './json.ts'
import type { LabelDecision } from './decide.ts'
import { isVisible, seeAll } from './rho.ts'
import type { Standing } from './standing.ts'
import type { TwinAsker, TwinWorld } from './world.ts'

export { rho } from './rho.ts'
export { matches, search } from './evaluate.ts'
export type { TwinAsker, TwinException, TwinOrganization, TwinRecord, TwinRow, TwinWorld } from './world.ts'

export interface Explanation {
  reference: string
  /** In which capacity the asker comes to it. */
  standing: Standing
  effect: 'permit' | 'redact' | 'deny'
  /** A Patient that is visible because a record of its custodian is. */
  released: boolean
  labels: readonly LabelDecision[]
  elements: readonly { path: string; visible: boolean; labels: readonly LabelDecision[] }[]
}

/** Why: the labels of one record with their bases, what was decided on each, and the reasons. */
export const explain = (world: TwinWorld, asker: TwinAsker, reference: string): Explanation | undefined => {
  const seen = seeAll(world, asker).find((each) => referenceTo(each.record.resource) === reference)
  if (seen === undefined) return undefined
  const { standing, labels, elements } = seen.decision
  const whole = elements.every((element) => element.visible)
  const effect = isVisible(seen) ? (whole ? 'permit' : 'redact') : 'deny'
  return { reference, standing, effect, released: seen.released, labels, elements }
}
