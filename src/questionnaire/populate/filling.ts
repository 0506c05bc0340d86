import type { QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4'
import type { Environment } from '../expression/engine.ts'
import type { Form } from '../form/form.ts'
import type { Sheet } from '../form/sheet.ts'

/** A form that is being filled in. */
export interface Filling {
  readonly form: Form
  readonly response: QuestionnaireResponse
  /** What stands for the population contexts of each item that was made. */
  readonly contexts: Map<QuestionnaireResponseItem, Environment>
  /** The response before anything is answered: initial values are found on it. */
  readonly blank: Sheet
}
