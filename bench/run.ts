import postgres from 'postgres'
import { createServices } from '../src/create-services.ts'
import { migrate } from '../src/store/migrate.ts'
import { openPostgres } from '../src/store/postgres.ts'
import { authenticationShapes } from './authentication.ts'
import { exportLines, type ExportRow, measureExports } from './export/run.ts'
import { addBesides, consentShapes } from './consents.ts'
import { alone, compare } from './measure.ts'
import { type Options, readOptions } from './options.ts'
import { startPostgres } from './postgres.ts'
import { startServer } from './processes.ts'
import { loadsOf, type Row, rowsOf, type Servers } from './rows.ts'
import { type Shape, shapes } from './shapes.ts'
import { type Timing, timingLines, timingNames, timings } from './timing.ts'
import { growthLines, head, lineOf, missesOf, writtenLines } from './table.ts'
import { compareValidators } from './validate/run.ts'
import { buildWorld, type Size, type World } from './world.ts'
import { type Written, writtenBy } from './written.ts'

/** Benchmarks the gateway against bare Hono and postgres.js, side by side in one run (`--help`). */
const started = performance.now()
const say = (text: string): void =>
  console.error(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}`)

/** PostgreSQL as it is measured: no checkpoint falls into a slice. */
const flags = [
  'shared_buffers=1GB',
  'max_connections=100',
  'max_wal_size=8GB',
  'checkpoint_timeout=1h',
  'max_parallel_workers_per_gather=0',
]

/** A PostgreSQL of our own, with a database for each size, unless one is named: then its CPU is not told. */
const openServer = async ({ url, sizes }: Options) => {
  if (url !== undefined) {
    if (sizes.length > 1)
      throw new Error('`--growth` needs a PostgreSQL of its own; leave `--url` and DATABASE_URL out')
    return { pid: undefined, databaseFor: async () => url, stop: async () => undefined }
  }
  const own = await startPostgres(flags)
  const databaseFor = async ({ patients }: Size): Promise<string> => {
    const client = postgres(own.url, { max: 1 })
    await client.unsafe(`CREATE DATABASE of_${patients}`)
    await client.end()
    return Object.assign(new URL(own.url), { pathname: `/of_${patients}` }).href
  }
  return { pid: own.pid, databaseFor, stop: own.stop }
}

const fill = async (url: string, size: Size, besides: number): Promise<World> => {
  const database = openPostgres(url, 2)
  const settings = {
    publicUrl: 'http://localhost',
    production: false,
    log: false,
    clock: undefined,
    mllpPort: 0,
  }
  try {
    await migrate(database, new URL('../migrations/', import.meta.url))
    const [used] = await database.query({ text: 'SELECT key FROM organization LIMIT 1', params: [] })
    if (used !== undefined) throw new Error('the database is not empty; name an empty one')
    const services = createServices({ settings, database })
    const world = await buildWorld(services, size, say)
    if (besides > 0) await addBesides(services, size.patients, besides, say)
    return world
  } finally {
    await database.close()
  }
}

interface Result {
  readonly rows: readonly Row[]
  readonly written: readonly Written[]
  readonly timed: readonly Timing[]
  readonly exported?: readonly ExportRow[]
}

/** Everything that is wanted, on one database. */
const measureAll = async (
  options: Options,
  url: string,
  size: Size,
  postmaster: number | undefined,
): Promise<Result> => {
  const wanted = shapes(size.patients).filter(({ name }) => name.startsWith(options.only))
  const auth = authenticationShapes(size.patients).filter(({ name }) => name.startsWith(options.only))
  const costs = consentShapes(size.patients).filter(({ name }) => name.startsWith(options.only))
  const world = await fill(url, size, costs.length === 0 ? 0 : options.effort.records)
  const start = (kind: 'sluice' | 'bare' | 'open') =>
    startServer({ kind, url, token: world.tokens.hospital }, options.profile)
  const servers: Servers = {
    sluice: await start('sluice'),
    bare: await start('bare'),
    open: await start('open'),
  }
  try {
    if (!options.json) console.log(head)
    const rows: Row[] = []
    for (const shape of [...wanted, ...auth, ...costs])
      rows.push(...(await measure(shape, servers, world, options, postmaster)))
    const written: Written[] = []
    for (const shape of wanted.filter(({ entries }) => entries !== undefined))
      written.push(await writtenBy(shape, servers.sluice, world.tokens.clinic, url))
    if (!options.json && written.length > 0) console.log(['', ...writtenLines(written)].join('\n'))
    return { rows, written, timed: [] }
  } finally {
    await Promise.all(Object.values(servers).map(({ stop }) => stop()))
  }
}

/** What takes so many milliseconds alone is measured on few connections: more would only wait for each other. */
const slow = 100
const cores = 2

const measure = async (
  shape: Shape,
  servers: Servers,
  world: World,
  { effort, json }: Options,
  postmaster: number | undefined,
): Promise<Row[]> => {
  const loads = loadsOf(shape, servers, world)
  const isSlow = (await alone(loads.sluice)) > slow
  const connections = isSlow ? cores : effort.connections
  const rows = rowsOf(shape, await compare(loads, { ...effort, connections }, postmaster))
  if (json) say(shape.name)
  else console.log(lineOf(rows))
  return rows
}

/** Times what is hidden beside what does not exist, one request after the other. */
const timeAll = async ({ pairs, only, json, profile }: Options, url: string, size: Size): Promise<Result> => {
  const world = await fill(url, size, 0)
  const server = await startServer({ kind: 'sluice', url, token: world.tokens.hospital }, profile)
  try {
    const timed = await timings(server, world, pairs, only)
    if (!json) console.log(timingLines(timed).join('\n'))
    return { rows: [], written: [], timed }
  } finally {
    await server.stop()
  }
}

/** Exports, each in a process of its own. */
const exportAll = async ({ json }: Options, url: string, size: Size): Promise<Result> => {
  const exported = await measureExports(url, await fill(url, size, 0))
  if (!json) console.log(exportLines(exported).join('\n'))
  return { rows: [], written: [], timed: [], exported }
}

const measureWanted = (
  options: Options,
  url: string,
  size: Size,
  pid: number | undefined,
): Promise<Result> => {
  if (options.exports) return exportAll(options, url, size)
  return options.pairs > 0 ? timeAll(options, url, size) : measureAll(options, url, size, pid)
}

const run = async (options: Options): Promise<void> => {
  const known = [
    ...[...shapes(1), ...authenticationShapes(1), ...consentShapes(1)].map(({ name }) => name),
    ...timingNames,
  ]
  if (!known.some((name) => name.startsWith(options.only)))
    throw new Error(`no benchmark begins with \`${options.only}\`; \`--help\` says what there is`)
  const { pid, databaseFor, stop } = await openServer(options)
  say('PostgreSQL runs')
  try {
    const results: (readonly [string, Result])[] = []
    for (const size of options.sizes) {
      const url = await databaseFor(size)
      const measured = await measureWanted(options, url, size, pid)
      results.push([String(size.patients * size.observations), measured])
    }
    report(options, results)
  } finally {
    await stop()
  }
}

