import type { Coding } from 'fhir/r4'
import documentType from '../../../mappings/school/codes/document-type.json' with { type: 'json' }
import { readConceptMap } from '../../mapping/template/concepts.ts'
import type { Paper } from './source.ts'

const system = 'https://sluice.example/fhir/CodeSystem/document-type'
const types = readConceptMap('document-type', documentType)

/**
 * Whether a document is a paper for this reader: of a school type, of this patient, and in force. One whose modifier
 * extensions nobody here understands is not read at all (FHIR R4 extensibility 2.4.0.2).
 */
export const isSchoolPaper = (document: Paper, patient: string, nurse: boolean): boolean => {
  if (document.subject?.reference !== patient || !inForce(document) || isModified(document)) return false
  const found = codings(document).flatMap((it) => (it.system === system ? schoolTypes(it.code) : []))
  return found.length > 0 && (nurse || !found.includes('medication-administration'))
}

const inForce = (document: Paper): boolean =>
  document.resourceType === 'CarePlan'
    ? document.status === 'active'
    : document.status === 'current' && [undefined, 'final', 'amended'].includes(document.docStatus)

const isModified = (document: Paper): boolean =>
  [document, ...(document.resourceType === 'CarePlan' ? (document.activity ?? []) : [])].some(
    ({ modifierExtension }) => modifierExtension !== undefined && modifierExtension.length > 0,
  )

const codings = (document: Paper): readonly Coding[] =>
  document.resourceType === 'CarePlan'
    ? (document.category ?? []).flatMap(({ coding }) => coding ?? [])
    : (document.type?.coding ?? [])

const schoolTypes = (code: string | undefined): readonly string[] => {
  const translated = types.translate(code ?? '')
  return typeof translated === 'string' ? [] : translated.map((it) => it.code)
}
