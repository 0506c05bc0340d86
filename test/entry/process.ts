import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** A process that ended: what it wrote and with which code. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A process that was started. */
export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
}

export type Environment = Readonly<Record<string, string>>

/** What Node compiled once, so that each process need not. */
const compiled = join(tmpdir(), 'sluice-test-compiled')

/** Starts a TypeScript entry in an environment of its own. */
export const start = (entry: string, words: readonly string[], environment: Environment): Started => {
  const child = spawn(process.execPath, [join(root, entry), ...words], {
    cwd: root,
    env: {
      PATH: process.env.PATH ?? '',
      NODE_NO_WARNINGS: '1',
      NODE_COMPILE_CACHE: compiled,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err] = [gather(child, 'stdout'), gather(child, 'stderr')]
  const ended = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    out: out.join(''),
    err: err.join(''),
  }))
  return { child, ended }
}

const gather = (child: ChildProcess, name: 'stdout' | 'stderr'): string[] => {
  const parts: string[] = []
  child[name]?.setEncoding('utf8').on('data', (part: string) => parts.push(part))
  return parts
}

/** Runs a command of the CLI to its end. */
export const gateway = (environment: Environment, ...words: string[]): Promise<Ended> =>
  start('src/cli.ts', words, environment).ended

/** Starts the gateway and waits until it says that it is ready. */
export const startGateway = async (environment: Environment): Promise<Started> => {
  const started = start('src/node.ts', [], environment)
  const ready = new Promise<void>((resolve) => {
    started.child.stdout?.on('data', (part: string) => {
      if (part.includes('Sluice is ready')) resolve()
    })
  })
  const early = started.ended.then(({ err }) => {
    throw new Error(`the gateway ended early: ${err}`)
  })
  await Promise.race([ready, early])
  early.catch(() => undefined)
  return started
}

/** Stops a process and waits for its end. */
export const stop = async ({ child, ended }: Started, signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> => {
  child.kill(signal)
  return ended
}

/** A port that was free a moment ago. */
export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

/** An environment with a data directory and ports of its own. */
export const newEnvironment = async (more: Environment = {}): Promise<Environment> => ({
  DATA_DIR: await mkdtemp(join(tmpdir(), 'sluice-entry-')),
  PORT: String(await freePort()),
  MLLP_PORT: String(await freePort()),
  ...more,
})

/** Removes what an environment left. */
export const clean = ({ DATA_DIR }: Environment): Promise<void> =>
  rm(DATA_DIR ?? '', { recursive: true, force: true })

/** Asks a running gateway over HTTP. */
export const ask = ({ PORT }: Environment, path: string, token?: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${PORT}${path}`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  })

/** A token by the CLI. */
export const tokenFor = async (environment: Environment, client: string): Promise<string> =>
  (await gateway(environment, 'token', '--client', client)).out.trim()
