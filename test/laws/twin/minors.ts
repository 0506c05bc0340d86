/**
 * Representatives and minors (CONSENT.md section 4.4, LAW.md on minors, 42 CFR 2.14, 45 CFR 164.502(g)).
 * Choices: only rows with a state and the class representative let one in; parents stand for a child until 18, guardians and
 * health care agents while their period lasts; only for records of the custodian that accepted the RelatedPerson; what a
 * minor may consent to alone is closed with all that may tell of it; a Consent of it counts only with the signatures that
 * the row asks for; stored Consents are closed to representatives, since they tell of what they are about.
 */
import type { Consent } from 'fhir/r4'
import { mayBeYounger, mayHaveReached } from './ages.ts'
import { isCurrent, momentOf } from './dates.ts'
import { targetOf } from './json.ts'
import { capacitiesOf } from './signatures.ts'
import { codingsIn, idOf, organizationOf, personOf, policyOf, recordOf } from './world.ts'
import type { TwinAsker, TwinMinorRow, TwinRecord, TwinWorld } from './world.ts'

export const isRepresentative = (asker: TwinAsker): boolean =>
  asker.user?.startsWith('RelatedPerson/') === true

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
    !mayHaveReached(world, record.custodian, person, 18, moment)
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
      mayHaveReached(world, custodian, person, row.minimumAge, moment) &&
      mayBeYounger(world, custodian, person, 18, moment)
    )
  })
}

/** 42 CFR 2.14(b), (c): whether a Consent carries the signature that the rows ask for. */
export const isSignedFor = (consent: Consent, rows: readonly TwinMinorRow[]): boolean => {
  const capacities = capacitiesOf(consent)
  return rows.every(
    ({ signs }) =>
      capacities.has('patient') &&
      (signs === 'minor' || capacities.has('parent') || capacities.has('guardian')),
  )
}

/** 42 CFR 2.14(b), (c): while the patient may be a minor, Part 2 records need the minor's own signature. */
export const lacksMinor = (
  world: TwinWorld,
  custodian: string,
  person: string,
  consent: Consent,
  moment: number,
): boolean => mayBeYounger(world, custodian, person, 18, moment) && !capacitiesOf(consent).has('patient')

/** 42 CFR 2.31(a)(8), 34 CFR 99.5(a), 45 CFR 164.502(g)(3): a parent alone signs for nobody who may be grown. */
export const isOutgrown = (
  world: TwinWorld,
  custodian: string,
  person: string,
  consent: Consent,
  moment: number,
): boolean => {
  const capacities = capacitiesOf(consent)
  return (
    capacities.has('parent') && capacities.size === 1 && mayHaveReached(world, custodian, person, 18, moment)
  )
}
