import type { FhirResource } from 'fhir/r4'
import { patientsOf } from '../fhir/compartment.ts'
import type { Change, CurrentRow } from './change.ts'

export const keyOf = ({ resourceType, id }: FhirResource): string => `${resourceType}/${id ?? ''}`

/** Everybody whose record a resource is. */
export const peopleOf = (
  resource: FhirResource,
  persons: ReadonlyMap<string, number>,
  base: string,
): number[] => [...new Set(patientsOf(resource, base).flatMap((patient) => persons.get(patient) ?? []))]

/** Whose record a resource is in the first place: of a Patient itself. */
export const personOf = (
  resource: FhirResource,
  persons: ReadonlyMap<string, number>,
  base: string,
): number | undefined =>
  resource.resourceType === 'Patient' ? persons.get(keyOf(resource)) : peopleOf(resource, persons, base)[0]

/** The persons behind the Patients that changes are, or cite. */
export const personsOf = (
  changes: readonly Change[],
  prior: ReadonlyMap<string, CurrentRow[]>,
  outside: ReadonlyMap<string, { readonly person: number | undefined }>,
): Map<string, number> => {
  const persons = new Map<string, number>()
  for (const [reference, { person }] of outside)
    if (reference.startsWith('Patient/') && person !== undefined) persons.set(reference, person)
  for (const { resource, person } of changes) {
    if (resource.resourceType !== 'Patient') continue
    const known = person ?? prior.get(keyOf(resource))?.[0]?.person ?? undefined
    if (known !== undefined) persons.set(keyOf(resource), known)
  }
  return persons
}
