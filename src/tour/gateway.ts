import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { callAdmin, NotRunning } from '../admin/machine/socket.ts'

/** The tour cannot begin, and why. */
export class TourFault extends Error {}

/** A running gateway with the demo county, and the ways to it. */
export interface Gateway {
  /** Where it answers over HTTP, without a slash at its end. */
  readonly base: string
  readonly mllp: { readonly host: string; readonly port: number }
  readonly database: string
  /** What its data clock says now. */
  now(): Promise<Date>
  /** Asks the admin socket, as `npm run gateway -- …` does. */
  command(name: string, input: unknown): Promise<unknown>
  /** The demo key of a client, a JWK as text. */
  key(client: string): Promise<string>
  /** Ends it where the tour started it. */
  close(): Promise<void>
}

/** The gateway of this data directory; one of the tour's own where none runs. */
export const findGateway = async (
  dataDir: string,
  base: string | undefined,
  tell: (line: string) => void,
): Promise<Gateway> => {
  const running = await reach(dataDir, base)
  if (running !== undefined) return running
  if (base !== undefined)
    throw new TourFault(
      `no gateway runs with the data directory \`${dataDir}\`: tokens come from there; set DATA_DIR to that of ${base}`,
    )
  tell('No gateway is running: starting one, with a county of its own, for this tour alone …')
  return startOwn()
}

const statusSchema = z.object({
  database: z.string(),
  version: z.string(),
  seed: z.string().optional(),
  now: z.string(),
  host: z.string(),
  port: z.number(),
  mllpPort: z.number(),
})

const statusOf = async (dataDir: string): Promise<z.output<typeof statusSchema> | undefined> => {
  try {
    return statusSchema.parse(await callAdmin(dataDir, 'status', {}))
  } catch (fault) {
    if (fault instanceof NotRunning) return undefined
    throw fault
  }
}

const reach = async (dataDir: string, base: string | undefined): Promise<Gateway | undefined> => {
  const status = await statusOf(dataDir)
  if (status === undefined) return undefined
  if (status.seed !== 'county')
    throw new TourFault(
      'the gateway that runs does not hold the demo county: `npm run gateway -- seed` plants it',
    )
  if (status.mllpPort === 0)
    throw new TourFault(
      'the tour sends HL7 v2 over MLLP, which is switched off here: start the gateway with MLLP_PORT',
    )
  const host = ['0.0.0.0', '::'].includes(status.host) ? '127.0.0.1' : status.host
  const named = host.includes(':') ? `[${host}]` : host
  return {
    base: (base ?? `http://${named}:${status.port}`).replace(/\/+$/, ''),
    mllp: { host, port: status.mllpPort },
    database: `${status.database === 'pglite' ? 'PGlite' : 'PostgreSQL'} ${status.version}`,
    now: async () => new Date((await statusOf(dataDir))?.now ?? Date.now()),
    command: (name, input) => callAdmin(dataDir, name, input),
    key: (client) => readFile(join(dataDir, 'keys', `${client}.json`), 'utf8'),
    close: async () => undefined,
  }
}

/** How long a gateway may take to start. */
const patience = 60_000

const startOwn = async (): Promise<Gateway> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-tour-'))
  const child = spawn(process.execPath, [fileURLToPath(new URL('../node.ts', import.meta.url))], {
    env: await ownEnvironment(dataDir),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said: string[] = []
  child.stderr.on('data', (text: Buffer) => said.push(text.toString()))
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  const remove = (): void => rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 })
  const close = async (): Promise<void> => {
    if (isAlive(child)) child.kill('SIGTERM')
    await ended
    remove()
  }
  process.once('exit', () => {
    if (isAlive(child)) child.kill('SIGKILL')
    remove()
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
  const until = Date.now() + patience
  while (isAlive(child) && Date.now() < until) {
    const gateway = await reach(dataDir, undefined).catch(() => undefined)
    if (gateway !== undefined) return { ...gateway, close }
    await pause(100)
  }
  await close()
  throw new TourFault(`the gateway did not start: ${said.join('').trim()}`)
}

const isAlive = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null

/** Nothing of the user's own gateway is touched: not its database, its ports, nor its clock. */
const ownEnvironment = async (dataDir: string): Promise<NodeJS.ProcessEnv> => ({
  ...process.env,
  DATA_DIR: dataDir,
  DATABASE_URL: '',
  DATABASE_REPLICA_URLS: '',
  PUBLIC_URL: '',
  HOST: '',
  PORT: String(await freePort()),
  MLLP_PORT: String(await freePort()),
  SLUICE_ENV: '',
  SLUICE_SEED: 'county',
  SLUICE_CLOCK: '',
  SLUICE_LOG: 'false',
})

const freePort = (): Promise<number> =>
  new Promise((done, failed) => {
    const probe = createServer().once('error', failed)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => done(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
