/** What is asked of a consent: may this asker have this label on this record, and how certain is an answer. */
import type { Level } from './labels.ts'
import type { TwinAsker, TwinRecord, TwinWorld } from './world.ts'

export interface Question {
  world: TwinWorld
  asker: TwinAsker
  moment: number
  record: TwinRecord
  /** The human being whose record it is, as `personOf` names them. */
  person: string
  /** null: an ordinary record without labels. */
  label: string | null
  level: Level
}

export type Mode = 'permit' | 'deny'

/** Section 3: what cannot be evaluated is `unknown`: it voids a permit and counts as matched in a deny. */
export type Answer = 'yes' | 'no' | 'unknown'

export const answerOf = (matches: boolean): Answer => (matches ? 'yes' : 'no')

/** Values within a criterion are or-ed. Choice: in a permit one value that cannot be evaluated voids it all. */
export const anyOf = (answers: readonly Answer[], mode: Mode): Answer => {
  if (answers.length === 0) return 'unknown'
  if (mode === 'permit' && answers.includes('unknown')) return 'unknown'
  if (answers.includes('yes')) return 'yes'
  return answers.includes('unknown') ? 'unknown' : 'no'
}

/** Criteria within a provision are and-ed. */
export const allOf = (answers: readonly Answer[]): Answer => {
  if (answers.includes('no')) return 'no'
  return answers.includes('unknown') ? 'unknown' : 'yes'
}
