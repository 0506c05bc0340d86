import type { Element, Questionnaire, QuestionnaireItem } from 'fhir/r4'
import type { Issue } from '../../problem.ts'
import type { Engine, Environment } from '../expression/engine.ts'

/** A Questionnaire that is being filled in, checked or extracted from, and what is to be said of it. */
export interface Form {
  readonly questionnaire: Questionnaire
  readonly engine: Engine
  /** What launch contexts stand for. */
  readonly launch: Environment
  /** Where each item stands in the Questionnaire, as FHIRPath. */
  readonly paths: ReadonlyMap<QuestionnaireItem, string>
  readonly items: ReadonlyMap<string, QuestionnaireItem>
  /** Faults of the Questionnaire itself, each once: who answers it cannot mend them. */
  readonly faults: Map<string, Issue>
}

/** Prepares a Questionnaire. */
export const createForm = (
  questionnaire: Questionnaire,
  engine: Engine,
  launch: Environment = Object.create(null) as Environment,
): Form => {
  const paths = new Map<QuestionnaireItem, string>()
  const walk = (items: readonly QuestionnaireItem[], at: string): void =>
    items.forEach((item, place) => {
      const path = `${at}.item[${place}]`
      paths.set(item, path)
      walk(item.item ?? [], path)
    })
  walk(questionnaire.item ?? [], 'Questionnaire')
  const items = new Map([...paths.keys()].map((item) => [item.linkId, item]))
  return { questionnaire, engine, launch, paths, items, faults: new Map() }
}

/** Says once what is wrong with the Questionnaire. */
export const blame = (
  form: Form,
  of: QuestionnaireItem | Questionnaire,
  code: Issue['code'],
  text: string,
): void => {
  const isItem = 'linkId' in of
  const expression = isItem ? (form.paths.get(of) ?? 'Questionnaire.item') : 'Questionnaire'
  const whose = isItem ? `of item \`${of.linkId}\`` : 'of the Questionnaire'
  const said = `${text} (${whose})`
  form.faults.set(`${expression} ${said}`, { severity: 'warning', code, text: said, expression })
}

/** An element that may have expressions: the Questionnaire or one of its items. */
export type Owner = (Questionnaire | QuestionnaireItem) & Pick<Element, 'extension'>
