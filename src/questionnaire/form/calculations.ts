import type { QuestionnaireItem } from 'fhir/r4'
import { expression, extensions, language, url } from '../sdc.ts'
import { blame, type Form } from './form.ts'

/**
 * The calculated items whose expressions lead back to themselves, by the `linkId`s and variables that they name. Each is
 * told once, and none of them is calculated.
 */
export const cycles = (form: Form): ReadonlySet<QuestionnaireItem> => {
  const calculated = [...form.items.values()].filter(
    (item) => expression(item, url.calculatedExpression) !== undefined,
  )
  const leads = new Map(calculated.map((item) => [item, leadsTo(form, item, calculated)]))
  const circular = calculated.filter((item) => reaches(item, item, leads))
  for (const item of circular)
    blame(
      form,
      item,
      'business-rule',
      '`calculatedExpression` leads back to itself, so it is not calculated; take the circle apart',
    )
  return new Set(circular)
}

/** The calculated items that an expression names, itself or through variables. */
const leadsTo = (
  form: Form,
  item: QuestionnaireItem,
  calculated: readonly QuestionnaireItem[],
): QuestionnaireItem[] => {
  const named = new Set<string>()
  const seen = new Set<string>()
  const pending = [expression(item, url.calculatedExpression)]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.expression === undefined || (next.language !== undefined && next.language !== language.fhirPath))
      continue
    const { texts, variables } = form.engine.named(next.expression)
    for (const text of texts) named.add(text)
    for (const name of variables) {
      if (seen.has(name)) continue
      seen.add(name)
      pending.push(...variablesOf(form).filter((own) => own.name === name))
    }
  }
  return calculated.filter(({ linkId }) => named.has(linkId))
}

const variablesOf = ({ questionnaire, items }: Form) =>
  [questionnaire, ...items.values()].flatMap((owner) =>
    extensions(owner, url.variable).flatMap(({ valueExpression }) => valueExpression ?? []),
  )

const reaches = (
  from: QuestionnaireItem,
  wanted: QuestionnaireItem,
  leads: ReadonlyMap<QuestionnaireItem, readonly QuestionnaireItem[]>,
): boolean => {
  const seen = new Set<QuestionnaireItem>()
  const pending = [...(leads.get(from) ?? [])]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next === wanted) return true
    if (seen.has(next)) continue
    seen.add(next)
    pending.push(...(leads.get(next) ?? []))
  }
  return false
}
