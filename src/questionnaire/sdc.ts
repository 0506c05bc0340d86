import type { Element, Expression, Extension } from 'fhir/r4'

const core = (name: string): string => `http://hl7.org/fhir/StructureDefinition/${name}`
const sdc = (name: string): string =>
  `http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-${name}`

/** The extensions of R4 and of SDC 4.0 that are carried out here (http://hl7.org/fhir/uv/sdc/). */
export const url = {
  variable: core('variable'),
  constraint: core('questionnaire-constraint'),
  targetConstraint: core('targetConstraint'),
  minLength: core('minLength'),
  minValue: core('minValue'),
  maxValue: core('maxValue'),
  maxDecimalPlaces: core('maxDecimalPlaces'),
  minOccurs: core('questionnaire-minOccurs'),
  maxOccurs: core('questionnaire-maxOccurs'),
  unit: core('questionnaire-unit'),
  calculatedExpression: sdc('calculatedExpression'),
  enableWhenExpression: sdc('enableWhenExpression'),
  initialExpression: sdc('initialExpression'),
  itemPopulationContext: sdc('itemPopulationContext'),
  launchContext: sdc('launchContext'),
  observationExtract: sdc('observationExtract'),
  observationCategory: sdc('observation-extract-category'),
  templateExtract: sdc('templateExtract'),
  templateExtractBundle: sdc('templateExtractBundle'),
  templateContext: sdc('templateExtractContext'),
  templateValue: sdc('templateExtractValue'),
  allocateId: sdc('extractAllocateId'),
} as const

/** The languages of expressions. */
export const language = { fhirPath: 'text/fhirpath', query: 'application/x-fhir-query' } as const

type Extended = Pick<Element, 'extension'>

/** The extensions of an element that have this url. */
export const extensions = (element: Extended, of: string): Extension[] =>
  (element.extension ?? []).filter((own) => own.url === of)

/** The first extension of an element that has this url. */
export const extension = (element: Extended, of: string): Extension | undefined => extensions(element, of)[0]

/** The first expression of an element under this url. */
export const expression = (element: Extended, of: string): Expression | undefined =>
  extension(element, of)?.valueExpression

/** A number, as an extension states a limit. */
export const number = (element: Extended, of: string): number | undefined => {
  const own = extension(element, of)
  return own?.valueInteger ?? own?.valueDecimal
}
