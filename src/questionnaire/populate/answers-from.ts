import type { Coding, QuestionnaireItem, QuestionnaireResponseItemAnswer } from 'fhir/r4'
import { isEqual, valueOf } from '../form/compare.ts'
import { blame, type Form } from '../form/form.ts'
import { extension, url } from '../sdc.ts'

type Fields = { readonly [name: string]: unknown }

/**
 * Values of an expression as answers to an item, by its type. What is of no such type, or none of the options, is left out
 * and told; so is all but the first where the item does not repeat.
 */
export const answersFrom = (
  form: Form,
  item: QuestionnaireItem,
  values: readonly unknown[],
): QuestionnaireResponseItemAnswer[] => {
  const answers = values.flatMap((value) => answerFrom(item, value) ?? [])
  if (answers.length < values.length)
    blame(form, item, 'value', 'an expression gave a value that is no answer to it; it was left out')
  if (answers.length > 1 && item.repeats !== true)
    blame(form, item, 'value', 'an expression gave several values; the first was taken')
  return item.repeats === true ? answers : answers.slice(0, 1)
}

const answerFrom = (item: QuestionnaireItem, value: unknown): QuestionnaireResponseItemAnswer | undefined => {
  switch (item.type) {
    case 'boolean':
      return typeof value === 'boolean' ? { valueBoolean: value } : undefined
    case 'integer':
      return Number.isInteger(value) ? { valueInteger: value as number } : undefined
    case 'decimal':
      return typeof value === 'number' ? { valueDecimal: value } : amountOf(value)
    case 'date':
      return matching(value, /^\d{4}(-\d\d(-\d\d)?)?(?=T|$)/, (valueDate) => ({ valueDate }))
    case 'dateTime':
      return matching(value, /^\d{4}(-\d\d(-\d\d(T.+)?)?)?$/, (valueDateTime) => ({ valueDateTime }))
    case 'time':
      return matching(value, /^\d\d:\d\d:\d\d(\.\d+)?$/, (valueTime) => ({ valueTime }))
    case 'string':
    case 'text':
      return isSimple(value) && value !== '' ? { valueString: String(value) } : undefined
    case 'url':
      return matching(value, /^\S+$/, (valueUri) => ({ valueUri }))
    case 'choice':
    case 'open-choice':
      return optionFrom(item, value)
    case 'quantity':
      return quantityFrom(item, value)
    case 'reference':
      return referenceFrom(value)
    case 'attachment':
      return isFields(value) ? { valueAttachment: value } : undefined
    default:
      return undefined
  }
}

const isSimple = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null

const matching = (
  value: unknown,
  pattern: RegExp,
  make: (text: string) => QuestionnaireResponseItemAnswer,
): QuestionnaireResponseItemAnswer | undefined => {
  const [text] = (typeof value === 'string' ? pattern.exec(value) : null) ?? []
  return text === undefined ? undefined : make(text)
}

const amountOf = (value: unknown): QuestionnaireResponseItemAnswer | undefined =>
  isFields(value) && typeof value.value === 'number' ? { valueDecimal: value.value } : undefined

/** A Coding, the first of a CodeableConcept that is offered, or a code; of an open choice a text as well. */
const optionFrom = (item: QuestionnaireItem, value: unknown): QuestionnaireResponseItemAnswer | undefined => {
  const codings = isFields(value) && Array.isArray(value.coding) ? (value.coding as Coding[]) : [value]
  const options = item.answerOption ?? []
  const offered = options.find((option) => codings.some((one) => isOffered(valueOf(option)?.value, one)))
  if (offered !== undefined) {
    const found = valueOf(offered)
    return found === undefined ? undefined : { [`value${found.type}`]: structuredClone(found.value) }
  }
  const [first] = codings
  if (options.length === 0 && isFields(first) && typeof first.code === 'string') return { valueCoding: first }
  const text =
    typeof value === 'string'
      ? value
      : isFields(value) && typeof value.text === 'string'
        ? value.text
        : undefined
  return item.type === 'open-choice' && text !== undefined ? { valueString: text } : undefined
}

const isOffered = (option: unknown, value: unknown): boolean =>
  isEqual(option, value) || (isFields(option) && typeof value === 'string' && option.code === value)

const quantityFrom = (
  item: QuestionnaireItem,
  value: unknown,
): QuestionnaireResponseItemAnswer | undefined => {
  if (isFields(value) && typeof value.value === 'number') return { valueQuantity: value }
  if (typeof value !== 'number') return undefined
  const { system, code, display } = extension(item, url.unit)?.valueCoding ?? {}
  return {
    valueQuantity: {
      value,
      ...(display === undefined ? {} : { unit: display }),
      ...(system === undefined ? {} : { system }),
      ...(code === undefined ? {} : { code }),
    },
  }
}

/** A Reference, or a resource as a reference to it. */
const referenceFrom = (value: unknown): QuestionnaireResponseItemAnswer | undefined => {
  if (!isFields(value)) return undefined
  if (typeof value.resourceType === 'string')
    return typeof value.id === 'string'
      ? { valueReference: { reference: `${value.resourceType}/${value.id}` } }
      : undefined
  return typeof value.reference === 'string' || isFields(value.identifier)
    ? { valueReference: value }
    : undefined
}
