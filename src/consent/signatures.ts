import type { Consent, Signature } from 'fhir/r4'
import { startOf } from '../fhir/dates.ts'
import { canonical, structure } from '../fhir/names.ts'

const signerCapacity = `${canonical}/CodeSystem/signer-capacity`
const capacities = ['parent', 'guardian', 'representative']

const filled = (text: string | undefined): boolean => text !== undefined && text.trim() !== ''

/** All that sign a Consent; one without who and when is no signature. */
const signaturesOf = ({ extension = [] }: Consent): Signature[] =>
  extension
    .flatMap(({ url, valueSignature }) =>
      url === structure('consent-signature') && valueSignature !== undefined ? [valueSignature] : [],
    )
    .filter(({ when, who }) => filled(when) && isSomebody(who))

const isSomebody = (who: Signature['who'] | undefined): boolean =>
  filled(who?.reference) || filled(who?.display) || who?.identifier !== undefined

/**
 * The capacities that one signature states. That of the patient is the patient's own: where it names somebody else, it
 * is nobody's.
 */
const capacitiesOf = ({ type, who }: Signature, { patient }: Consent): string[] =>
  type.flatMap(({ system: from, code = '' }) => {
    if (from !== signerCapacity) return []
    if (code === 'patient')
      return !filled(who.reference) || who.reference === patient?.reference ? [code] : []
    return capacities.includes(code) ? [code] : []
  })

/** The capacities in which a Consent was signed, by however many (CodeSystem signer-capacity). */
export const signersOf = (consent: Consent): string[] =>
  signaturesOf(consent).flatMap((signature) => capacitiesOf(signature, consent))

/** Whether somebody signed, in a known capacity (42 CFR 2.31(a)(8)); whoever is not the patient says on whose behalf. */
export const hasCapacity = (consent: Consent): boolean =>
  signaturesOf(consent).some((signature) =>
    capacitiesOf(signature, consent).some((code) => code === 'patient' || signature.onBehalfOf !== undefined),
  )

/**
 * From when on a Consent permits anything: its date, and that of each signature, whichever is last. NaN where one of them
 * cannot be read; undefined where there is none.
 */
export const signedFrom = (consent: Consent): number | undefined => {
  const dates = [
    consent.dateTime,
    ...(consent.extension ?? []).map(({ url, valueSignature }) =>
      url === structure('consent-signature') ? valueSignature?.when : undefined,
    ),
  ].filter((date) => date !== undefined)
  return dates.length === 0 ? undefined : Math.max(...dates.map(startOf))
}
