/**
 * One value against one search value: http://hl7.org/fhir/R4/search.html#ptypes
 * Choices: codes compare without case, systems with it; a time without an offset is in UTC; `ap` is overlap.
 */
import type { Interval } from './dates.ts'
import { intervalOf, readPeriod } from './dates.ts'
import { isNode, listOf, nodesOf, targetOf } from './json.ts'
import type { Parameter } from './search-parameters.ts'

/** Splits at a separator that no backslash protects; `\,` `\|` `\$` are unescaped by `plain`. */
export const splitAt = (text: string, separator: string): readonly string[] => {
  const parts = ['']
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? ''
    const last = parts.length - 1
    if (character === '\\') {
      parts[last] += character + (text[index + 1] ?? '')
      index += 1
    } else if (character === separator) parts.push('')
    else parts[last] += character
  }
  return parts
}

export const plain = (text: string): string => text.replace(/\\(.)/g, '$1')

const folded = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/** `[code]`, `[system]|[code]`, `|[code]`, `[system]|` */
export const tokenMatches = (element: unknown, asked: string, implied: string | undefined): boolean => {
  const parts = splitAt(asked, '|').map(plain)
  const [wantedSystem, wantedCode] = parts.length > 1 ? [parts[0], parts[1]] : [undefined, parts[0]]
  const same = (system: unknown, code: unknown): boolean => {
    if (wantedCode !== '' && String(code).toLowerCase() !== wantedCode?.toLowerCase()) return false
    if (wantedSystem === undefined) return wantedCode !== ''
    return wantedSystem === '' ? system === undefined : system === wantedSystem
  }
  for (const value of listOf(element)) {
    if (!isNode(value)) {
      if (same(undefined, value) || (implied !== undefined && same(implied, value))) return true
    } else if (Array.isArray(value.coding)) {
      if (nodesOf(value.coding).some((coding) => same(coding.system, coding.code))) return true
    } else if (same(value.system, value.code ?? value.value)) return true
  }
  return false
}

/** `[type]/[id]`, `[id]`, an absolute URL; `type` is the modifier `:[type]`. */
export const referenceMatches = (
  element: unknown,
  asked: string,
  parameter: Parameter,
  type?: string,
): boolean => {
  for (const value of nodesOf(element)) {
    if (typeof value.reference !== 'string') continue
    const target = targetOf(value)
    if (target === undefined) {
      if (value.reference === asked && parameter.target === undefined) return true
      continue
    }
    const [targetType, id] = target.split('/')
    if (parameter.target !== undefined && targetType !== parameter.target) continue
    if (type !== undefined && targetType !== type) continue
    if (asked.includes('/') ? target === (targetOf(asked) ?? asked) : id === asked) return true
  }
  return false
}

type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap'

const prefixed = (asked: string): { prefix: Prefix; rest: string } => {
  const match = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)(.*)$/.exec(asked)
  return match === null ? { prefix: 'eq', rest: asked } : { prefix: match[1] as Prefix, rest: match[2] ?? '' }
}

/** http://hl7.org/fhir/R4/search.html#prefix: ranges against ranges. */
const rangeMatches = (prefix: Prefix, wanted: Interval, actual: Interval): boolean => {
  const contained = actual.from >= wanted.from && actual.to <= wanted.to
  switch (prefix) {
    case 'eq':
      return contained
    case 'ne':
      return !contained
    case 'gt':
      return actual.to > wanted.to
    case 'lt':
      return actual.from < wanted.from
    case 'ge':
      return contained || actual.to > wanted.to
    case 'le':
      return contained || actual.from < wanted.from
    case 'sa':
      return actual.from >= wanted.to
    case 'eb':
      return actual.to <= wanted.from
    case 'ap':
      return actual.from < wanted.to && actual.to > wanted.from
  }
}

export const dateMatches = (element: unknown, asked: string): boolean => {
  const { prefix, rest } = prefixed(asked)
  const wanted = intervalOf(rest, true)
  if (wanted === undefined) throw new Error(`\`${asked}\` is no date`)
  return listOf(element).some((value) => {
    const actual = isNode(value) ? readPeriod(value) : intervalOf(value)
    return actual !== undefined && actual !== 'broken' && rangeMatches(prefix, wanted, actual)
  })
}

export const stringMatches = (element: unknown, asked: string, modifier: string | undefined): boolean =>
  listOf(element).some((value) => {
    if (typeof value !== 'string') return false
    if (modifier === 'exact') return value === asked
    return modifier === 'contains'
      ? folded(value).includes(folded(asked))
      : folded(value).startsWith(folded(asked))
  })

/** `[prefix][number]|[system]|[code]`: eq and ne within the precision of the number that was given. */
export const quantityMatches = (element: unknown, asked: string): boolean => {
  const { prefix, rest } = prefixed(asked)
  const [number = '', system = '', code = ''] = splitAt(rest, '|').map(plain)
  const wanted = Number(number)
  const decimals = /\.(\d+)$/.exec(number)?.[1]?.length ?? 0
  const half = 0.5 * 10 ** -decimals
  return nodesOf(element).some((quantity) => {
    if (typeof quantity.value !== 'number') return false
    if (system !== '' && quantity.system !== system) return false
    if (code !== '' && quantity.code !== code && (system !== '' || quantity.unit !== code)) return false
    const { value } = quantity
    const near = value >= wanted - half && value < wanted + half
    switch (prefix) {
      case 'eq':
      case 'ap':
        return near
      case 'ne':
        return !near
      case 'gt':
      case 'sa':
        return value > wanted
      case 'lt':
      case 'eb':
        return value < wanted
      case 'ge':
        return value >= wanted
      case 'le':
        return value <= wanted
    }
  })
}
