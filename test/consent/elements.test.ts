import { describe, expect, it, test } from 'vitest'
import shipped from '../../mappings/consent-elements.json' with { type: 'json' }
import { type ElementTable, faultsOf } from '../../src/consent/faults.ts'
import { buildConsent } from '../contract/consents.ts'

const table: ElementTable = shipped

/** What a consent lacks by a table, as `label citation`. */
const lacks = (spec: Partial<Parameters<typeof buildConsent>[1]>, by = table): string[] =>
  faultsOf(
    buildConsent('c', {
      root: { effect: 'permit', to: ['hospital'], purposes: ['TREAT'], labels: ['SUD'] },
      ...spec,
    }),
    true,
    by,
  ).deficient.map(({ label, citation }) => `${label} ${citation}`)

const permits = (...purposes: string[]) => ({
  root: { effect: 'permit', to: ['hospital'], purposes, labels: ['SUD'] },
})

describe('the elements that a consent must have', () => {
  it('are all there in a complete one', () => {
    expect(lacks({})).toEqual([])
  })

  test.each(table.elements)('are those that can be told: $element for $label', (row) => {
    const unknown = { ...row, element: `not-${row.element}` }
    expect(lacks({}, { ...table, elements: [row] })).toEqual([])
    expect(lacks({}, { ...table, elements: [unknown] })).toEqual([`${row.label} ${row.citation}`])
  })

  it('are asked for by the label that the row names', () => {
    const rows = (spec: Parameters<typeof lacks>[0]) => lacks(spec).map((line) => line.split(' ')[0])
    expect(rows({ without: ['revocation-statement'] })).toEqual(['42CFRPart2', 'PSYTHPN'])
    expect(rows({ without: ['consent-description'] })).toEqual(['42CFRPart2', 'PSYTHPN', 'ferpa'])
    expect(rows({ without: ['dateTime'] })).toEqual(['42CFRPart2', 'PSYTHPN', 'ferpa'])
    expect(rows({ without: ['expiry'] })).toEqual(['42CFRPart2', 'PSYTHPN'])
    expect(rows(permits('HLEGAL', 'TREAT'))).toEqual(['42CFRPart2'])
    expect(rows(permits('HLEGAL'))).toEqual([])
  })

  it('know a label that no code has for a fault of the file', () => {
    const elements = [{ element: 'revocation', label: 'nonsense', citation: 'x' }]
    expect(() => lacks({ without: ['revocation-statement'] }, { ...table, elements })).toThrow('nonsense')
  })
})

describe('what counsel may set of treatment, payment and operations', () => {
  const anyOf = { ...table, tpo: { ...table.tpo, statements: 'any', openEnd: 'any' } }
  const part2 = (line: string) => line.startsWith('42CFRPart2')

  it('the statements are due where all three are, or where any is (2.31(a)(4)(iii), (a)(10))', () => {
    const due = ['42CFRPart2 42 CFR 2.31(a)(4)(iii), (a)(10)']
    expect(lacks(permits('TREAT'))).toEqual([])
    expect(lacks(permits('TREAT'), anyOf)).toEqual(due)
    expect(lacks(permits('HRESCH'), anyOf)).toEqual([])
    expect(lacks({ ...permits('TREAT'), tpoStatements: 'both' }, anyOf)).toEqual([])
    expect(lacks(permits('TREAT', 'HPAYMT', 'HOPERAT'))).toEqual(due)
  })

  it("'none' is an expiry where all three are, or where nothing else is (2.31(a)(7))", () => {
    const open = { without: ['expiry'], expiryEvent: 'None.', tpoStatements: 'both' }
    const due = '42CFRPart2 42 CFR 2.31(a)(7)'
    const all = permits('TREAT', 'HPAYMT', 'HOPERAT')
    expect(lacks({ ...open, ...permits('TREAT') }).filter(part2)).toEqual([due])
    expect(lacks({ ...open, ...permits('TREAT') }, anyOf).filter(part2)).toEqual([])
    expect(lacks({ ...open, ...permits('TREAT', 'HRESCH') }, anyOf).filter(part2)).toEqual([due])
    expect(lacks({ ...open, ...all }).filter(part2)).toEqual([])
  })
})
