import type { Source } from '../terminology/releases/choose-files.ts'
import { fail, misuse } from './fault.ts'
import type { AnswerOf, OperationName } from './operations.ts'

/** An option of a command, as `parseArgs` takes it. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean'
  readonly multiple?: boolean
}

/** What was typed after the command's name. */
export interface Given {
  readonly options: ReadonlyMap<string, readonly string[]>
  readonly positionals: readonly string[]
}

/** What a command needs of the terminal it was typed in, and of the gateway. */
export interface Desk {
  /** Runs an operation where the database is open; the input is read there. */
  call<Name extends OperationName>(name: Name, input: unknown): Promise<AnswerOf<Name>>
  /** The text of a file that the operator named. */
  readText(path: string): Promise<string>
  /** A file that the operator named, or the files of a folder, to be read piece by piece. */
  openFiles(path: string): Promise<readonly Source[]>
  /** Says something on the way; it goes to standard error. */
  tell(text: string): void
}

/** The answer of a command: for people, and as one JSON document. `fault` makes it exit with 1. */
export interface Printed {
  readonly text: string
  readonly json: unknown
  readonly fault?: string
}

/** One command of the CLI. Those without `perform` are carried out by the entry itself. */
export interface Command {
  readonly name: string
  readonly summary: string
  readonly usage: string
  readonly example: string
  readonly options: Readonly<Record<string, OptionSpec>>
  /** How many arguments beside options it takes. */
  readonly positionals: readonly [least: number, most: number]
  readonly perform?: (given: Given, desk: Desk) => Promise<Printed>
}

/** The value of an option that must be there. */
export const required = (given: Given, name: string): string =>
  optional(given, name) ?? misuse(`\`--${name}\` is missing`)

/** The value of an option, if it is there. */
export const optional = ({ options }: Given, name: string): string | undefined => options.get(name)?.[0]

/** The values of an option that repeats. */
export const repeated = ({ options }: Given, name: string): string[] => [...(options.get(name) ?? [])]

/** Whether a switch is set. */
export const isSet = ({ options }: Given, name: string): boolean => options.has(name)

/** `Type/<id>` of what was given as that or as the id alone. */
export const referenceTo = (type: string, text: string): string => {
  const id = new RegExp(`^(?:${type}/)?([A-Za-z0-9.-]{1,64})$`).exec(text)?.[1]
  return id === undefined ? misuse(`\`${text}\` is not ${type}/<id>`) : `${type}/${id}`
}

/** Reads JSON that the operator named. */
export const readJson = async (desk: Desk, path: string): Promise<unknown> => {
  const text = await desk.readText(path)
  try {
    return JSON.parse(text) as unknown
  } catch {
    return fail(`\`${path}\` is not JSON`)
  }
}
