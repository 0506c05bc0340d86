import { icd10cm } from './icd-10-cm.ts'
import { loinc } from './loinc.ts'
import type { ReleaseFormat } from './release-format.ts'
import { rxnorm } from './rxnorm.ts'
import { snomedCt } from './snomed-ct.ts'

/** Code systems that are imported from the files of their publishers, by the names that commands have for them. */
export const releaseFormats: ReadonlyMap<string, ReleaseFormat> = new Map([
  ['icd-10-cm', icd10cm],
  ['loinc', loinc],
  ['snomed-ct', snomedCt],
  ['rxnorm', rxnorm],
])
