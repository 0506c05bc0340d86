import type { QuestionnaireItem } from 'fhir/r4'
import type { Issue } from '../../problem.ts'
import { compare, valueOf } from '../form/compare.ts'
import { extension, number, url } from '../sdc.ts'
import { error } from './checking.ts'

type Value = NonNullable<ReturnType<typeof valueOf>>

/** What is wrong with an answer's length, size or precision (FHIR R4 extensions of questionnaires). */
export const limitIssues = (item: QuestionnaireItem, { value }: Value, at: string): Issue[] => {
  const said = (text: string): Issue => error(at, 'value', `answer to \`${item.linkId}\` ${text}`)
  return [...lengthTexts(item, value), ...rangeTexts(item, value), ...decimalTexts(item, value)].map(said)
}

const lengthTexts = (item: QuestionnaireItem, value: unknown): string[] => {
  if (typeof value !== 'string') return []
  const [length, least, most] = [Array.from(value).length, number(item, url.minLength), item.maxLength]
  return [
    ...(least !== undefined && length < least ? [`must have at least ${least} characters`] : []),
    ...(most !== undefined && length > most ? [`must have ${most} characters at the most; shorten it`] : []),
  ]
}

const rangeTexts = (item: QuestionnaireItem, value: unknown): string[] => {
  const order = (of: string): number | undefined => {
    const limit = extension(item, of)
    return limit === undefined ? undefined : compare(value, valueOf(limit)?.value)
  }
  return [
    ...((order(url.minValue) ?? 0) < 0 ? [`must not be below ${limitText(item, url.minValue)}`] : []),
    ...((order(url.maxValue) ?? 0) > 0 ? [`must not be above ${limitText(item, url.maxValue)}`] : []),
  ]
}

const limitText = (item: QuestionnaireItem, of: string): string => {
  const value = valueOf(extension(item, of) ?? {})?.value
  return typeof value === 'string' || typeof value === 'number' ? `\`${value}\`` : 'the limit of the question'
}

const decimalTexts = (item: QuestionnaireItem, value: unknown): string[] => {
  const most = number(item, url.maxDecimalPlaces)
  const amount = typeof value === 'object' && value !== null && 'value' in value ? value.value : value
  if (most === undefined || typeof amount !== 'number') return []
  return placesOf(amount) > most ? [`must have ${most} decimal places at the most; round it`] : []
}

const placesOf = (amount: number): number => {
  const [digits = '', exponent = '0'] = String(amount).split('e')
  return Math.max(0, (digits.split('.')[1] ?? '').length - Number(exponent))
}
