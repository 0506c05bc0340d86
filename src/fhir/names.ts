/** Base of the gateway's own canonical URLs. */
export const canonical = 'https://sluice.example/fhir'

/** URL of one of the gateway's own extensions or profiles. */
export const structure = (name: string): string => `${canonical}/StructureDefinition/${name}`

/** Code systems and extension URLs that the gateway reads and writes. */
export const system = {
  actCode: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
  actReason: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
  confidentiality: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
  participation: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
  resourceTypes: 'http://hl7.org/fhir/resource-types',
  observationValue: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
} as const

/** Extension by which an element carries a label of its own (DS4P, inline security labels). */
export const inlineLabelUrl =
  'http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label'
