/**
 * What a consent must carry: 42 CFR 2.31(a), CONSENT.md section 7.
 * Choices: recipient, purpose and criteria must stand on the permit itself or above it; signatures: `signatures.ts`;
 * an end of 'none' or 'end of the treatment' needs exactly the three purposes TREAT, HPAYMT, HOPERAT; a
 * scope other than patient-privacy permits nothing.
 */
import type { Consent, ConsentProvision } from 'fhir/r4'
import { extensionOf, listOf, nodeOf, nodesOf, targetOf, textOf } from './json.ts'
import type { Node } from './json.ts'
import { part2, psychotherapy, school, structure, system } from './labels.ts'
import { capacitiesOf, isSigned } from './signatures.ts'
import type { TwinWorld } from './world.ts'
import { codingsIn, recordOf } from './world.ts'

type Chain = readonly ConsentProvision[]

const asNode = (provision: ConsentProvision): Node => provision as unknown as Node

/** What is written in the wrong shape is read as far as it goes, one element as a list of one. */
export const childrenOf = (provision: ConsentProvision): readonly ConsentProvision[] =>
  nodesOf(provision.provision)

export const provisionsIn = (provision: ConsentProvision | undefined): readonly ConsentProvision[] =>
  provision === undefined ? [] : [provision, ...childrenOf(provision).flatMap(provisionsIn)]

export const roleOf = (actor: Node): 'recipient' | 'discloser' | 'unknown' => {
  for (const { system: from, code } of codingsIn(actor.role)) {
    if (from !== system.participation) continue
    if (code === 'IRCP' || code === 'PRCP') return 'recipient'
    if (code === 'CST') return 'discloser'
  }
  return 'unknown'
}

const text = (consent: Consent, name: string): string | undefined =>
  textOf(extensionOf(nodeOf(consent), structure(name))?.valueString)

const hasPatient = (world: TwinWorld, consent: Consent): boolean => {
  const target = targetOf(consent.patient)
  if (target?.startsWith('Patient/') !== true) return false
  if (textOf(consent.patient?.display) !== undefined) return true
  const patient = recordOf(world, target)?.resource
  return patient?.resourceType === 'Patient' && nodesOf(patient.name).length > 0
}

const hasDiscloser = (consent: Consent): boolean =>
  listOf(consent.organization).some((each) => targetOf(each) !== undefined) ||
  provisionsIn(consent.provision).some((provision) =>
    nodesOf(provision.actor).some(
      (actor) => roleOf(actor) === 'discloser' && targetOf(actor.reference) !== undefined,
    ),
  )

const recipientClass = structure('recipient-class')

const hasRecipient = (consent: Consent, chain: Chain): boolean =>
  extensionOf(nodeOf(consent), recipientClass) !== undefined ||
  chain.some(
    (provision) =>
      extensionOf(asNode(provision), recipientClass) !== undefined ||
      nodesOf(provision.actor).some(
        (actor) =>
          roleOf(actor) === 'recipient' &&
          (targetOf(actor.reference) !== undefined || extensionOf(actor, recipientClass) !== undefined),
      ),
  )

const purposesIn = (chain: Chain): ReadonlySet<string> =>
  new Set(chain.flatMap((provision) => codingsIn(provision.purpose).map((purpose) => purpose.code ?? '')))

const treatmentPaymentOperations = ['TREAT', 'HPAYMT', 'HOPERAT']

const event = (consent: Consent): string => text(consent, 'expiry-event')?.trim().toLowerCase() ?? ''

const hasExpiry = (consent: Consent): boolean => {
  if (consent.provision?.period?.end !== undefined) return true
  const ends = event(consent)
  if (ends === '') return false
  if (!['none', 'end of treatment', 'end of the treatment'].includes(ends)) return true
  const purposes = purposesIn(provisionsIn(consent.provision))
  return purposes.size === 3 && treatmentPaymentOperations.every((purpose) => purposes.has(purpose))
}

const describes = (provision: ConsentProvision): boolean =>
  nodesOf(provision.securityLabel).length > 0 ||
  nodesOf(provision.class).length > 0 ||
  nodesOf(provision.code).length > 0 ||
  nodesOf(provision.data).length > 0 ||
  nodesOf(provision.dataPeriod).length > 0

/** What is missing for any permit at all (section 3, last rule). */
export const missingForPermit = (world: TwinWorld, consent: Consent, chain: Chain): readonly string[] => {
  const missing: string[] = []
  if (!codingsIn(consent.scope).some((coding) => coding.code === 'patient-privacy')) missing.push('scope')
  if (!hasPatient(world, consent)) missing.push('patient')
  if (!hasDiscloser(consent)) missing.push('discloser')
  if (!hasRecipient(consent, chain)) missing.push('recipient')
  if (purposesIn(chain).size === 0) missing.push('purpose')
  if (!isSigned(consent)) missing.push('signature')
  return missing
}

const hasDescription = (consent: Consent, chain: Chain): boolean =>
  text(consent, 'consent-description') !== undefined && chain.some(describes)

/** What is missing beyond that for 42CFRPart2. */
export const missingForPart2 = (consent: Consent, chain: Chain): readonly string[] => {
  const missing: string[] = []
  if (!hasDescription(consent, chain)) missing.push('description')
  if (text(consent, 'revocation-statement') === undefined) missing.push('revocation')
  if (!hasExpiry(consent)) missing.push('expiry')
  if (consent.dateTime === undefined) missing.push('date')
  const purposes = purposesIn(provisionsIn(consent.provision))
  const general = treatmentPaymentOperations.every((purpose) => purposes.has(purpose))
  if (general && text(consent, 'tpo-statements') === undefined) missing.push('tpo-statements')
  // 2.31(d): a consent for proceedings stands alone
  if (purposes.has('HLEGAL') && purposes.size > 1) missing.push('a consent of its own for proceedings')
  return missing
}

/** 45 CFR 164.508(c): what is missing for psychotherapy notes. */
const missingForPsychotherapy = (consent: Consent, chain: Chain): readonly string[] => {
  const missing: string[] = []
  if (!hasDescription(consent, chain)) missing.push('description')
  const ends = event(consent)
  if (consent.provision?.period?.end === undefined && (ends === '' || ends === 'none')) missing.push('expiry')
  if (text(consent, 'revocation-statement') === undefined) missing.push('revocation')
  if (capacitiesOf(consent).size === 0) missing.push('capacity')
  if (consent.dateTime === undefined) missing.push('date')
  return missing
}

/** 34 CFR 99.30(a), (b): what is missing for education records. */
const missingForSchool = (consent: Consent, chain: Chain): readonly string[] => {
  const missing: string[] = []
  if (!hasDescription(consent, chain)) missing.push('description')
  if (consent.dateTime === undefined) missing.push('date')
  return missing
}

/** What a Consent lacks for one label beyond what every permit needs. */
export const missingForLabel = (consent: Consent, chain: Chain, label: string): readonly string[] => {
  switch (label) {
    case part2:
      return missingForPart2(consent, chain)
    case psychotherapy:
      return missingForPsychotherapy(consent, chain)
    case school:
      return missingForSchool(consent, chain)
    default:
      return []
  }
}
