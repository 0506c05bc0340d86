/**
 * Representatives and minors (CONSENT.md section 4.4, LAW.md on minors, 42 CFR 2.14, 45 CFR 164.502(g)).
 * Choices: only rows with a state and the class representative let one in; parents stand for a child until 18, guardians and
 * health care agents while their period lasts; only for records of the custodian that accepted the RelatedPerson; what a
 * minor may consent to alone is closed with all that may tell of it; a Consent of it counts only with the signatures that
 * the row asks for; stored Consents are closed to representatives, since they tell of what they are about.
 */
import type { FhirResource } from 'fhir/r4'
import { intervalOf, isCurrent, momentOf } from './dates.ts'
import { extensionOf, nodeOf, nodesOf, targetOf } from './json.ts'
import { structure, system } from './labels.ts'
import { codingsIn, idOf, organizationOf, personOf, policyOf, recordOf } from './world.ts'
import type { TwinAsker, TwinMinorRow, TwinRecord, TwinWorld } from './world.ts'

export const isRepresentative = (asker: TwinAsker): boolean =>
  asker.user?.startsWith('RelatedPerson/') === true

/** Whether somebody is younger than that at the moment; undefined where no birth date says. */
const isYounger = (
  world: TwinWorld,
  custodian: string,
  person: string,
  age: number,
  moment: number,
): boolean | undefined => {
  for (const { resource, custodian: holder } of world.records) {
    if (resource.resourceType !== 'Patient' || idOf(holder) !== idOf(custodian)) continue
    if (personOf(world, resource.id ?? '') !== person) continue
    const birth = intervalOf(resource.birthDate)
    if (birth === undefined) return undefined
    const born = new Date(birth.from)
    return moment < Date.UTC(born.getUTCFullYear() + age, born.getUTCMonth(), born.getUTCDate())
  }
  return undefined
}

const parents = ['PRN', 'MTH', 'FTH', 'NMTH', 'NFTH', 'ADOPTM', 'ADOPTF']
const appointed = ['GUARD', 'HPOWATT']

/** The RelatedPerson who asks stands for the person, at this custodian, at this moment. */
export const represents = (
  world: TwinWorld,
  asker: TwinAsker,
  record: TwinRecord,
  person: string,
): boolean => {
  const reference = asker.user ?? ''
  const related = policyOf(world, reference)
  if (related?.resourceType !== 'RelatedPerson' || related.active === false) return false
  if (idOf(recordOf(world, reference)?.custodian ?? '') !== idOf(record.custodian)) return false
  const patient = targetOf(related.patient)
  if (patient === undefined || personOf(world, patient) !== person) return false
  const moment = momentOf(asker.moment)
  if (!isCurrent(related.period, moment)) return false
  const codes = codingsIn(related.relationship).map(({ code }) => code ?? '')
  if (codes.some((code) => appointed.includes(code))) return true
  return (
    codes.some((code) => parents.includes(code)) &&
    isYounger(world, record.custodian, person, 18, moment) === true
  )
}

const tellsOf = (row: TwinMinorRow): readonly string[] => {
  const substances = ['42CFRPart2', 'SUD', 'ETH', 'ETHUD', 'OPIOIDUD', 'counseling-notes', 'BH']
  const minds = ['MH', 'PSY', 'PSYTHPN', 'BH']
  const families = [substances, minds].filter((family) => family.includes(row.label))
  return [row.label, ...families.flat()]
}

/** The rows by which the patient is a minor who may consent to what the label tells of. */
export const minorRowsOn = (
  world: TwinWorld,
  custodian: string,
  person: string,
  label: string | null,
  moment: number,
): readonly TwinMinorRow[] => {
  const state = organizationOf(world, custodian)?.state
  return (world.minors ?? []).filter((row) => {
    if (label === null || row.state !== state || !tellsOf(row).includes(label)) return false
    if (row.since !== null && moment < momentOf(row.since)) return false
    if (row.until !== null && moment >= momentOf(row.until)) return false
    return (
      isYounger(world, custodian, person, row.minimumAge, moment) !== true &&
      isYounger(world, custodian, person, 18, moment) !== false
    )
  })
}

/** 42 CFR 2.14(b), (c): whether a Consent carries the signature that the rows ask for. */
export const isSignedFor = (consent: FhirResource, rows: readonly TwinMinorRow[]): boolean => {
  const value = extensionOf(nodeOf(consent), structure('consent-signature'))?.valueSignature
  const capacities = nodesOf(value).flatMap(({ type }) =>
    codingsIn(type).flatMap(({ system: from, code }) => (from === system.capacity ? [code] : [])),
  )
  return rows.every(
    ({ signs }) =>
      capacities.includes('patient') &&
      (signs === 'minor' || capacities.includes('parent') || capacities.includes('guardian')),
  )
}
