import type { Resource } from 'fhir/r4'
import { patientCompartment } from './definitions/compartments.ts'
import { searchParameter } from './definitions/search-parameters.ts'
import { valuesAt } from './path.ts'
import { localReference } from './references.ts'

/** The parameters that name the subject come first: they say whose record it is. */
const subjects = ['patient', 'subject', 'individual', 'beneficiary']

/**
 * The Patients whose compartments a resource is in, its subject first (FHIR R4 compartment Patient), as references.
 * A Patient is in its own.
 */
export const patientsOf = (resource: Resource, base: string): string[] => {
  if (resource.resourceType === 'Patient') return [`Patient/${resource.id ?? ''}`]
  const names = patientCompartment(resource.resourceType)
  const ordered = [
    ...subjects.filter((name) => names.includes(name)),
    ...names.filter((name) => !subjects.includes(name)),
  ]
  const found = ordered.flatMap((name) =>
    (searchParameter(resource.resourceType, name)?.paths ?? []).flatMap((branch) =>
      valuesAt(resource, branch),
    ),
  )
  const held = resource as unknown as Record<string, unknown>
  const extra = ['subject', 'patient', 'for'].flatMap((name) => held[name] ?? [])
  const references = [...found, ...extra].flatMap(
    (value) => localReference((value as { reference?: unknown }).reference, base) ?? [],
  )
  return [...new Set(references.filter((reference) => reference.startsWith('Patient/')))]
}
