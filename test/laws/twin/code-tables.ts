/**
 * The shipped code tables (LABELS.md, third source), as data.
 * Choice: ICD-10-CM codes are compared without their dot and in upper case.
 */
import hcpcs from '../../../mappings/sensitivity/hcpcs.json' with { type: 'json' }
import icd from '../../../mappings/sensitivity/icd-10-cm.json' with { type: 'json' }
import instruments from '../../../mappings/sensitivity/instruments.json' with { type: 'json' }
import loinc from '../../../mappings/sensitivity/loinc.json' with { type: 'json' }
import ndc from '../../../mappings/sensitivity/ndc.json' with { type: 'json' }
import rxnorm from '../../../mappings/sensitivity/rxnorm.json' with { type: 'json' }
import snomed from '../../../mappings/sensitivity/snomed-ct.json' with { type: 'json' }

interface Row {
  code?: string
  prefix?: string
  label: string
}

const tables: readonly { system: string; rows: readonly Row[] }[] = [hcpcs, icd, loinc, ndc, rxnorm, snomed]

const instrumentRows: readonly Row[] = instruments.rows

const plain = (system: string, code: string): string =>
  system === icd.system ? code.toUpperCase().replaceAll('.', '') : code

/** Labels that the tables give a code. */
export const labelsOfCode = (system: string, code: string): readonly string[] => {
  const labels: string[] = []
  for (const table of tables) {
    if (table.system !== system) continue
    const asked = plain(system, code)
    for (const row of table.rows) {
      const exact = row.code !== undefined && plain(system, row.code) === asked
      const below = row.prefix !== undefined && asked.startsWith(plain(system, row.prefix))
      if (exact || below) labels.push(row.label)
    }
  }
  return labels
}

/** Labels of the instrument that a canonical names, whatever its version. */
export const labelsOfInstrument = (canonical: string): readonly string[] => {
  const url = canonical.split('|')[0]
  return instrumentRows.filter((row) => row.code === url).map((row) => row.label)
}

/** Code systems whose codes can be evaluated: those of the tables and the terminologies FHIR itself names. */
export const isKnownSystem = (system: string): boolean =>
  tables.some((table) => table.system === system) ||
  system.startsWith('http://terminology.hl7.org/CodeSystem/') ||
  system.startsWith('http://hl7.org/fhir/') ||
  system.startsWith('https://sluice.example/fhir/CodeSystem/') ||
  system === 'http://www.ama-assn.org/go/cpt' ||
  system === 'http://unitsofmeasure.org'
