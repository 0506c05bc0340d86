import type { Coding, QuestionnaireItem, ValueSet } from 'fhir/r4'
import type { Issue } from '../../problem.ts'
import { expand } from '../../terminology/expand.ts'
import type { Concept } from '../../terminology/selection.ts'
import { isEqual, valueOf } from '../form/compare.ts'
import { blame } from '../form/form.ts'
import { type Checking, error } from './checking.ts'

type Value = NonNullable<ReturnType<typeof valueOf>>

/** Whether an answer is one of those that its question offers; free text of an open choice is any. */
export const optionIssues = (
  checking: Checking,
  item: QuestionnaireItem,
  found: Value,
  at: string,
): Issue[] => {
  if (item.type === 'open-choice' && found.type === 'String') return []
  const offered = offers(checking, item, found)
  if (offered !== false) return []
  const mend = item.type === 'open-choice' ? '; give another answer as `valueString`' : ''
  return [error(at, 'code-invalid', `answer to \`${item.linkId}\` is not one of its options${mend}`)]
}

/** Whether a question offers a value; undefined where it does not say, or cannot be asked here. */
const offers = (checking: Checking, item: QuestionnaireItem, { type, value }: Value): boolean | undefined => {
  if (item.answerOption !== undefined)
    return item.answerOption.some((option) => {
      const own = valueOf(option)
      return own?.type === type && isEqual(own.value, value)
    })
  if (item.answerValueSet === undefined || type !== 'Coding') return undefined
  const concepts = conceptsOf(checking, item.answerValueSet)
  if (concepts === undefined) {
    blame(
      checking.sheet.form,
      item,
      'not-supported',
      'the codes of `answerValueSet` are not known here, so answers were not held against them',
    )
    return undefined
  }
  const { system, code } = value as Coding
  return concepts.some((concept) => concept.code === code && concept.system === system)
}

/** The codes of a value set: of one that the Questionnaire contains, else of one that is known here. */
const conceptsOf = (
  { sheet, terminology, expansions }: Checking,
  canonical: string,
): readonly Concept[] | undefined => {
  if (expansions.has(canonical)) return expansions.get(canonical)
  const contained = (sheet.form.questionnaire.contained ?? []).find(
    (own): own is ValueSet => own.resourceType === 'ValueSet' && `#${own.id ?? ''}` === canonical,
  )
  const sets =
    contained === undefined ? terminology.sets : new Map([...terminology.sets, [canonical, contained]])
  const concepts = listed(contained) ?? expand({ ...terminology, sets }, canonical)
  expansions.set(canonical, concepts)
  return concepts
}

/** An expansion that comes with a contained value set, where it is whole. */
const listed = (set: ValueSet | undefined): readonly Concept[] | undefined => {
  const own = set?.expansion?.contains
  if (set?.compose !== undefined || own === undefined) return undefined
  return own.flatMap(({ system, code }) =>
    system === undefined || code === undefined ? [] : [{ system, code }],
  )
}
