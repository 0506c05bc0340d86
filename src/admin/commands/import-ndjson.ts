import { sha256 } from '../../smart/secrets.ts'
import type { ImportPlace } from '../../store/imports.ts'
import type { Source } from '../../terminology/releases/choose-files.ts'
import { type Command, type Desk, isSet, type Printed, referenceTo, required } from '../command.ts'
import { fail } from '../fault.ts'
import { gather, type Gathered } from '../gather.ts'
import { type Lines, linesOf } from '../lines.ts'

/**
 * The files are read in rounds: first whom records are about and by, then what decides over them, then everything else. So
 * a record finds its patient wherever that stands, and none is there before the consent that denies it.
 */
const rounds: readonly (readonly string[] | 'the rest')[] = [
  ['Organization', 'Practitioner', 'Patient'],
  ['PractitionerRole', 'RelatedPerson', 'Group', 'CareTeam', 'Consent'],
  'the rest',
]

const early = rounds.flatMap((types) => (types === 'the rest' ? [] : types))

/** `import ndjson` */
export const importNdjsonCommand: Command = {
  name: 'import ndjson',
  summary: "store resources of large NDJSON files as a custodian's records, a part after the other",
  usage:
    'import ndjson <file.ndjson|file.ndjson.gz|folder>… --custodian Organization/<id> [--trusted]\n' +
    '  --trusted keeps versions, dates and labels, and makes Consents and other policy-bearing data effective\n' +
    '  Files are never in memory as a whole. What was interrupted goes on when it is started again with the same files;\n' +
    '  what is stored already stays as it is',
  example: 'import ndjson export/ --custodian Organization/riverbend --trusted',
  options: { custodian: { type: 'string' }, trusted: { type: 'boolean' } },
  positionals: [1, Infinity],
  perform: async (given, desk) => {
    const custodian = referenceTo('Organization', required(given, 'custodian'))
    const sources = (await Promise.all(given.positionals.map((path) => desk.openFiles(path)))).flat()
    if (sources.length === 0) return fail('there are no files to import')
    const whose = { custodian, trusted: isSet(given, 'trusted') }
    const files = await Promise.all(
      sources.map(async (source) => ({
        name: nameOf(source),
        size: source.size,
        head: await headOf(source),
      })),
    )
    const { state } = await desk.call('import ndjson', { step: 'begin', ...whose, files })
    if (state === undefined) return fail('the import did not begin')
    if (state.stored > 0) desk.tell(`goes on after ${state.stored} resources`)
    const progress: Progress = { ...state, kept: state.place, whose, problems: [] }
    await readRounds(desk, sources, progress)
    if (progress.problems.length === 0) await desk.call('import ndjson', { step: 'end', key: state.key })
    return report(
      progress,
      files.map(({ name }) => name),
    )
  },
}

interface Progress {
  readonly key: number
  readonly whose: { readonly custodian: string; readonly trusted: boolean }
  /** How far the files are read, and how far of that the gateway knows. */
  place: ImportPlace
  kept: ImportPlace
  stored: number
  readonly problems: string[]
}

const nameOf = ({ path }: Source): string => path.split(/[/\\]/).at(-1) ?? path

/** So much of a file tells it from another of the same name and size, in bytes. */
const headBytes = 64 * 1024

const headOf = async (source: Source): Promise<string> => {
  let text = ''
  for await (const chunk of source.read(0)) {
    text += new TextDecoder().decode(chunk)
    if (text.length >= headBytes) break
  }
  return sha256(text.slice(0, headBytes))
}

const readRounds = async (desk: Desk, sources: readonly Source[], progress: Progress): Promise<void> => {
  for (; progress.place.round < rounds.length; progress.place = nextRound(progress.place))
    for (const [file, source] of sources.entries()) {
      if (file < progress.place.file) continue
      if (file > progress.place.file)
        progress.place = { round: progress.place.round, file, position: 0, line: 1 }
      await readFile(desk, source, progress)
      if (progress.problems.length > 0) return
    }
}

const nextRound = ({ round }: ImportPlace): ImportPlace => ({
  round: round + 1,
  file: 0,
  position: 0,
  line: 1,
})

const readFile = async (desk: Desk, source: Source, progress: Progress): Promise<void> => {
  const { file, round, position } = progress.place
  const name = nameOf(source)
  const types = rounds[round] ?? 'the rest'
  for await (const lines of linesOf(source.read(position), progress.place)) {
    const resources = wantedOf(name, lines, types)
    progress.place = { round, file, ...lines.next }
    if (resources.length === 0) continue
    const { key, whose, kept: from, place: to } = progress
    const { problems } = await desk.call('import ndjson', { step: 'add', key, ...whose, from, to, resources })
    progress.problems.push(
      ...problems.map((problem) => `\`${name}\`, from line ${lines.line} on: ${problem}`),
    )
    if (problems.length > 0) return
    progress.kept = to
    progress.stored += resources.length
    desk.tell(`\`${name}\`: line ${to.line - 1}, ${progress.stored} resources stored`)
  }
}

/** The resources of some lines that a round is about, in an order in which the later ones can cite the earlier ones. */
const wantedOf = (name: string, { text, line }: Lines, types: readonly string[] | 'the rest'): Gathered[] => {
  const isWanted = types === 'the rest' ? () => true : saysOneOf(types)
  const wanted = text
    .split('\n')
    .map((one) => (isWanted(one) ? one : ''))
    .join('\n')
  if (wanted.trim() === '') return []
  return gather([{ name, text: wanted, line }]).filter(({ resourceType }) =>
    types === 'the rest' ? !early.includes(resourceType) : types.includes(resourceType),
  )
}

/** Whether a line could be of some types: what it contains may be of others. */
const saysOneOf = (types: readonly string[]): ((line: string) => boolean) => {
  const pattern = new RegExp(`"resourceType"\\s*:\\s*"(?:${types.join('|')})"`)
  return (line) => pattern.test(line)
}

const report = ({ stored, problems }: Progress, files: readonly string[]): Printed => {
  const json = { imported: stored, files, problems }
  const text = `${stored} resources stored`
  if (problems.length === 0) return { text, json }
  const stays = `refused: ${stored} resources before that are stored; mend the file and start again`
  return { text, json, fault: [...problems, stays].join('\n') }
}