const report = ({ json, strict }: Options, results: readonly (readonly [string, Result])[]): void => {
  const bySize = results.map(([size, { rows }]) => [size, rows] as const)
  const all = bySize.flatMap(([observations, rows]) =>
    rows.map((row) => (results.length > 1 ? { ...row, observations: Number(observations) } : row)),
  )
  const misses = [
    ...missesOf(all),
    ...results.flatMap(([, { timed }]) =>
      timed
        .filter(({ kept }) => !kept)
        .map(({ name, ratio }) => `missed: ${name}: ${ratio}, promised within a tenth`),
    ),
    ...results.flatMap(([, { exported = [] }]) =>
      exported
        .filter(({ kept }) => !kept)
        .map(({ name, peakMb, promisedMb }) => `missed: ${name}: ${peakMb} MB, promised ${promisedMb}`),
    ),
  ]
  if (json)
    console.log(
      JSON.stringify(
        [
          ...all,
          ...results.flatMap(([, { written, timed, exported = [] }]) => [...written, ...timed, ...exported]),
        ],
        (_name, value: unknown) => value ?? null,
        2,
      ),
    )
  else {
    if (results.length > 1) console.log(['', ...growthLines(bySize)].join('\n'))
    console.log(['', ...misses].join('\n'))
  }
  if (strict && misses.length > 0) process.exitCode = 1
}

const options = readOptions()
if (options?.validate === true) await compareValidators(options)
else if (options !== undefined) await run(options)
