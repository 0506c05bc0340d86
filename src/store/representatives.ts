import { type SQL, sql } from 'drizzle-orm'
import type { Period, RelatedPerson } from 'fhir/r4'
import { type Birth, birthday, birthOf, majority } from '../consent/minors.ts'
import type { Membership } from '../consent/membership.ts'
import { endOf, startOf } from '../fhir/dates.ts'

const roleCode = 'http://terminology.hl7.org/CodeSystem/v3-RoleCode'

/** Relations that make a personal representative (45 CFR 164.502(g)); next of kin, a step-parent or a contact is none. */
const capacities: Readonly<Record<string, 'parent' | 'appointed'>> = {
  PRN: 'parent',
  MTH: 'parent',
  FTH: 'parent',
  NMTH: 'parent',
  NFTH: 'parent',
  ADOPTM: 'parent',
  ADOPTF: 'parent',
  GUARD: 'appointed',
  HPOWATT: 'appointed',
}

/**
 * While a RelatedPerson represents the patient: somebody appointed as long as the period lasts, a parent until the patient
 * is of age. A parent of somebody whose birth date is not known is nobody's representative.
 */
export const representation = (
  { id, active, relationship = [], period }: RelatedPerson,
  birth: Birth | undefined,
): Membership[] => {
  const found = relationship
    .flatMap(({ coding = [] }) => coding)
    .flatMap(({ system, code }) => (system === roleCode ? (capacities[code ?? ''] ?? []) : []))
  if (active === false || found.length === 0) return []
  const last = found.includes('appointed') ? Infinity : endOfChildhood(birth)
  const { start, end } = stretchOf(period)
  const until = Math.min(end, last)
  return start < until ? [{ member: `RelatedPerson/${id ?? ''}`, start, end: until }] : []
}

const endOfChildhood = (birth: Birth | undefined): number =>
  birth === undefined ? -Infinity : birthday(birth.earliest, majority)

/** A broken period never holds. */
const stretchOf = (period: Period | undefined): { start: number; end: number } => {
  const start = period?.start === undefined ? -Infinity : startOf(period.start)
  const end = period?.end === undefined ? Infinity : endOf(period.end)
  return Number.isNaN(start) || Number.isNaN(end) ? { start: 0, end: 0 } : { start, end }
}

/** What the birth dates of a person's Patients say together: the earliest and the latest that may be. */
export const birthFrom = (dates: readonly (string | null)[]): Birth | undefined => {
  const births = dates.map((date) => (date === null ? undefined : birthOf(startOf(date), endOf(date))))
  if (births.length === 0 || births.includes(undefined)) return undefined
  const known = births.filter((birth) => birth !== undefined)
  return {
    earliest: Math.min(...known.map(({ earliest }) => earliest)),
    latest: Math.max(...known.map(({ latest }) => latest)),
  }
}

/** RelatedPersons of some persons that are in effect (CONSENT rules, section 2), as the content of each. */
export const relatedSql = (persons: SQL): SQL =>
  sql`SELECT person, custodian, content FROM resource WHERE type = 'RelatedPerson' AND effective AND NOT deleted AND richer IS NULL AND person = ANY(${persons})`

/** Birth dates of some persons, each custodian's own; nobody's where they play no part. */
export const bornSql = (persons: SQL): SQL =>
  sql`SELECT p.person, p.custodian, p.content::json->>'birthDate' AS date FROM resource p
    WHERE p.type = 'Patient' AND NOT p.deleted AND p.richer IS NULL AND p.person = ANY(${persons})
      AND (EXISTS (SELECT FROM minor_row) OR EXISTS (SELECT FROM resource r WHERE r.person = p.person AND r.type = 'RelatedPerson')
        OR EXISTS (SELECT FROM directive d WHERE d.person = p.person AND (d.compiled->'signers' @> '["patient"]') IS NOT TRUE))`
