import type { QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4'

/** A deep copy without some items, and which item each is a copy of: expressions may mark what they look at. */
export const copyOf = (
  response: QuestionnaireResponse,
  out: ReadonlySet<QuestionnaireResponseItem>,
  copies: Map<QuestionnaireResponseItem, QuestionnaireResponseItem>,
): QuestionnaireResponse => {
  const { item, ...rest } = response
  const kept = (list: readonly QuestionnaireResponseItem[] | undefined): QuestionnaireResponseItem[] =>
    (list ?? [])
      .filter((own) => !out.has(own))
      .map((own) => {
        const { item: below, answer, ...others } = own
        const answers = (answer ?? []).map(({ item: inner, ...value }) => ({
          ...structuredClone(value),
          ...listed(inner),
        }))
        const copy = {
          ...structuredClone(others),
          ...(answers.length === 0 ? {} : { answer: answers }),
          ...listed(below),
        }
        copies.set(own, copy)
        return copy
      })
  const listed = (list: readonly QuestionnaireResponseItem[] | undefined) => {
    const own = kept(list)
    return own.length === 0 ? {} : { item: own }
  }
  return { ...structuredClone(rest), ...listed(item) }
}
