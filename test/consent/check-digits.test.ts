import { describe, expect, it } from 'vitest'
import { sensitivityTables } from '../../mappings/sensitivity/index.ts'

/** Every code (no prefixes) of one system's table. */
const codes = (system: string): string[] =>
  sensitivityTables
    .filter((table) => table.system === system)
    .flatMap((table) => table.rows.flatMap((row) => row.code ?? []))

/** LOINC: modulus 10 over the digits before the hyphen. */
const isLoinc = (code: string): boolean => {
  const [body = '', check] = code.split('-')
  const sum = body
    .split('')
    .toReversed()
    .reduce((total, digit, place) => {
      const value = Number(digit) * (place % 2 === 0 ? 2 : 1)
      return total + (value > 9 ? value - 9 : value)
    }, 0)
  return String((10 - (sum % 10)) % 10) === check
}

/** The dihedral group of order ten: what the Verhoeff digit is reckoned in. */
const times = (a: number, b: number): number => {
  if (a < 5) return b < 5 ? (a + b) % 5 : ((a + b - 5) % 5) + 5
  return b < 5 ? ((a - 5 + 5 - b) % 5) + 5 : (a - b + 5) % 5
}

const permuted = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]

/** SNOMED CT: the last digit is a Verhoeff check digit. */
const isSctid = (code: string): boolean =>
  code
    .split('')
    .toReversed()
    .reduce((sum, digit, place) => {
      const value = Array.from({ length: place % 8 }).reduce<number>((at) => permuted[at] ?? 0, Number(digit))
      return times(sum, value)
    }, 0) === 0

describe('the codes of the sensitivity tables', () => {
  it('have the check digit of LOINC', () => {
    expect(codes('http://loinc.org').filter((code) => !isLoinc(code))).toEqual([])
    expect(isLoinc('75626-3')).toBe(false)
  })

  it('have the check digit of SNOMED CT', () => {
    expect(codes('http://snomed.info/sct').filter((code) => !isSctid(code))).toEqual([])
    expect(isSctid('75544001')).toBe(false)
  })
})
