import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { startPostgres } from '../bench/postgres.ts'
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
  const server = await startServer(process.env.DATABASE_URL)
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
  }
}

/** What a test writes need not survive a crash of the machine. */
const flags = ['fsync=off', 'full_page_writes=off', 'max_connections=200']

const startServer = async (
  given: string | undefined,
): Promise<{ readonly url: string; stop(): Promise<void> }> =>
  given === undefined || given === '' ? startPostgres(flags) : { url: given, stop: async () => undefined }

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
