import table from './compartments.json' with { type: 'json' }

/** For each resource type, the search parameters that put it into a compartment. */
export type Compartment = ReadonlyMap<string, readonly string[]>

const compartments: ReadonlyMap<string, Compartment> = new Map(
  Object.entries(table).map(([name, members]) => [name, new Map(Object.entries(members))]),
)
const none: readonly string[] = []

/** The types that have a compartment. */
export const compartmentNames: readonly string[] = [...compartments.keys()]

/**
 * The compartment that a resource of this type has: Patient, Encounter, RelatedPerson, Practitioner or Device; undefined
 * for other types. A type that it does not name is never in it. The parameters are of kind reference and lead to what the
 * compartment is of, except `_id`: a resource that is in its own compartment.
 * https://hl7.org/fhir/R4/compartmentdefinition.html
 */
export function compartment(name: string): Compartment | undefined {
  return compartments.get(name)
}

/**
 * The search parameters that put a resource of a type into a patient's compartment; none when it is never in one.
 * https://hl7.org/fhir/R4/compartmentdefinition-patient.html
 */
export function patientCompartment(type: string): readonly string[] {
  return compartments.get('Patient')?.get(type) ?? none
}
