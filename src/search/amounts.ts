import type { Money, Quantity, Range, SampledData } from 'fhir/r4'
import { type ToBase, ucum } from './units.ts'

/** A number or quantity as it is found: as it was stated, and in base units where its unit has them. */
export interface Amount {
  readonly low: number
  readonly high: number
  readonly system?: string | undefined
  readonly code?: string | undefined
  readonly unit?: string | undefined
  readonly base?: string
  readonly baseLow?: number
  readonly baseHigh?: number
}

const currencies = 'urn:iso:std:iso:4217'

/** The amounts of a value of a number or quantity parameter (FHIR R4 search 3.1.1.4.6 and 3.1.1.4.13). */
export const amountsOf = (type: string, value: unknown, toBase: ToBase): Amount[] => {
  if (typeof value === 'number') return [{ low: value, high: value }]
  if (typeof value !== 'object' || value === null) return []
  switch (type) {
    case 'Money': {
      const { value: sum, currency } = value as Money
      return sum === undefined
        ? []
        : [{ low: sum, high: sum, system: currencies, code: currency, unit: currency }]
    }
    case 'Range': {
      const { low, high } = value as Range
      const { system, code, unit } = low ?? high ?? {}
      if (low?.value === undefined && high?.value === undefined) return []
      return [
        based({ low: low?.value ?? -Infinity, high: high?.value ?? Infinity, system, code, unit }, toBase),
      ]
    }
    case 'SampledData':
      return sampled(value as SampledData, toBase)
    default:
      return quantity(value, toBase)
  }
}

/** What is stated as less or more than a value reaches from there without end. */
const quantity = ({ value, comparator, system, code, unit }: Quantity, toBase: ToBase): Amount[] => {
  if (typeof value !== 'number') return []
  return [based({ ...reach(value, comparator), system, code, unit }, toBase)]
}

/** What is less than 5 does not reach 5: it ends so little before it that no search can tell. */
const reach = (value: number, comparator: Quantity['comparator']): Pick<Amount, 'low' | 'high'> => {
  const little = Math.abs(value) * 1e-9 || 1e-12
  switch (comparator) {
    case '<':
      return { low: -Infinity, high: value - little }
    case '<=':
      return { low: -Infinity, high: value }
    case '>':
      return { low: value + little, high: Infinity }
    case '>=':
      return { low: value, high: Infinity }
    default:
      return { low: value, high: value }
  }
}

/** From the least to the greatest of the samples. */
const sampled = (
  { origin, factor = 1, data, lowerLimit, upperLimit }: SampledData,
  toBase: ToBase,
): Amount[] => {
  const { value: zero = 0, system, code, unit } = origin
  const values = (data ?? '')
    .split(' ')
    .flatMap((sample) =>
      sample === 'L' ? (lowerLimit ?? []) : sample === 'U' ? (upperLimit ?? []) : Number(sample),
    )
    .filter((sample) => Number.isFinite(sample))
    .map((sample) => zero + sample * factor)
  if (values.length === 0) return []
  const [least, most] = values.reduce(
    ([low, high], one) => [Math.min(low, one), Math.max(high, one)],
    [Infinity, -Infinity],
  )
  return [based({ low: least ?? 0, high: most ?? 0, system, code, unit }, toBase)]
}

const based = (amount: Amount, toBase: ToBase): Amount => {
  if (amount.system !== ucum || amount.code === undefined) return amount
  const [low, high] = [amount.low, amount.high].map((value) => inBase(amount.code ?? '', value, toBase))
  if (low === undefined || high === undefined) return amount
  return { ...amount, base: low.unit, baseLow: low.value, baseHigh: high.value }
}

const inBase = (code: string, value: number, toBase: ToBase) => {
  if (Number.isFinite(value)) return toBase(code, value)
  const some = toBase(code, 1)
  return some === undefined ? undefined : { unit: some.unit, value }
}
