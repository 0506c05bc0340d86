import { recordsOf, start } from './records.ts'
import type { FileFormat, Reader, ReleaseFormat } from './release-format.ts'

/** A file that can be read from any byte on. */
export interface Source {
  /** Its path, as it is told. */
  readonly path: string
  readonly size: number
  read(from: number): AsyncIterable<Uint8Array>
}

/** A file of a release, and what it is. */
export interface Chosen {
  readonly source: Source
  readonly format: FileFormat
}

/** The files of a release among others, in the order in which they are read; or what is missing or too many. */
export const chooseFiles = (
  { files, title }: ReleaseFormat,
  sources: readonly Source[],
): readonly Chosen[] | { readonly fault: string } => {
  const chosen: Chosen[] = []
  for (const { isRequired, among } of files) {
    const found = among
      .map((format) =>
        sources.filter(({ path }) => format.name.test(nameOf(path))).map((source) => ({ source, format })),
      )
      .find((own) => own.length > 0)
    if (found === undefined && isRequired)
      return { fault: `a release of ${title} has a file \`${among.map(({ like }) => like).join('` or `')}\`` }
    const [first, second] = found ?? []
    if (second !== undefined && first?.format.mayRepeat !== true)
      return { fault: `there are several files \`${second.format.like}\`: name the one to be imported` }
    chosen.push(...(found ?? []).toSorted((one, other) => (one.source.path < other.source.path ? -1 : 1)))
  }
  return chosen
}

const nameOf = (path: string): string => path.split(/[/\\]/).at(-1) ?? path

/** A file without a header may begin with some lines that cannot be read. */
const mostTried = 20

/** The reader of a file, made of its beginning; undefined where that is of no such file. */
export const openReader = async ({ source, format }: Chosen): Promise<Reader | undefined> => {
  let tried = 0
  for await (const { text, fault } of recordsOf(source.read(0), start, format.isQuoted)) {
    const reader = fault === undefined ? format.open(text) : undefined
    if (reader !== undefined || format.hasHeader || ++tried >= mostTried) return reader
  }
  return undefined
}
