import { bundles } from './bundles.ts'
import { clinical } from './clinical.ts'
import { datatypes } from './datatypes.ts'
import { definitions } from './definitions.ts'
import type { Invariant } from './invariant.ts'
import { questionnaires } from './questionnaires.ts'

/** The constraints of R4 that are written by hand: those that most records meet, in words that say how to mend them. */
export const written: readonly Invariant[] = [
  ...datatypes,
  ...clinical,
  ...bundles,
  ...questionnaires,
  ...definitions,
]
