import { fork } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Start } from './server.ts'

/** A server in a process of its own. */
export interface RunningServer {
  readonly pid: number
  readonly port: number
  stop(): Promise<void>
}

/** Starts a server; with a folder, it leaves a CPU profile there when it stops. */
export const startServer = (given: Start, profiles?: string): Promise<RunningServer> => {
  const child = fork(fileURLToPath(new URL('server.ts', import.meta.url)), {
    execArgv: [
      ...(profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}/${given.kind}`]),
      ...(given.kind === 'open' ? ['--import', new URL('opened.ts', import.meta.url).href] : []),
    ],
  })
  const stop = () =>
    new Promise<void>((resolve) => {
      if (child.exitCode !== null) return resolve()
      child.once('exit', () => resolve())
      child.disconnect()
    })
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the ${given.kind} server ended with ${code}`)))
    child.once('message', ({ port }: { port: number }) => resolve({ pid: child.pid ?? 0, port, stop }))
    child.send(given)
  })
}

/** Milliseconds of a tick of the process accounting: Linux has 100 a second. */
const tick = 10

interface Times {
  readonly parent: number
  readonly own: number
  /** Of children that have ended and were waited for. */
  readonly ended: number
}

const timesOf = (pid: number | string): Times | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const [parent = 0, utime = 0, stime = 0, cutime = 0, cstime = 0] = [1, 11, 12, 13, 14].map(
      (at) => fields[at],
    )
    return { parent, own: (utime + stime) * tick, ended: (cutime + cstime) * tick }
  } catch {
    return undefined
  }
}

/** CPU milliseconds of one process so far; undefined where the system does not tell. */
export const cpuOf = (pid: number): number | undefined => timesOf(pid)?.own

/** CPU milliseconds of a PostgreSQL so far: the postmaster and every backend, running or gone. */
export const cpuOfPostgres = (postmaster: number | undefined): number | undefined => {
  const own = postmaster === undefined ? undefined : timesOf(postmaster)
  if (own === undefined) return undefined
  const backends = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => timesOf(pid) ?? [])
    .filter(({ parent }) => parent === postmaster)
  return backends.reduce((sum, times) => sum + times.own, own.own + own.ended)
}
