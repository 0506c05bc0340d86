import hcpcs from './hcpcs.json' with { type: 'json' }
import icd10cm from './icd-10-cm.json' with { type: 'json' }
import icd10pcs from './icd-10-pcs.json' with { type: 'json' }
import instruments from './instruments.json' with { type: 'json' }
import loinc from './loinc.json' with { type: 'json' }
import ndc from './ndc.json' with { type: 'json' }
import rxnorm from './rxnorm.json' with { type: 'json' }
import snomedCt from './snomed-ct.json' with { type: 'json' }

/** The sensitivity labels a table may give: codes of v3-ActCode, where GDIS is genetic disease: gender identity is SEX. */
export const sensitivityLabels = [
  'SUD',
  'ETH',
  'ETHUD',
  'OPIOIDUD',
  'HIV',
  'STD',
  'SDV',
  'VIO',
  'SEX',
  'GDIS',
  'MH',
  'PSY',
  'PSYTHPN',
  'BH',
  'ADOL',
] as const

export type SensitivityLabel = (typeof sensitivityLabels)[number]

/** One code, or every code that starts with `prefix`, and the most specific label it brings. */
export type SensitivityRow = {
  readonly code?: string
  readonly prefix?: string
  readonly label: SensitivityLabel
  readonly display: string
}

/**
 * The rows of one code system. INVARIANT: no row covers a code that another row of the table covers, so a code
 * has one label at most and the order of rows means nothing.
 */
export type SensitivityTable = {
  readonly system: string
  readonly source: string
  readonly date: string
  readonly rows: readonly SensitivityRow[]
}

/** A table as its file has it; a row may carry a `note` on why it is debatable. */
type TableFile = {
  readonly system: string
  readonly source: string
  readonly date: string
  readonly rows: readonly {
    readonly code?: string | undefined
    readonly prefix?: string | undefined
    readonly label: string
    readonly display: string
    readonly note?: string | undefined
  }[]
}

const isLabel = (label: string): label is SensitivityLabel => sensitivityLabels.some((it) => it === label)

/** Refuses to load a table that gives a label nobody knows, or a row that covers nothing or two things. */
const table = (file: TableFile): SensitivityTable => ({
  ...file,
  rows: file.rows.map(({ code, prefix, label, display }) => {
    if (!isLabel(label)) throw new Error(`unknown label \`${label}\` in the table of \`${file.system}\``)
    if (code !== undefined && prefix === undefined) return { code, label, display }
    if (prefix !== undefined && code === undefined) return { prefix, label, display }
    throw new Error(`a row of \`${file.system}\` needs a code or a prefix`)
  }),
})

/**
 * Code system -> label tables (42 CFR 2.11: a code alone neither makes nor unmakes a Part 2 record, so no table
 * gives `42CFRPart2`). In the table whose system is the Questionnaire base, a code is a `Questionnaire.url`.
 */
export const sensitivityTables: readonly SensitivityTable[] = [
  icd10cm,
  icd10pcs,
  snomedCt,
  rxnorm,
  ndc,
  loinc,
  hcpcs,
  instruments,
].map(table)
