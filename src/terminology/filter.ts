import type { CodeSystemConceptProperty, ValueSetComposeIncludeFilter } from 'fhir/r4'
import { type Codes, type Defined, isA, isInactive } from './code-system.ts'
import { isPlainPattern } from './pattern.ts'
import type { Condition, Imported, Valued } from './selection.ts'

type Filter = ValueSetComposeIncludeFilter
type Test = (code: string, defined: Defined) => boolean

const listed = (value: string): string[] => value.split(',').map((one) => one.trim())

/** What a filter on an imported system means; undefined where that is not known (https://hl7.org/fhir/R4/valueset-filter-operator.html). */
export const conditionOf = (
  { system, properties, isSubsuming }: Imported,
  filter: Filter,
): Condition | undefined => {
  const { property, op, value } = filter
  if (property === 'concept' || property === 'code') {
    const hierarchical = ofHierarchy(filter)
    return hierarchical === undefined ? ofCode(system, filter) : isSubsuming ? hierarchical : undefined
  }
  if (!isSubsuming && (property === 'parent' || property === 'child' || property === 'ancestor'))
    return undefined
  if (property === 'parent' || property === 'child') {
    if (op !== '=' && op !== 'in') return undefined
    return { kind: property, codes: op === '=' ? [value] : listed(value) }
  }
  if (property === 'ancestor') return op === '=' ? { kind: 'below', code: value, itself: false } : undefined
  if (property === 'inactive')
    return op === '=' && (value === 'true' || value === 'false')
      ? { kind: 'active', is: value === 'false' }
      : undefined
  if (property === 'display') return ofValue({ column: 'display' }, filter)
  return properties.includes(property) ? ofValue({ property }, filter) : undefined
}

const ofHierarchy = ({ op, value: code }: Filter): Condition | undefined => {
  switch (op) {
    case 'is-a':
      return { kind: 'below', code, itself: true }
    case 'descendent-of':
      return { kind: 'below', code, itself: false }
    case 'is-not-a':
      return { kind: 'not-below', code }
    case 'generalizes':
      return { kind: 'above', code }
    default:
      return undefined
  }
}

/** In SNOMED CT `concept in` is about a reference set (https://hl7.org/fhir/R4/snomedct.html), and none is imported. */
const ofCode = (system: string, filter: Filter): Condition | undefined =>
  system === 'http://snomed.info/sct' && filter.op !== '=' ? undefined : ofValue({ column: 'code' }, filter)

const ofValue = (of: Valued, { op, value }: Filter): Condition | undefined => {
  switch (op) {
    case '=':
      return { kind: 'value', of, among: [value], is: true }
    case 'in':
    case 'not-in':
      return { kind: 'value', of, among: listed(value), is: op === 'in' }
    case 'regex':
      return isPlainPattern(value) ? { kind: 'regex', of, pattern: value } : undefined
    case 'exists':
      return 'property' in of && (value === 'true' || value === 'false')
        ? { kind: 'exists', property: of.property, is: value === 'true' }
        : undefined
    default:
      return undefined
  }
}

/** What a filter on a CodeSystem means; undefined where that is not known. A pattern is never run here: it might not end. */
export const testOf = (codes: Codes, { property, op, value }: Filter): Test | undefined => {
  if (property === 'concept' || property === 'code') {
    const hierarchical = hierarchyTest(codes, op, value)
    return hierarchical ?? valueTest((code) => [code], op, value)
  }
  if (property === 'parent') return valueTest((_code, { parents }) => parents, op, value)
  if (property === 'inactive') return valueTest((_code, defined) => [String(isInactive(defined))], op, value)
  if (property === 'display')
    return valueTest((_code, { display }) => (display === undefined ? [] : [display]), op, value)
  const isKnown = [...codes.concepts.values()].some(({ properties }) =>
    properties.some(({ code }) => code === property),
  )
  return isKnown ? valueTest((_code, { properties }) => textsOf(properties, property), op, value) : undefined
}

const hierarchyTest = (codes: Codes, op: Filter['op'], value: string): Test | undefined => {
  if (!codes.isSubsuming) return undefined
  switch (op) {
    case 'is-a':
      return (code) => isA(codes, code, value)
    case 'descendent-of':
      return (code) => code !== value && isA(codes, code, value)
    case 'is-not-a':
      return (code) => !isA(codes, code, value)
    case 'generalizes':
      return (code) => isA(codes, value, code)
    default:
      return undefined
  }
}

const valueTest = (
  valuesOf: (code: string, defined: Defined) => readonly string[],
  op: Filter['op'],
  value: string,
): Test | undefined => {
  const among = new Set(op === '=' ? [value] : listed(value))
  switch (op) {
    case '=':
    case 'in':
      return (code, defined) => valuesOf(code, defined).some((own) => among.has(own))
    case 'not-in':
      return (code, defined) => !valuesOf(code, defined).some((own) => among.has(own))
    case 'exists':
      return value === 'true' || value === 'false'
        ? (code, defined) => valuesOf(code, defined).length > 0 === (value === 'true')
        : undefined
    default:
      return undefined
  }
}

const textsOf = (properties: readonly CodeSystemConceptProperty[], name: string): string[] =>
  properties.flatMap(({ code, ...rest }) => {
    if (code !== name) return []
    const { valueCode, valueString, valueDateTime, valueBoolean, valueInteger, valueDecimal, valueCoding } =
      rest
    const own =
      valueCode ??
      valueString ??
      valueDateTime ??
      valueBoolean ??
      valueInteger ??
      valueDecimal ??
      valueCoding?.code
    return own === undefined ? [] : [String(own)]
  })
