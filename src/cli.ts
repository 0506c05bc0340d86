import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Command, Desk, Given, Printed } from './admin/command.ts'
import { announced, commands } from './admin/commands.ts'
import { type Status, status } from './admin/commands/status.ts'
import { examine } from './admin/socket-doctor.ts'
import { faultText, misuse, UsageFault } from './admin/fault.ts'
import { helpFor, overview } from './admin/help.ts'
import { openGateway, type Opened } from './admin/open.ts'
import { carryOut, type Operation } from './admin/operation.ts'
import { callAdmin, NotRunning } from './admin/socket.ts'
import { readWords } from './admin/words.ts'
import { LockHeld } from './lock.ts'
import { serve } from './node.ts'
import { readSettings, type Settings, SettingsFault } from './settings.ts'

/** The way to the gateway: the one that runs, or one that this process opens for itself. */
interface Way {
  call(operation: Operation<unknown, unknown>, input: unknown): Promise<unknown>
  close(): Promise<void>
}

/** How long a data directory that another command holds, or a gateway that starts, is waited for. */
const patience = 20_000

/** `npm run gateway -- <command>`: the last line on standard output is the answer. */
const main = async (typed: readonly string[]): Promise<number> => {
  try {
    const words = readWords(commands, announced, typed)
    if (words.kind === 'help') {
      console.log(words.command === undefined ? overview(commands) : helpFor(words.command))
      return 0
    }
    const { command, given, json } = words
    if (command.name === 'serve') return await serving()
    const printed = await carry(command, given)
    console.log(json ? JSON.stringify(printed.json) : printed.text)
    if (printed.fault === undefined) return 0
    console.error(printed.fault)
    return 1
  } catch (fault) {
    console.error(textOf(fault))
    return fault instanceof UsageFault || fault instanceof SettingsFault ? 2 : 1
  }
}

const serving = async (): Promise<number> => {
  await serve(process.env)
  return Number(process.exitCode ?? 0)
}

const textOf = (fault: unknown): string => {
  if (fault instanceof SettingsFault) return fault.faults.join('\n')
  return fault instanceof LockHeld ? fault.message : faultText(fault)
}

const carry = async (
  command: Command,
  given: Given,
): Promise<Printed> => {
  if (command.perform === undefined) return diagnose()
  const settings = readSettings(process.env)
  let way: Promise<Way> | undefined
  const desk: Desk = {
    call: async <Input, Answer>(operation: Operation<Input, Answer>, input: unknown) => {
      way ??= findWay(settings)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the answer of this very operation
      return (await (await way).call(operation as Operation<unknown, unknown>, input)) as Answer
    },
    readText: (path) =>
      readFile(path, 'utf8').catch((fault: NodeJS.ErrnoException) =>
        misuse(`\`${path}\` cannot be read (${fault.code ?? fault.name})`),
      ),
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
      const known = (await way?.call(status as Operation<unknown, unknown>, {})) as Status | undefined
      return { running: running !== undefined, status: known }
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
      return direct(await openGateway({ ...settings, log: false }, 'command'))
    } catch (fault) {
      if (!(fault instanceof LockHeld) || Date.now() > until) throw fault
      await pause(200)
    }
  }
}

const runningGateway = async ({ dataDir }: Settings): Promise<Way | undefined> => {
  try {
    await callAdmin(dataDir, status.name, {})
    return { call: ({ name }, input) => callAdmin(dataDir, name, input), close: async () => undefined }
  } catch (fault) {
    if (fault instanceof NotRunning) return undefined
    throw fault
  }
}

const direct = ({ administered, close }: Opened): Way => ({
  call: (operation, input) => carryOut(administered, operation, input),
  close,
})

const code = await main(process.argv.slice(2))
if (code !== 0) process.exitCode = code
