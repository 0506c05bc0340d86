import { setTimeout as pause } from 'node:timers/promises'
import type { ReleaseState } from '../../store/releases.ts'
import { batchesOf } from '../../terminology/releases/batches.ts'
import { chooseFiles, type Chosen, openReader } from '../../terminology/releases/choose-files.ts'
import { releaseFormats } from '../../terminology/releases/release-formats.ts'
import type { ReleaseFormat } from '../../terminology/releases/release-format.ts'
import { type Command, type Desk, optional, type Printed, repeated, required } from '../command.ts'
import { fail, misuse } from '../fault.ts'
import { grace } from '../operations/import-terminology.ts'

const systems = [...releaseFormats.keys()]

/** `import terminology` */
export const importTerminologyCommand: Command = {
  name: 'import terminology',
  summary: 'import a code system from the files of its official release',
  usage:
    `import terminology --system ${systems.join('|')} --file <file or folder>… [--release <version>]\n` +
    '  icd-10-cm  icd10cm-order-YYYY.txt, or icd10cm-codes-YYYY.txt, which has no hierarchy\n' +
    '  loinc      Loinc.csv, with ComponentHierarchyBySystem.csv or MultiAxialHierarchy.csv and AnswerList.csv where they are there\n' +
    '  snomed-ct  a snapshot in RF2: sct2_Concept_…, sct2_Description_… and sct2_Relationship_….txt\n' +
    '  rxnorm     RXNCONSO.RRF, with RXNREL.RRF where it is there\n' +
    '  --release  the version, where the names of files and folders do not tell it\n' +
    '  What was interrupted goes on when it is started again. Readers see the release before until this one is complete;\n' +
    '  lines that cannot be read are told, and passed over',
  example: 'import terminology --system icd-10-cm --file icd10cm-order-2026.txt',
  options: {
    system: { type: 'string' },
    file: { type: 'string', multiple: true },
    release: { type: 'string' },
  },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const system = required(given, 'system')
    const format = releaseFormats.get(system) ?? misuse(`\`--system\` is one of ${systems.join(', ')}`)
    const paths = repeated(given, 'file')
    if (paths.length === 0) return misuse('`--file` is missing')
    const files = await filesOf(desk, format, paths)
    const version = optional(given, 'release') ?? versionOf(format, files)
    const asked = files.map(({ source: { path: name, size } }) => ({ name: nameOf(name), size }))
    const { state } = await desk.call('import terminology', { step: 'begin', system, version, files: asked })
    if (state === undefined) return fail('the import did not begin')
    if (state.stage === 'current') return report(format, state, 'was imported before')
    for (const [at, file] of files.entries()) await readFile(desk, state, at, file)
    const { state: finished, more } = await desk.call('import terminology', {
      step: 'finish',
      key: state.key,
      system,
    })
    if (more) await pause(grace + 50)
    while ((await desk.call('import terminology', { step: 'sweep' })).more)
      desk.tell('taking out what was replaced')
    return report(format, finished ?? state, 'is imported')
  },
}

const filesOf = async (
  desk: Desk,
  format: ReleaseFormat,
  paths: readonly string[],
): Promise<readonly Chosen[]> => {
  const chosen = chooseFiles(format, (await Promise.all(paths.map((path) => desk.openFiles(path)))).flat())
  return 'fault' in chosen ? fail(chosen.fault) : chosen
}

const versionOf = (format: ReleaseFormat, files: readonly Chosen[]): string =>
  files.map(({ source }) => format.versionOf(source.path)).find((version) => version !== undefined) ??
  fail('the names of the files do not tell the version: name it with `--release`')

const nameOf = (path: string): string => path.split(/[/\\]/).at(-1) ?? path

const readFile = async (
  desk: Desk,
  { key, files }: ReleaseState,
  at: number,
  file: Chosen,
): Promise<void> => {
  const { source, format } = file
  const before = files[at]
  if (before === undefined || before.isDone) return
  const name = nameOf(source.path)
  const reader = (await openReader(file)) ?? fail(`\`${name}\` is not a file \`${format.like}\` of a release`)
  for await (const batch of batchesOf(source.read(before.position), before, format, reader)) {
    await desk.call('import terminology', { step: 'add', key, file: at, batch })
    desk.tell(
      `${name}: ${Math.floor((batch.to.position / Math.max(source.size, 1)) * 100)} %, line ${batch.to.line - 1}`,
    )
  }
}

const report = ({ title, url }: ReleaseFormat, state: ReleaseState, how: string): Printed => {
  const { version, concepts, unread, faults, files } = state
  const lines = faults.map(({ file, line, reason }) => `${file}, line ${line}: ${reason}`)
  const rest = unread > faults.length ? [`and ${unread - faults.length} more`] : []
  return {
    text: [
      ...(unread === 0 ? [] : [`lines that could not be read: ${unread}`, ...lines, ...rest]),
      `${title} ${version} ${how}: ${concepts} concepts`,
    ].join('\n'),
    json: { system: url, version, concepts, files: files.map(({ name }) => name), unread, faults },
  }
}
