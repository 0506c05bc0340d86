import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { startPostgres } from '../bench/postgres.ts'
import type { Database } from '../src/store/database.ts'
import { migrate } from '../src/store/migrate.ts'
import { pgliteDatabase } from '../src/store/pglite.ts'
import { openPostgres } from '../src/store/postgres.ts'
import { settleTown } from './contract/settle-town.ts'

/** A database to copy: a template of the server, and a PGlite directory to load. */
export interface Copied {
  readonly template: string
  readonly pglite: string
}

/** What every test file gets: a server, and what to copy of each kind; migrated and empty, and with the town in it. */
export interface TestDatabases {
  readonly url: string
  readonly empty: Copied
  readonly town: Copied
}

declare module 'vitest' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- merged into the interface of vitest
  export interface ProvidedContext {
    databases: TestDatabases
  }
}

const migrations = new URL('../migrations/', import.meta.url)

/** Starts one PostgreSQL for the run, or takes the one of `DATABASE_URL`, and makes what the files copy. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  const server = await startServer(process.env.DATABASE_URL)
  const name = `sluice_template_${process.pid}_${Date.now().toString(36)}`
  const copied = (kind: string): Copied => ({
    template: `${name}_${kind}`,
    pglite: join(folder, `${kind}.tar`),
  })
  const [empty, town] = [copied('empty'), copied('town')]
  await makeTemplates(server.url, empty.template, town.template)
  await dumpPglites(empty.pglite, town.pglite)
  project.provide('databases', { url: server.url, empty, town })
  return async () => {
    await onServer(server.url, async (admin) => {
      for (const { template } of [empty, town])
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

const makeTemplates = async (url: string, empty: string, town: string): Promise<void> => {
  await makeTemplate(
    url,
    `CREATE DATABASE ${empty}`,
    empty,
    async (database) => void (await migrate(database, migrations)),
  )
  await makeTemplate(url, `CREATE DATABASE ${town} TEMPLATE ${empty}`, town, settleTown)
}

const makeTemplate = async (
  url: string,
  statement: string,
  name: string,
  fill: (database: Database) => Promise<void>,
): Promise<void> => {
  await onServer(url, async (admin) => {
    await admin.unsafe(statement)
  })
  const database = openPostgres(Object.assign(new URL(url), { pathname: `/${name}` }).href, 1)
  await fill(database)
  await database.close()
}

const dumpPglites = async (empty: string, town: string): Promise<void> => {
  const memory = await PGlite.create()
  await migrate(pgliteDatabase(memory), migrations)
  await dump(memory, empty)
  await settleTown(pgliteDatabase(memory))
  await dump(memory, town)
  await memory.close()
}

const dump = async (memory: PGlite, file: string): Promise<void> => {
  const dumped = await memory.dumpDataDir('none')
  await writeFile(file, new Uint8Array(await dumped.arrayBuffer()))
}
