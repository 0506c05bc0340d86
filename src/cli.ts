import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Command, Desk, Given, Printed } from './admin/command.ts'
import { announced, commands } from './admin/commands.ts'
import { fail, faultText, UsageFault } from './admin/fault.ts'
import { helpFor, overview } from './admin/help.ts'
import { examine } from './admin/machine/doctor.ts'
import { openFiles } from './admin/machine/files.ts'
import { callAdmin, NotRunning } from './admin/machine/socket.ts'
import { readWords } from './admin/machine/words.ts'
import type { AnswerOf, OperationName } from './admin/operations.ts'
import { LockHeld } from './lock.ts'
import { readSettings, type Settings, SettingsFault } from './settings.ts'

/** The way to the gateway: the one that runs, or one that this process opens for itself. */
interface Way {
  call(name: string, input: unknown): Promise<unknown>
  close(): Promise<void>
}

/** How long a data directory that another command holds, or a gateway that starts, is waited for. */
const patience = 20_000

/** `npm run gateway -- <command>`: what it prints last on standard output is the answer. */
const main = async (typed: readonly string[]): Promise<number> => {
  try {
    const words = readWords(commands, announced, typed)
    if (words.kind === 'help') {
      console.log(words.command === undefined ? overview(commands) : helpFor(words.command))
      return 0
    }
    if (words.command.name === 'serve') return await serveHere()
    const printed = await perform(words.command, words.given)
    console.log(words.json ? JSON.stringify(printed.json) : printed.text)
    if (printed.fault === undefined) return 0
    console.error(printed.fault)
    return 1
  } catch (fault) {
    console.error(textOf(fault))
    return fault instanceof UsageFault || fault instanceof SettingsFault ? 2 : 1
  }
}

/** The gateway is loaded only where it is needed: a command that speaks to a running one answers sooner. */
const serveHere = async (): Promise<number> => {
  const { serve } = await import('./node.ts')
  await serve(process.env)
  return Number(process.exitCode ?? 0)
}

const textOf = (fault: unknown): string => {
  if (fault instanceof SettingsFault) return fault.faults.join('\n')
  return fault instanceof LockHeld ? fault.message : faultText(fault)
}

const perform = async (command: Command, given: Given): Promise<Printed> => {
  if (command.perform === undefined) return diagnose()
  const settings = readSettings(process.env)
  let way: Promise<Way> | undefined
  const desk: Desk = {
    call: async <Name extends OperationName>(name: Name, input: unknown) => {
      way ??= findWay(settings)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the answer of this very operation
      return (await (await way).call(name, input)) as AnswerOf<Name>
    },
    readText: (path) =>
      readFile(path, 'utf8').catch((fault: NodeJS.ErrnoException) =>
        fail(`\`${path}\` cannot be read (${fault.code ?? fault.name})`),
      ),
    openFiles,
    tell: (text) => console.error(text),
  }
  try {
    return await command.perform(given, desk)
  } finally {
    await (await way?.catch(() => undefined))?.close()
  }
}

/** `doctor` opens the database itself only where no gateway runs and there is one. */
const diagnose = (): Promise<Printed> =>
  examine(process.env, async (settings, mayOpen) => {
    const running = await runningGateway(settings)
    const way = running ?? (mayOpen ? await findWay(settings) : undefined)
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the answer of this very operation
      const status = (await way?.call('status', {})) as AnswerOf<'status'> | undefined
      return { running: running !== undefined, status }
    } finally {
      await way?.close()
    }
  })

/** The running gateway, or else the data directory itself, as soon as nobody holds it. */
const findWay = async (settings: Settings): Promise<Way> => {
  const until = Date.now() + patience
  for (;;) {
    const running = await runningGateway(settings)
    if (running !== undefined) return running
    try {
      return await openHere(settings)
    } catch (fault) {
      if (!(fault instanceof LockHeld) || Date.now() > until) throw fault
      await pause(200)
    }
  }
}

const runningGateway = async ({ dataDir }: Settings): Promise<Way | undefined> => {
  try {
    await callAdmin(dataDir, 'status', {})
    return { call: (name, input) => callAdmin(dataDir, name, input), close: async () => undefined }
  } catch (fault) {
    if (fault instanceof NotRunning) return undefined
    throw fault
  }
}

const openHere = async (settings: Settings): Promise<Way> => {
  const { openGateway } = await import('./admin/machine/open.ts')
  const { administered, close } = await openGateway({ ...settings, log: false }, 'command')
  const { carryOut } = await import('./admin/operations.ts')
  return { call: (name, input) => carryOut(administered, name, input), close }
}

const code = await main(process.argv.slice(2))
if (code !== 0) process.exitCode = code
