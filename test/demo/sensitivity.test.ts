import { describe, expect, it } from 'vitest'
import defaults from '../../mappings/default-table.json' with { type: 'json' }
import notices from '../../mappings/notices.json' with { type: 'json' }
import { sensitivityTables, type SensitivityTable } from '../../mappings/sensitivity/index.ts'
import { county } from '../../src/demo/county.ts'

const labelsOf = (table: SensitivityTable, code: string): string[] =>
  table.rows
    .filter((row) => row.code === code || (row.prefix !== undefined && code.startsWith(row.prefix)))
    .map((row) => row.label)

const labelOf = (system: string, code: string): string[] =>
  sensitivityTables.filter((it) => it.system === system).flatMap((it) => labelsOf(it, code))

const icd = 'http://hl7.org/fhir/sid/icd-10-cm'
const rxnorm = 'http://www.nlm.nih.gov/research/umls/rxnorm'

describe('the sensitivity tables', () => {
  it.each(sensitivityTables.map((it) => [it.system, it] as const))('%s covers a code once', (_, table) => {
    const covered = table.rows.map((row) => row.code ?? row.prefix ?? '')
    expect(covered.filter((code) => labelsOf(table, code).length !== 1)).toEqual([])
  })

  it.each([
    [icd, 'F10.20', 'ETHUD'],
    [icd, 'F11.20', 'OPIOIDUD'],
    [icd, 'F12.10', 'SUD'],
    [icd, 'F19.99', 'SUD'],
    [icd, 'F33.1', 'MH'],
    [icd, 'F52.21', 'SEX'],
    [icd, 'F64.0', 'SEX'],
    [icd, 'B20', 'HIV'],
    [icd, 'Z21', 'HIV'],
    [icd, 'A53.9', 'STD'],
    [icd, 'T74.21XA', 'SDV'],
    [icd, 'T76.02XA', 'VIO'],
    [rxnorm, '1819', 'OPIOIDUD'],
    [rxnorm, '82819', 'ETHUD'],
    [rxnorm, '7243', 'SUD'],
    [rxnorm, '1433868', 'HIV'],
    ['http://loinc.org', '75626-2', 'SUD'],
    ['http://loinc.org', '44261-6', 'MH'],
    ['http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets', 'H0020', 'OPIOIDUD'],
  ])('%s %s is %s', (system, code, label) => {
    expect(labelOf(system, code)).toEqual([label])
  })

  it('leave an ankle alone', () => {
    expect(labelOf(icd, 'S93.401A')).toEqual([])
    expect(labelOf(icd, 'Z00.00')).toEqual([])
  })

  it('know every code of a substance use, HIV or abuse record of the demo county', () => {
    const text = JSON.stringify(county(new Date()).records)
    for (const code of ['F11.20', 'F10.20', 'F12.10', 'B20', 'Z62.810', 'T40.411A']) {
      expect(text).toContain(code)
      expect(labelOf(icd, code)).toHaveLength(1)
    }
  })
})

describe('the default table', () => {
  it('names a label once, and permits only ordinary records', () => {
    const labels = defaults.rows.filter((row) => row.label !== 'ordinary').map((row) => row.label)
    expect(new Set(labels).size).toBe(labels.length)
    expect(
      defaults.rows.filter((row) => row.effect === 'permit').every((row) => row.label === 'ordinary'),
    ).toBe(true)
    expect(defaults.rows.every((row) => row.citation.length > 0)).toBe(true)
  })
})

describe('the notices', () => {
  it('have the short form of 42 CFR 2.32(a), word for word', () => {
    expect(notices.notices.find((it) => it.id === 'part2-short')?.text).toBe(
      '42 CFR part 2 prohibits unauthorized use or disclosure of these records.',
    )
  })
})
