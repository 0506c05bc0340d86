import type {
  Extension,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4'
import { checkResponse } from '../../src/questionnaire/check/check-response.ts'
import { url } from '../../src/questionnaire/sdc.ts'
import { load } from '../../src/terminology/terminology.ts'
import { codeSystems, ownValueSets } from '../../src/validate/profiles.ts'

const terminology = load(codeSystems, ownValueSets)

/** A Questionnaire of some items. */
export const form = (item: QuestionnaireItem[], more: Partial<Questionnaire> = {}): Questionnaire => ({
  resourceType: 'Questionnaire',
  status: 'active',
  url: 'https://forms.example/Questionnaire/q',
  item,
  ...more,
})

/** A response of some items. */
export const reply = (
  item: QuestionnaireResponseItem[],
  status: QuestionnaireResponse['status'] = 'completed',
): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse',
  questionnaire: 'https://forms.example/Questionnaire/q',
  status,
  ...(item.length === 0 ? {} : { item }),
})

/** An extension with a FHIRPath expression. */
export const path = (kind: keyof typeof url, expression: string, name?: string): Extension => ({
  url: url[kind],
  valueExpression: { language: 'text/fhirpath', expression, ...(name === undefined ? {} : { name }) },
})

/** One answered item. */
export const says = (
  linkId: string,
  ...answer: QuestionnaireResponseItemAnswer[]
): QuestionnaireResponseItem => ({
  linkId,
  answer,
})

/** What is wrong with a response, each as severity, place and text. */
export const told = (questionnaire: Questionnaire, response: QuestionnaireResponse): string[] =>
  checkResponse(questionnaire, response, terminology).map(
    ({ severity, expression, text }) => `${severity} ${expression}: ${text}`,
  )

/** The errors alone, as place and code. */
export const errors = (questionnaire: Questionnaire, response: QuestionnaireResponse): string[] =>
  checkResponse(questionnaire, response, terminology).flatMap(({ severity, expression, code }) =>
    severity === 'error' ? [`${expression} ${code}`] : [],
  )
