import { createServices } from '../../src/create-services.ts'
import { type Administered, type KeyStore, movableClock } from '../../src/admin/administered.ts'
import type { Desk, Printed } from '../../src/admin/command.ts'
import { announced, commands } from '../../src/admin/commands.ts'
import { ensureDefaultTable } from '../../src/admin/default-table.ts'
import { fail, faultText } from '../../src/admin/fault.ts'
import { readWords } from '../../src/admin/machine/words.ts'
import { type AnswerOf, carryOut } from '../../src/admin/operations.ts'
import type { Source } from '../../src/terminology/releases/choose-files.ts'
import { readSettings } from '../../src/settings.ts'
import type { Services } from '../../src/services.ts'
import { openDatabase } from '../contract/databases.ts'

const keysInMemory = (): KeyStore => {
  const keys = new Map<string, string>()
  return {
    read: async (client) => keys.get(client),
    write: async (client, key) => void keys.set(client, key),
    clear: async () => keys.clear(),
  }
}

/** A gateway on a database in memory, without any way in but the commands. */
export const openAdministered = async (environment: Record<string, string> = {}): Promise<Administered> => {
  const settings = readSettings({ SLUICE_LOG: 'false', ...environment })
  const database = await openDatabase('pglite')
  await ensureDefaultTable(database)
  const clock = movableClock(0)
  return { ...administer(createServices({ settings, database, clock }), environment), clock }
}

/** What commands work on, around services that are there already. */
export const administer = (services: Services, environment: Record<string, string> = {}): Administered => ({
  services,
  settings: readSettings({ SLUICE_LOG: 'false', ...environment }),
  clock: movableClock(0),
  keys: keysInMemory(),
})

export interface Ran extends Printed {
  readonly told: readonly string[]
}

/** Runs a command as it is typed; `files` are what it may read. */
export const run = async (
  administered: Administered,
  typed: readonly string[],
  files: Readonly<Record<string, unknown>> = {},
): Promise<Ran> => {
  const told: string[] = []
  const words = readWords(commands, announced, typed)
  if (words.kind === 'help' || words.command.perform === undefined) throw new Error('nothing to run')
  const desk: Desk = {
    call: async (name, input) =>
      // as over the socket: nothing but JSON goes either way
      JSON.parse(
        JSON.stringify(
          await carryOut(administered, name, JSON.parse(JSON.stringify(input))).catch((fault: unknown) =>
            fail(faultText(fault)),
          ),
        ),
      ) as AnswerOf<typeof name>,
    readText: async (path) => {
      const file = files[path]
      return typeof file === 'string' ? file : JSON.stringify(file)
    },
    openFiles: async (path) =>
      Object.entries(files)
        .filter(([name]) => name === path || name.startsWith(`${path}/`))
        .map(([name, file]) =>
          sourceOf(name, typeof file === 'string' ? new TextEncoder().encode(file) : file),
        ),
    tell: (text) => void told.push(text),
  }
  return { ...(await words.command.perform(words.given, desk)), told }
}

/** A file in memory, read in small pieces, so that records stand across them. */
const sourceOf = (path: string, file: unknown): Source => {
  if (!(file instanceof Uint8Array)) throw new Error(`${path} has no bytes`)
  return {
    path,
    size: file.length,
    read: async function* read(from) {
      for (let at = from; at < file.length; at += 97) yield file.subarray(at, at + 97)
    },
  }
}
