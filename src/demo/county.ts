import type { Resource } from 'fhir/r4'
import { apps } from './apps.ts'
import { directory } from './directory.ts'
import { clients, partners } from './partners.ts'
import { daniel } from './patients/daniel.ts'
import { grace } from './patients/grace.ts'
import { jordan } from './patients/jordan.ts'
import { lena } from './patients/lena.ts'
import { marcus } from './patients/marcus.ts'
import { maya } from './patients/maya.ts'
import { nora } from './patients/nora.ts'
import { omar } from './patients/omar.ts'
import { priya } from './patients/priya.ts'
import { ruth } from './patients/ruth.ts'
import { sam } from './patients/sam.ts'
import { tomas } from './patients/tomas.ts'
import type { County, CustodianRecords, DemoPatient, Story } from './types.ts'

const patients = (): DemoPatient[] =>
  [maya, daniel, priya, tomas, lena, jordan, sam, ruth, marcus, grace, omar, nora].map((it) => it())

/** The twelve patients, a line each, and what to try. */
export const stories: readonly Story[] = patients().map((it) => it.story)

/**
 * The demo county: synthetic, and the same whenever it is seeded. Dates are absolute, so the stories hold at every
 * `now` from June 2026 to the end of 2029: consents end in 2030, the expired one ended in 2025.
 */
export const county = (_now: Date): County => {
  const people = patients()
  return {
    partners,
    clients,
    apps,
    records: byCustodian([...directory(), ...people.flatMap((it) => it.records)]),
    crosswalk: people.flatMap((it) => it.crosswalk),
  }
}

const byCustodian = (parts: readonly CustodianRecords[]): CustodianRecords[] => {
  const merged = new Map<string, Resource[]>()
  for (const { custodian, resources } of parts)
    merged.set(custodian, [...(merged.get(custodian) ?? []), ...resources])
  return [...merged].map(([custodian, resources]) => ({ custodian, resources }))
}
