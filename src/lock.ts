import { readFileSync, readlinkSync, rmSync } from 'node:fs'
import { open, readFile, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** Who holds a data directory: the gateway, or a command that runs for a moment. */
export type LockKind = 'gateway' | 'command'

/** What a lock file says of its holder. */
export interface Holder {
  readonly pid: number
  readonly kind: LockKind
  /** When the process started, in the clock ticks of its machine; a pid alone may be somebody else by now. */
  readonly started: string
  /** Machine and process namespace: elsewhere the pid says nothing. */
  readonly place: string
}

/** A lock that is held until it is released, or the process ends. */
export interface Lock {
  release(): Promise<void>
}

/** The data directory belongs to another process. */
export class LockHeld extends Error {
  readonly holder: Holder
  constructor(directory: string, holder: Holder) {
    super(
      `the data directory \`${directory}\` is in use by process ${holder.pid} (${nameOf(holder)}): ` +
        'stop that process, or set `DATA_DIR` to another directory',
    )
    this.holder = holder
  }
}

const nameOf = ({ kind, place }: Holder): string =>
  `${kind === 'gateway' ? 'a running gateway' : 'a gateway command'}${place === here() ? '' : ' in another container or on another machine'}`

/** A holder in another place is alive as long as it touches its file. */
const beat = 2000
const silence = 10_000

/**
 * Takes the lock of a data directory. PGlite has none of its own, and a second process on the same files loses
 * acknowledged writes. INVARIANT: the file is created exclusively; one whose process is gone is cleared by one alone.
 */
export const takeLock = async (directory: string, kind: LockKind): Promise<Lock> => {
  const path = join(directory, 'lock')
  const own: Holder = { pid: process.pid, kind, started: startOf(process.pid), place: here() }
  for (let attempt = 0; attempt < 50; attempt++) {
    if ((await create(path, own)) && isOwn(path, own)) return hold(path, own)
    const holder = await readHolder(directory)
    if (holder !== undefined && (await isAlive(path, holder))) throw new LockHeld(directory, holder)
    await clear(directory, path, own)
  }
  throw new Error(`the lock file \`${path}\` can be neither taken nor read`)
}

/** Who holds the lock of a data directory now; undefined without a readable lock file. */
export const readHolder = async (directory: string): Promise<Holder | undefined> => {
  const path = join(directory, 'lock')
  for (let attempt = 0; attempt < 10; attempt++) {
    const holder = parse(await readFile(path, 'utf8').catch(() => undefined))
    if (holder !== 'unfinished') return holder
    await pause(50)
  }
  return undefined
}

/** Whether whoever wrote a lock file still runs. */
export const isHeld = async (directory: string): Promise<boolean> => {
  const holder = await readHolder(directory)
  return holder !== undefined && (await isAlive(join(directory, 'lock'), holder))
}

const create = async (path: string, own: Holder): Promise<boolean> => {
  try {
    const file = await open(path, 'wx', 0o600)
    await file.writeFile(`${JSON.stringify(own)}\n`)
    await file.close()
    return true
  } catch (fault) {
    if (codeOf(fault) === 'EEXIST') return false
    throw fault
  }
}

/** An empty file is one that is being written just now. */
const parse = (text: string | undefined): Holder | 'unfinished' | undefined => {
  if (text === undefined) return undefined
  if (!text.endsWith('\n')) return 'unfinished'
  try {
    const { pid, kind, started, place } = JSON.parse(text) as Partial<Holder>
    return pid === undefined || kind === undefined || started === undefined || place === undefined
      ? undefined
      : { pid, kind, started, place }
  } catch {
    return undefined
  }
}

const isAlive = async (path: string, holder: Holder): Promise<boolean> => {
  if (holder.place !== here()) return isTouched(path)
  if (!runs(holder.pid)) return false
  const started = startOf(holder.pid)
  return started === '' || holder.started === '' || started === holder.started
}

const runs = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (fault) {
    return codeOf(fault) === 'EPERM'
  }
}

/** Elsewhere, only time tells: whether the file is touched before it has been silent for too long. */
const isTouched = async (path: string): Promise<boolean> => {
  const first = await touched(path)
  for (;;) {
    const last = await touched(path)
    if (last === undefined || Date.now() - last > silence) return false
    if (last !== first) return true
    await pause(beat / 4)
  }
}

const touched = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  )

/**
 * Takes a dead process's file out of the way. Only one at a time looks and clears, under a file that it creates exclusively:
 * while a dead file stands nobody takes the lock, so what is cleared is what was looked at.
 */
const clear = async (directory: string, path: string, own: Holder): Promise<void> => {
  const turn = `${path}.turn`
  if (!(await create(turn, own))) {
    const since = await touched(turn)
    if (since !== undefined && Date.now() - since > silence) await rm(turn, { force: true })
    await pause(20)
    return
  }
  try {
    const holder = await readHolder(directory)
    if (holder === undefined || !(await isAlive(path, holder))) await rm(path, { force: true })
  } finally {
    await rm(turn, { force: true })
  }
}

const hold = (path: string, own: Holder): Lock => {
  const touching = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), beat)
  touching.unref()
  const remove = (): void => {
    if (isOwn(path, own)) rmSync(path, { force: true })
  }
  process.once('exit', remove)
  return {
    release: async () => {
      clearInterval(touching)
      process.off('exit', remove)
      remove()
    },
  }
}

const isOwn = (path: string, own: Holder): boolean => {
  try {
    return JSON.stringify(parse(readFileSync(path, 'utf8'))) === JSON.stringify(own)
  } catch {
    return false
  }
}

/** Field 22 of proc(5) stat: when the process started, in ticks since boot; empty where there is no /proc. */
const startOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

const here = (): string => {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname()
  }
}

const codeOf = (fault: unknown): string | undefined =>
  fault instanceof Error && 'code' in fault ? String(fault.code) : undefined
