import { endOf, startOf } from '../fhir/dates.ts'
import { isObject, text } from './json.ts'
import type { Json } from './json.ts'

/** What a profile says of how long or how much a value may be. */
export type Bounds = { maxLength?: number; least?: unknown; most?: unknown }

/**
 * What is wrong with a value by `maxLength`, `minValue[x]` and `maxValue[x]`; undefined where nothing is, or where the two
 * cannot be compared (another unit, a limit relative to today).
 * https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.minValue_x_
 */
export function boundsFault(value: unknown, { maxLength, least, most }: Bounds): string | undefined {
  if (maxLength !== undefined && typeof value === 'string' && Array.from(value).length > maxLength)
    return `must be no longer than ${maxLength} characters`
  if (least !== undefined && isBelow(value, least)) return `must be at least ${inWords(least)}`
  if (most !== undefined && isBelow(most, value)) return `must be at most ${inWords(most)}`
  return undefined
}

/** Whether one value is surely less than another: dates count as a whole, with the precision that they have. */
function isBelow(one: unknown, other: unknown): boolean {
  if (typeof one === 'number' && typeof other === 'number') return one < other
  if (typeof one === 'string' && typeof other === 'string')
    return /^\d{2}:/.test(one) && /^\d{2}:/.test(other) ? one < other : endOf(one) <= startOf(other)
  if (!isObject(one) || !isObject(other)) return false
  return unitOf(one) === unitOf(other) && isBelow(one.value, other.value)
}

function unitOf({ system, code, unit }: Json): string | undefined {
  return code === undefined ? text(unit) : `${text(system) ?? ''}|${text(code) ?? ''}`
}

function inWords(limit: unknown): string {
  if (!isObject(limit)) return `\`${String(limit)}\``
  return `\`${String(limit.value)} ${text(limit.unit) ?? text(limit.code) ?? ''}\``.replace(' `', '`')
}
