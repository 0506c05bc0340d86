/**
 * Definitional and directory resources (CONSENT.md section 4.4): open to any authenticated client.
 * Choice: Medication, Substance, Schedule and the like are not among them.
 */
import { words } from './json.ts'

const types = new Set(
  words(`
  Organization Practitioner PractitionerRole Location HealthcareService Endpoint
  OrganizationAffiliation InsurancePlan Questionnaire ValueSet CodeSystem ConceptMap NamingSystem
  PlanDefinition ActivityDefinition Library Measure EventDefinition StructureDefinition StructureMap
  SearchParameter OperationDefinition CapabilityStatement CompartmentDefinition GraphDefinition
  ImplementationGuide MessageDefinition ExampleScenario TerminologyCapabilities TestScript
  ChargeItemDefinition ObservationDefinition SpecimenDefinition ResearchDefinition
  ResearchElementDefinition
`),
)

/** Section 6: sensitive where they are a Part 2 program's. */
const sensitive: readonly string[] = ['Location', 'HealthcareService', 'PractitionerRole']

export const isDirectory = (type: string): boolean => types.has(type)

export const isSensitiveDirectory = (type: string): boolean => sensitive.includes(type)
