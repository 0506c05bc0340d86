import type { CompartmentDefinition } from './official.ts'

/**
 * The search parameters that put a resource of each type into a patient's compartment.
 * https://hl7.org/fhir/R4/compartmentdefinition-patient.html
 */
export function patientCompartment(definition: CompartmentDefinition): Record<string, string[]> {
  const members = definition.resource.filter(
    (member) => member.param !== undefined && member.code !== 'SubscriptionStatus',
  )
  return Object.fromEntries(members.map((member) => [member.code, [...new Set(member.param)].toSorted()]))
}
