import type { Questionnaire, QuestionnaireItem } from 'fhir/r4'
import type { Evaluated } from '../expression/engine.ts'
import { expression, language, url } from '../sdc.ts'
import { blame, type Form, type Owner } from './form.ts'
import type { Place, Sheet } from './sheet.ts'

type Stated = { readonly language?: string; readonly expression?: string } | undefined

/** Evaluates an expression of an element, and says once what is wrong with one that never can be; undefined then. */
export const evaluateWith = (
  form: Form,
  owner: Owner,
  what: string,
  stated: Stated,
  run: (text: string) => Evaluated,
): Evaluated | undefined => {
  if (stated?.expression === undefined) {
    blame(form, owner, 'required', `${what} has no \`expression\`; state one`)
    return undefined
  }
  if (stated.language !== undefined && stated.language !== language.fhirPath) {
    blame(
      form,
      owner,
      'not-supported',
      `${what} is in a language that is not evaluated here; write it in \`text/fhirpath\``,
    )
    return undefined
  }
  const evaluated = run(stated.expression)
  if (evaluated.ok) return evaluated
  blame(form, owner, 'processing', `${what} ${evaluated.text}`)
  return evaluated.fault === 'expression' ? undefined : evaluated
}

/**
 * What one of an element's expressions comes to there: its values, `data` where it cannot be evaluated over this response,
 * and undefined where there is none that could be evaluated at all.
 */
export const evaluateAt = (
  sheet: Sheet,
  owner: Owner,
  what: string,
  stated: Stated,
  place: Place,
): readonly unknown[] | 'data' | undefined => {
  const { form } = sheet
  const found = evaluateWith(form, owner, what, stated, (text) =>
    form.engine.evaluate(text, sheet.focusOf(place), sheet.environmentOf(place)),
  )
  return found === undefined ? undefined : found.ok ? found.values : 'data'
}

/** The same for the first extension of a kind. */
export const evaluateExtension = (
  sheet: Sheet,
  owner: QuestionnaireItem | Questionnaire,
  kind: 'calculatedExpression' | 'enableWhenExpression' | 'initialExpression' | 'itemPopulationContext',
  place: Place,
): readonly unknown[] | 'data' | undefined => {
  const stated = expression(owner, url[kind])
  return stated === undefined ? undefined : evaluateAt(sheet, owner, `\`${kind}\``, stated, place)
}
