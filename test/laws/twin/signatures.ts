/**
 * Who signed a Consent, in which capacity, and since when (42 CFR 2.31(a)(8) and (9), CONSENT.md section 7).
 * Choices: a Consent may carry several signatures, and has every capacity that one of them has; a signature needs
 * who, when and a known capacity to count; one in the patient's own capacity by somebody else is nobody's; one in
 * any other capacity says on whose behalf, or the Consent lacks 2.31(a)(8).
 */
import type { Consent } from 'fhir/r4'
import { intervalOf } from './dates.ts'
import { listOf, nodeOf, nodesOf, textOf } from './json.ts'
import type { Node } from './json.ts'
import { structure, system } from './labels.ts'
import { codingsIn } from './world.ts'

const known: readonly string[] = ['patient', 'parent', 'guardian', 'representative']

const signaturesOf = (consent: Consent): readonly Node[] =>
  nodesOf(nodeOf(consent).extension)
    .filter((extension) => extension.url === structure('consent-signature'))
    .flatMap((extension) => nodesOf(extension.valueSignature))

/** Who signs as the patient is the patient, as far as references say who either is. */
const isPatient = (consent: Consent, signature: Node): boolean => {
  const patient = consent.patient?.reference
  return nodesOf(signature.who).every(
    ({ reference }) => reference === undefined || patient === undefined || reference === patient,
  )
}

/** The capacities of one signature that count. */
const capacitiesIn = (consent: Consent, signature: Node): readonly string[] => {
  if (nodesOf(signature.who).length === 0 || textOf(signature.when) === undefined) return []
  return codingsIn(signature.type).flatMap(({ system: from, code = '' }) => {
    if (from !== system.capacity || !known.includes(code)) return []
    return code === 'patient' && !isPatient(consent, signature) ? [] : [code]
  })
}

/** Every known capacity in which a Consent was signed. */
export const capacitiesOf = (consent: Consent): ReadonlySet<string> =>
  new Set(signaturesOf(consent).flatMap((signature) => capacitiesIn(consent, signature)))

/** 42 CFR 2.31(a)(8): some signature has its purpose, a capacity, and on whose behalf. */
export const isSigned = (consent: Consent): boolean =>
  signaturesOf(consent).some((signature) => {
    const capacities = capacitiesIn(consent, signature)
    if (capacities.length === 0) return false
    if (!codingsIn(signature.type).some((type) => type.system !== system.capacity)) return false
    return capacities.every((code) => code === 'patient') || nodesOf(signature.onBehalfOf).length > 0
  })

/** Nothing is permitted before it was signed: every date of it can be read, and has begun. */
export const wasSigned = (consent: Consent, moment: number): boolean =>
  [...listOf(consent.dateTime), ...signaturesOf(consent).flatMap(({ when }) => listOf(when))].every(
    (date) => {
      const interval = intervalOf(date)
      return interval !== undefined && moment >= interval.from
    },
  )
