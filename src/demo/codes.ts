import type { CodeableConcept, Coding, Reference } from 'fhir/r4'

export const canonical = 'https://sluice.example/fhir'
export const documentTypes = `${canonical}/CodeSystem/document-type`
export const mercyMrn = 'urn:oid:2.16.840.1.113883.19.5'
export const riverbendMrn = 'https://riverbend.example/mrn'
export const lakesideSis = 'https://lakeside.example/sis'

const terminology = 'http://terminology.hl7.org/CodeSystem'

const concept =
  (system: string) =>
  (code: string, display: string): CodeableConcept => ({
    coding: [{ system, code, display }],
    text: display,
  })

export const icd10 = concept('http://hl7.org/fhir/sid/icd-10-cm')
export const snomed = concept('http://snomed.info/sct')
export const loinc = concept('http://loinc.org')
export const hcpcs = concept('http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets')
export const roleCode = concept(`${terminology}/v3-RoleCode`)
export const participation = concept(`${terminology}/v3-ParticipationType`)
export const documentType = concept(documentTypes)
export const accommodation = concept(`${canonical}/CodeSystem/accommodation`)

/** A drug by its RxNorm ingredient, worded as the order was. */
export const rxnorm = (code: string, text: string): CodeableConcept => ({
  coding: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code }],
  text,
})

/** A status code of one of R4's own code systems, such as `condition-clinical`. */
export const hl7 = (system: string, code: string): CodeableConcept => ({
  coding: [{ system: `${terminology}/${system}`, code }],
})

export const actReason = (code: string): Coding => ({ system: `${terminology}/v3-ActReason`, code })

const localLabels: readonly string[] = ['counseling-notes']

/** A security label: v3-ActCode, or the local system for what HL7 lacks. */
export const label = (code: string): Coding => ({
  system: localLabels.includes(code) ? `${canonical}/CodeSystem/sensitivity` : `${terminology}/v3-ActCode`,
  code,
})

/** A reference by type and id, `Patient/maya`. */
export const ref = (reference: string, display?: string): Reference => ({
  reference,
  ...(display !== undefined && { display }),
})

/** The instant of a working hour on that date. */
export const at = (date: string, hour = 17): string => `${date}T${String(hour).padStart(2, '0')}:00:00Z`
