import type { Consent } from 'fhir/r4'
import shipped from '../../mappings/consent-elements.json' with { type: 'json' }
import { system } from '../fhir/names.ts'
import { bit, type Label, labels, type Mask } from './labels.ts'
import { extensionOf, provisionsOf } from './provisions.ts'
import { hasCapacity, signedFrom } from './signatures.ts'

/** Which elements a consent must have for which records: data, for counsel to correct (`mappings/consent-elements.json`). */
export interface ElementTable {
  readonly tpo: {
    readonly purposes: readonly string[]
    /** Whether the statements are due where all of these purposes are there, or where any is. */
    readonly statements: string
    /** Whether 'none' is an expiry where all of these purposes are there and no other, or where there is no other. */
    readonly openEnd: string
  }
  readonly elements: readonly {
    readonly element: string
    readonly label: string
    readonly citation: string
  }[]
}

/** An element that a Consent lacks, and the records that no permit of it opens for that reason. */
export interface Lack {
  readonly label: Label
  readonly citation: string
}

/**
 * What a Consent lacks, as citations. Without patient, discloser, recipient, purpose or a signature in a known capacity, with another scope
 * than privacy, or with a date that cannot be read, none of its permits counts; without another element none counts for
 * the records whose law asks for it (42 CFR 2.31(c), 45 CFR 164.508(b)(2), 34 CFR 99.30).
 */
export const faultsOf = (
  consent: Consent,
  patientHasName: boolean,
  table: ElementTable = shipped,
): { void: string[]; deficient: Lack[] } => {
  const missing = (checks: readonly (readonly [boolean, string])[]) =>
    checks.flatMap(([present, citation]) => (present ? [] : [citation]))
  return {
    void: missing([
      [isPrivacy(consent), 'FHIR R4 Consent.scope'],
      [isPatientNamed(consent, patientHasName), '42 CFR 2.31(a)(1)'],
      [hasDiscloser(consent), '42 CFR 2.31(a)(2)'],
      [hasRecipient(consent), '42 CFR 2.31(a)(4)'],
      [purposesOf(consent).length > 0, '42 CFR 2.31(a)(5)'],
      [hasCapacity(consent), '42 CFR 2.31(a)(8)'],
      [!Number.isNaN(signedFrom(consent)), '42 CFR 2.31(a)(9)'],
    ]),
    deficient: table.elements
      .filter(({ element }) => checks[element]?.(consent, table) !== true)
      .map(({ label, citation }) => ({ label: labelOf(label), citation })),
  }
}

/** A label of the table; one that is not known here would close nothing, so it is a fault of the file. */
const labelOf = (name: string): Label => {
  const found = labels.find((label) => label === name)
  if (found === undefined) throw new Error(`consent-elements.json: ${name} is no label`)
  return found
}

/** The labels that no permit opens of a Consent with these lacks. */
export const closedBy = (lacks: readonly Lack[]): Mask =>
  lacks.reduce((mask, { label }) => mask | bit(label), 0n)

/** Whether a Consent has an element. */
const checks: Readonly<Record<string, (consent: Consent, table: ElementTable) => boolean>> = {
  description: (consent) => hasInformation(consent),
  revocation: (consent) => saysText(consent, 'revocation-statement'),
  expiry: (consent, { tpo }) => hasExpiry(consent, tpo),
  end: (consent) => hasEnd(consent),
  date: ({ dateTime }) => filled(dateTime),
  'tpo-statements': (consent, { tpo }) => !isTpo(consent, tpo) || saysText(consent, 'tpo-statements'),
  'proceedings-apart': (consent) => isApartFromProceedings(consent),
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

/** Whether it is for treatment, payment and operations: for all of them, or for any, as the table says. */
const isTpo = (consent: Consent, { purposes, statements }: ElementTable['tpo']): boolean => {
  const own = purposesOf(consent)
  const has = (purpose: string): boolean => own.includes(purpose)
  return statements === 'any' ? purposes.some(has) : purposes.every(has)
}

const openEnds = /^(none|(the )?end of (the )?treatment)\.?$/

/** 'none' and 'end of treatment' are expiries of a TPO consent only (42 CFR 2.31(a)(7)). */
const hasExpiry = (consent: Consent, { purposes, openEnd }: ElementTable['tpo']): boolean => {
  const event = expiryEvent(consent)
  if (filled(consent.provision?.period?.end)) return true
  if (event === '') return false
  const own = purposesOf(consent)
  const isOnly = own.every((purpose) => purposes.includes(purpose))
  const isAll = purposes.every((purpose) => own.includes(purpose))
  return !openEnds.test(event) || (openEnd === 'any' ? isOnly : isAll)
}

/** An end of whatever purpose: 'none' is one for research alone (45 CFR 164.508(c)(1)(v)). */
const hasEnd = (consent: Consent): boolean =>
  filled(consent.provision?.period?.end) || !['', 'none', 'none.'].includes(expiryEvent(consent))

const expiryEvent = (consent: Consent): string =>
  extensionOf(consent.extension, 'expiry-event')?.valueString?.trim().toLowerCase() ?? ''

/** A consent for proceedings stands alone (42 CFR 2.31(d)). */
const isApartFromProceedings = (consent: Consent): boolean => {
  const own = purposesOf(consent)
  return !own.includes('HLEGAL') || own.every((purpose) => purpose === 'HLEGAL')
}

/** Whether the code of a category names Part 2. */
export const isPart2 = (consent: Consent): boolean =>
  consent.category.some(({ coding }) =>
    coding?.some(({ system: from, code }) => from === system.actCode && code === '42CFRPart2'),
  )
