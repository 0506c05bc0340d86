import { type Asked, escaped } from './forms.ts'

interface Quantity {
  readonly value?: number
  readonly comparator?: string
  readonly unit?: string
  readonly system?: string
  readonly code?: string
  readonly currency?: string
  readonly low?: Quantity
  readonly high?: Quantity
  readonly origin?: Quantity
  readonly factor?: number
  readonly data?: string
}

/** ISO 4217, which the currency of a Money is a code of (FHIR R4 datatypes, Money). */
const currencies = 'urn:iso:std:iso:4217'

/** A number as it is; a quantity with its unit, coded or in words, and without; a range by its ends. */
export const amountForms = (value: unknown): Asked[] => {
  if (typeof value === 'number') return [{ form: 'number', value: String(value) }]
  if (typeof value !== 'object' || value === null) return []
  const quantity: Quantity = value
  if (quantity.currency !== undefined)
    return quantityForms({ ...quantity, system: currencies, code: quantity.currency }, '')
  if (quantity.origin !== undefined) return quantityForms(highest(quantity, quantity.origin), 'ge')
  return [
    ...quantityForms(quantity, prefixes[quantity.comparator ?? ''] ?? ''),
    ...(quantity.low === undefined ? [] : quantityForms(quantity.low, 'ge')),
    ...(quantity.high === undefined ? [] : quantityForms(quantity.high, 'le')),
  ]
}

const highest = ({ factor = 1, data = '' }: Quantity, origin: Quantity): Quantity => {
  const samples = data.split(' ').map(Number).filter(Number.isFinite)
  return { ...origin, value: (origin.value ?? 0) + Math.max(...samples) * factor }
}

/** What is stated as less than a value is found among what is less. */
const prefixes: Readonly<Record<string, string>> = { '<': 'lt', '<=': 'le', '>': 'gt', '>=': 'ge' }

const quantityForms = ({ value, unit, system, code }: Quantity, prefix: string): Asked[] => {
  if (typeof value !== 'number') return []
  const number = `${prefix}${value}`
  const named = code ?? unit
  return [
    ...(system === undefined || code === undefined
      ? []
      : [{ form: `${prefix}number|system|code`, value: `${number}|${escaped(system)}|${escaped(code)}` }]),
    { form: `${prefix}number`, value: number },
    ...(named === undefined
      ? []
      : [{ form: `${prefix}number||unit`, value: `${number}||${escaped(named)}` }]),
  ]
}

/** More than any of them. */
export const wrongAmount = (values: readonly unknown[]): Asked[] => {
  const most = Math.max(0, ...values.flatMap(numbersOf))
  return [{ form: 'another number', value: String(Math.ceil(most * 2 + 1000)) }]
}

const numbersOf = (value: unknown): number[] => {
  if (typeof value === 'number') return [Math.abs(value)]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(numbersOf)
}
