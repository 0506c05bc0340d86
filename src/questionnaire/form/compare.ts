import type { Coding, Quantity, QuestionnaireItemEnableWhen, QuestionnaireResponseItemAnswer } from 'fhir/r4'
import { span } from '../../fhir/dates.ts'

type Operator = QuestionnaireItemEnableWhen['operator']

/** The value of an answer, and its type: `Coding` of `valueCoding`. */
export const valueOf = (answer: object, prefix = 'value'): { type: string; value: unknown } | undefined => {
  const [found] = Object.entries(answer).filter(
    ([name]) => /^[A-Z]/.test(name.slice(prefix.length)) && name.startsWith(prefix),
  )
  return found === undefined ? undefined : { type: found[0].slice(prefix.length), value: found[1] as unknown }
}

/**
 * Whether the answers of a question meet a condition (https://hl7.org/fhir/R4/valueset-questionnaire-enable-operator.html):
 * `!=` where none is equal, the others where at least one compares so.
 */
export const meets = (
  condition: QuestionnaireItemEnableWhen,
  answers: readonly QuestionnaireResponseItemAnswer[],
): boolean => {
  const values = answers.flatMap((answer) => valueOf(answer) ?? [])
  const { operator } = condition
  if (operator === 'exists') return values.length > 0 === (condition.answerBoolean ?? true)
  const wanted = valueOf(condition, 'answer')?.value
  if (operator === '!=') return !values.some(({ value }) => isEqual(value, wanted))
  return values.some(({ value }) =>
    operator === '=' ? isEqual(value, wanted) : isOrdered(operator, value, wanted),
  )
}

/** Whether two values of answers are the same. */
export const isEqual = (one: unknown, other: unknown): boolean => {
  if (isCoding(one) && isCoding(other)) return one.code === other.code && one.system === other.system
  if (isQuantity(one) && isQuantity(other)) return compare(one, other) === 0
  if (isReference(one) && isReference(other)) return one.reference === other.reference
  if (isTemporal(one) && isTemporal(other)) return one === other || compare(one, other) === 0
  return one === other
}

/** Below 0 where one comes before the other; undefined where they cannot be compared. */
export const compare = (one: unknown, other: unknown): number | undefined => {
  if (typeof one === 'number' && typeof other === 'number') return one - other
  if (isQuantity(one) && isQuantity(other))
    return unitOf(one) === unitOf(other) ? compare(one.value, other.value) : undefined
  if (typeof one !== 'string' || typeof other !== 'string') return undefined
  if (isTemporal(one) && isTemporal(other)) return between(span(one), span(other))
  return one < other ? -1 : one > other ? 1 : 0
}

/** Dates of different precision compare only where their periods are apart. */
const between = (
  [from, until]: readonly [number, number],
  [start, end]: readonly [number, number],
): number | undefined => {
  if (from === start && until === end) return 0
  if (until <= start) return -1
  return from >= end ? 1 : undefined
}

const isOrdered = (operator: Operator, one: unknown, other: unknown): boolean => {
  const order = compare(one, other)
  if (order === undefined) return false
  switch (operator) {
    case '>':
      return order > 0
    case '<':
      return order < 0
    case '>=':
      return order >= 0
    case '<=':
      return order <= 0
    default:
      return false
  }
}

const isTemporal = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}(-\d\d|$)/.test(value)

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const isCoding = (value: unknown): value is Coding =>
  isObject(value) && typeof value.code === 'string' && !('value' in value)

const isQuantity = (value: unknown): value is Quantity => isObject(value) && typeof value.value === 'number'

const isReference = (value: unknown): value is { reference: string } =>
  isObject(value) && typeof value.reference === 'string'

const unitOf = ({ system, code, unit }: Quantity): string =>
  code === undefined ? `${unit ?? ''}` : `${system ?? ''}|${code}`
