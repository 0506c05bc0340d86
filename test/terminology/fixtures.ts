import { readFile } from 'node:fs/promises'
import type { Services } from '../../src/services.ts'
import { administer, type Ran, run } from '../admin/desk.ts'

/** The files of each release, in the layouts of their publishers: few rows, partly invented. */
export const releases = {
  'icd-10-cm': ['icd10cm-order-2026.txt'],
  loinc: ['Loinc.csv', 'ComponentHierarchyBySystem.csv', 'AnswerList.csv'],
  'snomed-ct': [
    'sct2_Concept_Snapshot_INT_20260101.txt',
    'sct2_Description_Snapshot-en_INT_20260101.txt',
    'sct2_Relationship_Snapshot_INT_20260101.txt',
  ],
  rxnorm: ['RXNCONSO.RRF', 'RXNREL.RRF'],
} as const

export type System = keyof typeof releases

const folders: Readonly<Record<System, string>> = {
  'icd-10-cm': 'icd',
  loinc: 'Loinc_2.80',
  'snomed-ct': 'Snapshot/Terminology',
  rxnorm: 'RxNorm_full_01052026/rrf',
}

export type Files = Record<string, Uint8Array | string>

/** A file of a release, as text. */
export const fixture = (name: string): Promise<string> =>
  readFile(new URL(`fixtures/${name}`, import.meta.url), 'utf8')

/** The files of a release, in the folder that it comes in. */
export const filesOf = async (system: System): Promise<Files> =>
  Object.fromEntries(
    await Promise.all(
      releases[system].map(async (name) => [`${folders[system]}/${name}`, await fixture(name)] as const),
    ),
  )

/** Runs `import terminology` over files, as an operator would. */
export const importFiles = (
  services: Services,
  system: string,
  files: Files,
  ...more: string[]
): Promise<Ran> => {
  const roots = [...new Set(Object.keys(files).map((name) => name.split('/')[0] ?? name))]
  const named = roots.flatMap((root) => ['--file', root])
  return run(administer(services), ['import', 'terminology', '--system', system, ...named, ...more], files)
}

/** Imports what is shipped with the tests. */
export const importRelease = async (services: Services, system: System): Promise<Ran> =>
  importFiles(services, system, await filesOf(system))
