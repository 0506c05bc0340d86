import type { Consent, Signature } from 'fhir/r4'
import { canonical, structure, system } from '../fhir/names.ts'
import { extensionOf, provisionsOf } from './provisions.ts'

/**
 * What a Consent lacks, as citations. Without patient, discloser, recipient, purpose or signature, or with another scope
 * than privacy, none of its permits counts; without another element of 42 CFR 2.31(a) none counts for Part 2 records
 * (2.31(c)).
 */
export const faultsOf = (
  consent: Consent,
  patientHasName: boolean,
): { void: string[]; deficient: string[] } => {
  const missing = (checks: readonly (readonly [boolean, string])[]) =>
    checks.flatMap(([present, citation]) => (present ? [] : [citation]))
  return {
    void: missing([
      [isPrivacy(consent), 'FHIR R4 Consent.scope'],
      [isPatientNamed(consent, patientHasName), '42 CFR 2.31(a)(1)'],
      [hasDiscloser(consent), '42 CFR 2.31(a)(2)'],
      [hasRecipient(consent), '42 CFR 2.31(a)(4)'],
      [purposesOf(consent).length > 0, '42 CFR 2.31(a)(5)'],
      [hasSignature(consent), '42 CFR 2.31(a)(8)'],
    ]),
    deficient: missing([
      [hasInformation(consent), '42 CFR 2.31(a)(3)'],
      [saysText(consent, 'revocation-statement'), '42 CFR 2.31(a)(6)'],
      [hasExpiry(consent), '42 CFR 2.31(a)(7)'],
      [hasCapacity(consent), '42 CFR 2.31(a)(8)'],
      [filled(consent.dateTime), '42 CFR 2.31(a)(9)'],
      [!isTpo(consent) || saysText(consent, 'tpo-statements'), '42 CFR 2.31(a)(4)(iii), (a)(10)'],
    ]),
  }
}

/** A modifier element: a consent to treatment or research is none to disclose. */
const isPrivacy = ({ scope }: Consent): boolean =>
  scope?.coding?.some(({ system: from, code }) => from === scopes && code === 'patient-privacy') === true

const scopes = 'http://terminology.hl7.org/CodeSystem/consentscope'

const isPatientNamed = ({ patient }: Consent, patientHasName: boolean): boolean =>
  patient?.reference !== undefined && (filled(patient.display) || patientHasName)

const filled = (text: string | undefined): boolean => text !== undefined && text.trim() !== ''

const saysText = (consent: Consent, name: string): boolean =>
  filled(extensionOf(consent.extension, name)?.valueString)

const actors = (consent: Consent, ...roles: string[]) =>
  provisionsOf(consent.provision)
    .flatMap(({ actor }) => actor ?? [])
    .filter(
      ({ role }) => role?.coding?.some(({ code }) => code !== undefined && roles.includes(code)) === true,
    )

const hasDiscloser = (consent: Consent): boolean =>
  actors(consent, 'CST').some(({ reference }) => filled(reference?.reference)) ||
  (consent.organization ?? []).some(({ reference }) => filled(reference))

const hasRecipient = (consent: Consent): boolean =>
  actors(consent, 'IRCP', 'PRCP').some(({ reference }) => filled(reference?.reference)) ||
  [consent, ...provisionsOf(consent.provision), ...actors(consent, 'IRCP', 'PRCP')].some(
    ({ extension }) => extensionOf(extension, 'recipient-class') !== undefined,
  )

const purposesOf = (consent: Consent): string[] =>
  provisionsOf(consent.provision).flatMap(({ purpose }) => (purpose ?? []).flatMap(({ code }) => code ?? []))

const hasInformation = (consent: Consent): boolean =>
  saysText(consent, 'consent-description') &&
  provisionsOf(consent.provision).some(
    (p) =>
      [p.securityLabel, p.class, p.code, p.data].some((criterion) => (criterion ?? []).length > 0) ||
      p.dataPeriod !== undefined,
  )

const tpo = ['TREAT', 'HPAYMT', 'HOPERAT']

/** Whether it is for treatment, payment and operations, all of them. */
const isTpo = (consent: Consent): boolean => tpo.every((purpose) => purposesOf(consent).includes(purpose))

/** 'none' and 'end of treatment' are expiries of a TPO consent only (42 CFR 2.31(a)(7)). */
const hasExpiry = (consent: Consent): boolean => {
  if (filled(consent.provision?.period?.end)) return true
  const event = extensionOf(consent.extension, 'expiry-event')?.valueString?.trim().toLowerCase()
  if (event === undefined || event === '') return false
  return isTpo(consent) || !/^(none|(the )?end of (the )?treatment)\.?$/.test(event)
}

const signatureOf = (consent: Consent): Signature | undefined =>
  consent.extension?.find(({ url }) => url === structure('consent-signature'))?.valueSignature

const hasSignature = (consent: Consent): boolean => {
  const signature = signatureOf(consent)
  const who = signature?.who
  return (
    filled(signature?.when) &&
    (filled(who?.reference) || filled(who?.display) || who?.identifier !== undefined)
  )
}

/** The capacity of the signer; whoever is not the patient says on whose behalf. */
const hasCapacity = (consent: Consent): boolean => {
  const signature = signatureOf(consent)
  return (
    signature?.type.some(
      ({ system: from, code = '' }) =>
        from === signerCapacity &&
        (code === 'patient' || (capacities.includes(code) && signature.onBehalfOf !== undefined)),
    ) === true
  )
}

const signerCapacity = `${canonical}/CodeSystem/signer-capacity`
const capacities = ['parent', 'guardian', 'representative']

/** The capacities in which a Consent was signed, by however many; one without who and when is no signature. */
export const signersOf = ({ extension = [] }: Consent): string[] =>
  extension
    .flatMap(({ url, valueSignature }) =>
      url === structure('consent-signature') && valueSignature !== undefined ? [valueSignature] : [],
    )
    .filter(({ when, who }) => filled(when) && who !== undefined)
    .flatMap(({ type }) => type)
    .flatMap(({ system: from, code }) =>
      from === signerCapacity && code !== undefined && (code === 'patient' || capacities.includes(code))
        ? [code]
        : [],
    )

/** Whether the code of a category names Part 2. */
export const isPart2 = (consent: Consent): boolean =>
  consent.category.some(({ coding }) =>
    coding?.some(({ system: from, code }) => from === system.actCode && code === '42CFRPart2'),
  )
