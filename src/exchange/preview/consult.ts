import type { Asked } from '../../consent/asked.ts'
import { permitRows } from '../../consent/compile.ts'
import { decide, type RecordFacts } from '../../consent/decide.ts'
import { defaultsFor } from '../../consent/defaults.ts'
import { bit, type Label, labels, reserved } from '../../consent/labels.ts'
import type { PersonState } from '../../store/facts.ts'

/** A decision about all records of a patient that one custodian holds, as a decision service gives it. */
export interface Consulted {
  readonly decision: 'CONSENT_PERMIT' | 'CONSENT_DENY' | 'NO_CONSENT'
  /** Labels that must be redacted from what goes out. */
  readonly redacted: readonly Label[]
  /** Whether some provision looks at the single record, so that each must be asked about (`$why`). */
  readonly isSpecific: boolean
  /** Consents that permit or deny something. */
  readonly basedOn: readonly string[]
}

/** The reference decision for one recipient and purpose at a moment, label by label. */
export const consult = (
  { directives, factsFor }: PersonState,
  asked: Asked,
  custodian: string,
  moment: Date,
): Consulted => {
  const facts = factsFor(custodian)
  const now = moment.getTime()
  const decided = labels
    .filter((label) => (bit(label) & reserved) === 0n)
    .map((label) => ({ label, ...decide(directives, asked, now, recordWith(label, custodian, now), facts) }))
  const reasons = decided.flatMap((one) => one.reasons)
  const isSpecific = permitRows(directives, asked, custodian, facts).some(
    ({ valid, rules }) => valid.start <= now && now < valid.end && rules.length > 0,
  )
  const { sensitive } = defaultsFor(asked, custodian, facts, now)
  const isPermitted = isSpecific || decided.some(({ effect }) => effect === 'permit')
  return {
    decision: isPermitted
      ? 'CONSENT_PERMIT'
      : reasons.some(({ effect }) => effect === 'deny')
        ? 'CONSENT_DENY'
        : 'NO_CONSENT',
    redacted: decided
      .filter(({ label, effect }) => effect === 'deny' && (bit(label) & (sensitive | bit('ordinary'))) !== 0n)
      .map(({ label }) => label),
    isSpecific,
    basedOn: [...new Set(reasons.flatMap(({ consent }) => consent ?? []))],
  }
}

/** A record of which nothing is known but one label. */
const recordWith = (label: Label, custodian: string, moment: number): RecordFacts => ({
  type: '',
  id: '',
  custodian,
  mask: bit(label),
  confidentiality: 3,
  codes: [],
  refs: [],
  author: undefined,
  low: moment,
  high: moment,
})
