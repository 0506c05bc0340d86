import { type Asked, isRepresentative } from '../../../src/consent/asked.ts'
import { icd } from '../drawn/town.ts'
import { levelsOf } from '../../../src/smart/scopes.ts'

/**
 * Scopes with which somebody may ask: all, or some that searches narrow. Whoever represents a patient reads alone. None is
 * narrowed by labels: those that a record has for what it cites stay on it where the citation is pruned.
 */
export const scopesFor = (asked: Asked): readonly (string | undefined)[] => {
  const [level = 'system'] = levelsOf({ asked })
  const scopes = (text: string): string =>
    text
      .split(' ')
      .map((one) => `${level}/${one}`)
      .join(' ')
  const letters = isRepresentative(asked) ? 'rs' : 'cruds'
  return [
    undefined,
    undefined,
    undefined,
    scopes(`Condition.${letters}?code=${icd}|F33.1,${icd}|J45 Patient.rs Observation.rs`),
    scopes(
      `Observation.${letters}?code=${icd}|F11.20 Condition.rs Encounter.rs Patient.rs Task.rs DocumentReference.rs`,
    ),
    scopes(
      `*.r?_tag=urn:none|none Patient.rs Observation.s?status=final Observation.r?code=${icd}|F33.1,${icd}|B20`,
    ),
    scopes(`Patient.s Condition.s?code=${icd}|B20 Condition.r Observation.rs?status=final&code=${icd}|J45`),
  ]
}
