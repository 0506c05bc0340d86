import table from './compartments.json' with { type: 'json' }

const patient: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(table.Patient))
const none: readonly string[] = []

/**
 * The search parameters that put a resource of a type into a patient's compartment; none when it is never in one.
 * https://hl7.org/fhir/R4/compartmentdefinition-patient.html
 */
export function patientCompartment(type: string): readonly string[] {
  return patient.get(type) ?? none
}
