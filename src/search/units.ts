import { UcumLhcUtils } from '@lhncbc/ucum-lhc'

/** A value in base units: 5 mg is 0.005 `g`. */
export interface BaseValue {
  readonly unit: string
  readonly value: number
}

/** Brings a value with a UCUM code into base units; undefined for a code that UCUM does not have or cannot convert. */
export type ToBase = (code: string, value: number) => BaseValue | undefined

export const ucum = 'http://unitsofmeasure.org'

interface Scale {
  readonly unit: string
  readonly factor: number
  readonly offset: number
}

/** Conversion by UCUM (FHIR R4 search 3.1.1.4.13); what a unit is, is looked up once. */
export const createUnits = (): ToBase => {
  const scales = new Map<string, Scale | undefined>()
  return (code, value) => {
    if (!scales.has(code)) scales.set(code, scaleOf(code))
    const scale = scales.get(code)
    return scale === undefined
      ? undefined
      : { unit: scale.unit, value: rounded(value * scale.factor + scale.offset) }
  }
}

/** Twelve digits: what binary fractions leave beyond that would tell 5 mg from 0.005 g. */
const rounded = (value: number): number => Number(value.toPrecision(12))

/** Every unit that is served is linear in its base unit; those on a logarithmic scale are not. */
const scaleOf = (code: string): Scale | undefined => {
  const [zero, one, two] = [0, 1, 2].map((value) => baseOf(code, value))
  if (zero === undefined || one === undefined || two === undefined) return undefined
  const factor = one.value - zero.value
  if (!Number.isFinite(factor) || Math.abs(two.value - one.value - factor) > Math.abs(factor) * 1e-9)
    return undefined
  return { unit: one.unit, factor, offset: zero.value }
}

const baseOf = (code: string, value: number): BaseValue | undefined => {
  try {
    const { status, magnitude, unitToExp } = UcumLhcUtils.getInstance().convertToBaseUnits(code, value)
    if (status !== 'succeeded' || !Number.isFinite(magnitude)) return undefined
    const parts = Object.entries(unitToExp).toSorted(([one], [other]) => (one < other ? -1 : 1))
    return { unit: parts.map(([unit, power]) => `${unit}${power}`).join('.') || '1', value: magnitude }
  } catch {
    return undefined
  }
}
