import type { CompartmentDefinition } from './official.ts'

type Members = Record<string, string[]>

/** R4 names no parameter by which a Task is in its patient's compartment; R5 names these. */
const missing: Record<string, Members> = { Patient: { Task: ['focus', 'patient'] } }

/**
 * For each compartment, the search parameters that put a resource of each type into it.
 * https://hl7.org/fhir/R4/compartmentdefinition.html
 */
export function compartments(definitions: CompartmentDefinition[]): Record<string, Members> {
  const official = definitions.filter(
    ({ url }) => url !== 'http://hl7.org/fhir/CompartmentDefinition/example',
  )
  return Object.fromEntries(official.map((one) => [one.code, { ...members(one), ...missing[one.code] }]))
}

function members(definition: CompartmentDefinition): Members {
  return Object.fromEntries(
    definition.resource.flatMap(({ code, param }) =>
      param === undefined ? [] : [[code, [...new Set(param.map(parameterOf))].toSorted()]],
    ),
  )
}

/** The definitions write `{def}` where a resource is in the compartment because it is what the compartment is of. */
function parameterOf(name: string): string {
  return name === '{def}' ? '_id' : name
}
