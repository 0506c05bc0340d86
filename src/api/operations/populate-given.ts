import type { FhirResource, ParametersParameter, Questionnaire, Reference } from 'fhir/r4'
import { localReference } from '../../fhir/references.ts'
import { invalid } from '../../problem.ts'
import { isName } from '../../questionnaire/form/sheet.ts'
import { extensions, url } from '../../questionnaire/sdc.ts'

/** A launch context as it is given: resources, or references to some of this server. */
export interface GivenContext {
  readonly name: string
  readonly resources: readonly FhirResource[]
  readonly references: readonly string[]
}

/** What `$populate` is asked with, beside the Questionnaire. */
export interface PopulateGiven {
  readonly subject: Reference
  readonly contexts: readonly GivenContext[]
  /** Whether what the gateway keeps may be read, beside what is named. */
  readonly local: boolean
}

const known = new Set([
  'identifier',
  'canonical',
  'questionnaire',
  'questionnaireRef',
  'subject',
  'context',
  'local',
])

/** Contexts, and resources in one of them, at the most. */
const most = 50

/** Reads the parameters of `Questionnaire/$populate` (SDC 4.0). */
export const readPopulateGiven = (given: readonly ParametersParameter[], base: string): PopulateGiven => {
  if (given.some(({ name }) => !known.has(name)))
    invalid(
      'the operation has the parameters `questionnaire`, `canonical`, `questionnaireRef`, `identifier`, `subject`, `context` and `local`',
      'Parameters.parameter',
      'not-supported',
    )
  const [subject, ...others] = given.filter(({ name }) => name === 'subject')
  if (subject?.valueReference?.reference === undefined || others.length > 0)
    return invalid(
      '`subject` names one resource that the answers are about, by a reference',
      'Parameters.parameter',
      'required',
    )
  const contexts = given.filter(({ name }) => name === 'context')
  if (contexts.length > most)
    invalid(`there may be ${most} contexts at the most`, 'Parameters.parameter', 'too-costly')
  return {
    subject: subject.valueReference,
    contexts: contexts.map((one) => contextOf(one, base)),
    local: given.some(({ name, valueBoolean }) => name === 'local' && valueBoolean === true),
  }
}

const contextOf = ({ part = [] }: ParametersParameter, base: string): GivenContext => {
  const [named] = part.filter(({ name }) => name === 'name')
  const contents = part.filter(({ name }) => name === 'content')
  const name = named?.valueString ?? named?.valueCode
  if (name === undefined || contents.length === 0 || contents.length > most)
    return invalid(
      'a `context` has a `name`, and `content`: references or resources',
      'Parameters.parameter.part',
      'required',
    )
  const references = contents.flatMap(({ valueReference }) =>
    valueReference === undefined ? [] : [valueReference.reference],
  )
  const local = references.map((reference) => localReference(reference, base))
  if (local.some((reference) => reference === undefined))
    invalid(
      'the references of a `context` name resources of this server',
      'Parameters.parameter.part',
      'value',
    )
  return {
    name,
    resources: contents.flatMap(({ resource }) => (resource === undefined ? [] : [resource as FhirResource])),
    references: local.filter((reference) => reference !== undefined),
  }
}

/** A launch context that a Questionnaire declares (SDC 4.0, `launchContext`). */
export interface Declared {
  readonly name: string
  readonly types: readonly string[]
}

/** The launch contexts of a Questionnaire. */
export const declaredContexts = (questionnaire: Questionnaire): Declared[] =>
  extensions(questionnaire, url.launchContext).flatMap(({ extension = [] }) => {
    const named = extension.find((own) => own.url === 'name')
    const name = named?.valueCoding?.code ?? named?.valueId ?? named?.valueCode
    const types = extension.flatMap((own) =>
      own.url === 'type' && own.valueCode !== undefined ? [own.valueCode] : [],
    )
    return isName(name) ? [{ name, types }] : []
  })
