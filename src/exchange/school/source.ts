import type { CarePlan, DocumentReference, Organization, Period, Practitioner, Reference } from 'fhir/r4'
import type { SourceModel } from '../../mapping/template/lint.ts'
import { inZone } from './zone.ts'

/** What a school may be given: an own plan for it, or a paper. */
export type Paper = CarePlan | DocumentReference
export type Person = Practitioner | Organization

/** A document as the map reads it: exactly one of `plan` and `paper`, and those of its authors that were released. */
export type SourceDocument = {
  readonly plan?: CarePlan
  readonly paper?: DocumentReference
  readonly authors: readonly { readonly practitioner?: Practitioner; readonly organization?: Organization }[]
}

const value = { type: 'value' }

/**
 * The elements that `mappings/school/summary.json` can read at all. An expression that names another one, such as
 * `addresses` or `description`, fails when the map is loaded.
 */
export const schoolModel: SourceModel = {
  Source: {
    localId: value,
    school: { type: 'School' },
    patient: { type: 'Patient' },
    documents: { type: 'Document' },
    consent: { type: 'ConsentTerms' },
    notice: value,
    retrieved: value,
  },
  School: { id: value, name: value },
  ConsentTerms: { reference: value, expires: value, scope: value },
  Document: { plan: { type: 'CarePlan' }, paper: { type: 'DocumentReference' }, authors: { type: 'Author' } },
  Author: { practitioner: { type: 'Practitioner' }, organization: { type: 'Organization' } },
  Patient: { name: { type: 'HumanName' }, birthDate: value },
  HumanName: { use: value, text: value, family: value, given: value },
  CarePlan: {
    category: { type: 'CodeableConcept' },
    created: value,
    period: { type: 'Period' },
    activity: { type: 'CarePlan.activity' },
  },
  'CarePlan.activity': { detail: { type: 'CarePlan.activity.detail' } },
  'CarePlan.activity.detail': { code: { type: 'CodeableConcept' }, status: value, doNotPerform: value },
  DocumentReference: {
    type: { type: 'CodeableConcept' },
    date: value,
    context: { type: 'DocumentReference.context' },
  },
  'DocumentReference.context': { period: { type: 'Period' } },
  CodeableConcept: { coding: { type: 'Coding' } },
  Coding: { system: value, code: value },
  Period: { start: value, end: value },
  Practitioner: { name: { type: 'HumanName' }, telecom: { type: 'ContactPoint' } },
  Organization: { name: value, telecom: { type: 'ContactPoint' } },
  ContactPoint: { system: value, value, use: value },
}

/** A document with its authors beside it and its times on the school's clock. */
export const sourceDocument = (
  document: Paper,
  people: ReadonlyMap<string, Person>,
  zone: string | undefined,
): SourceDocument => {
  if (document.resourceType === 'CarePlan') {
    const { created, period, author } = document
    const plan = {
      ...document,
      ...(created !== undefined && { created: inZone(created, zone) }),
      ...(period && { period: periodIn(period, zone) }),
    }
    return { plan, authors: authors(author ? [author] : [], people) }
  }
  const { date, context } = document
  const paper = {
    ...document,
    ...(date !== undefined && { date: inZone(date, zone) }),
    ...(context?.period && { context: { ...context, period: periodIn(context.period, zone) } }),
  }
  return { paper, authors: authors(document.author ?? [], people) }
}

const periodIn = ({ start, end }: Period, zone: string | undefined): Period => ({
  ...(start !== undefined && { start: inZone(start, zone) }),
  ...(end !== undefined && { end: inZone(end, zone) }),
})

/** A reference's display is not read: who is not released has no name. */
const authors = (references: readonly Reference[], people: ReadonlyMap<string, Person>) =>
  references.flatMap(({ reference }) => {
    const person = people.get(reference?.split('/_history/')[0] ?? '')
    if (person === undefined) return []
    return [person.resourceType === 'Practitioner' ? { practitioner: person } : { organization: person }]
  })
