import type { CarePlan, DocumentReference, Patient, Practitioner } from 'fhir/r4'
import { readFileSync } from 'node:fs'
import type { SchoolSummary } from '../../../src/exchange/school/schema.ts'
import { type SchoolInput, type SchoolRefusal, schoolSummary } from '../../../src/exchange/school/summary.ts'

type Written = Omit<SchoolInput, 'people' | 'retrieved' | 'documents' | 'patient'> & {
  readonly people: Record<string, Practitioner>
  readonly retrieved: string
  readonly documents: readonly (CarePlan | DocumentReference)[]
  readonly patient: Patient
}

/** A file of `mappings/school/fixtures`. */
export const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../mappings/school/fixtures/${name}`, import.meta.url), 'utf8'))

/** An input as the fixtures write it: a new copy each time. */
export const inputOf = (name: 'consented' | 'denied'): SchoolInput => {
  const written = fixture(`${name}.input.json`) as Written
  return {
    ...written,
    people: new Map(Object.entries(written.people)),
    retrieved: new Date(written.retrieved),
  }
}

export const given = inputOf('consented')
export const [plan, excuse] = given.documents as [CarePlan, DocumentReference]
export const chen = given.people.get('Practitioner/chen') as Practitioner

/** The summary of the consented fixture with something changed. */
export const summaryOf = (changed: Partial<SchoolInput> = {}): SchoolSummary => {
  const summary = schoolSummary({ ...given, ...changed })
  if ('problem' in summary) throw new Error(JSON.stringify(summary.problem))
  return summary
}

/** What refuses the consented fixture with something changed. */
export const problemOf = (changed: Partial<SchoolInput>): SchoolRefusal['problem'] => {
  const summary = schoolSummary({ ...given, ...changed })
  if ('problem' in summary) return summary.problem
  throw new Error('there is a summary')
}
