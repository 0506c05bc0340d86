import { parseArgs } from 'node:util'
import { createServices } from '../src/create-services.ts'
import { migrate } from '../src/store/migrate.ts'
import { openPostgres } from '../src/store/postgres.ts'
import { compare, type Effort } from './measure.ts'
import { startPostgres } from './postgres.ts'
import { startServer } from './processes.ts'
import { comparisons, type Comparison, type Row, rowOf } from './rows.ts'
import { lines } from './table.ts'
import { buildWorld, type World } from './world.ts'

/** Benchmarks the gateway against bare Hono and postgres.js, side by side in one run. */
const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    url: { type: 'string' },
    profile: { type: 'string' },
  },
})

const effort: Effort = options.long
  ? { connections: 16, rounds: 12, slice: 1000, warmUp: 2500 }
  : { connections: 16, rounds: 6, slice: 600, warmUp: 1200 }

const patients = options.long ? 2000 : 200

const started = performance.now()
const say = (text: string): void =>
  console.error(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}`)

/** A PostgreSQL of our own, unless one is named: then its CPU is not told. */
const database = async () => {
  const given = options.url ?? process.env.DATABASE_URL
  if (given !== undefined && given !== '') return { url: given, pid: undefined, stop: async () => undefined }
  return startPostgres(['shared_buffers=512MB', 'max_connections=100'])
}

const fill = async (url: string): Promise<World> => {
  const opened = openPostgres(url, 2)
  const settings = {
    publicUrl: 'http://localhost',
    production: false,
    log: false,
    clock: undefined,
    mllpPort: 0,
  }
  try {
    await migrate(opened, new URL('../migrations/', import.meta.url))
    const [used] = await opened.query({ text: 'SELECT key FROM organization LIMIT 1', params: [] })
    if (used !== undefined) throw new Error('the database is not empty; name an empty one')
    return await buildWorld(createServices({ settings, database: opened }), patients)
  } finally {
    await opened.close()
  }
}

const wanted = ({ ratios }: Comparison): boolean =>
  options.only === undefined || ratios.some(({ name }) => name.startsWith(options.only ?? ''))

const measureAll = async (url: string, postmaster: number | undefined): Promise<Row[]> => {
  const world = await fill(url)
  say(`${patients} patients with 100 Observations each`)
  const start = (kind: 'sluice' | 'bare' | 'open') =>
    startServer({ kind, url, token: world.tokens.hospital }, options.profile)
  const servers = { sluice: await start('sluice'), bare: await start('bare'), open: await start('open') }
  const rows: Row[] = []
  try {
    const all = comparisons(servers, world).filter(wanted)
    if (all.length === 0) throw new Error('no benchmark begins with that name')
    if (!options.json) console.log(lines.head)
    for (const { subject, baseline, ratios } of all) {
      const seen = await compare(subject, baseline, effort, postmaster)
      for (const ratio of ratios) {
        const row = rowOf(ratio, seen.subject, seen.baseline)
        rows.push(row)
        say(`${row.name}: ${row.ratio}`)
        if (!options.json) console.log(lines.of(row, ratio))
      }
    }
    return rows
  } finally {
    await Promise.all(Object.values(servers).map(({ stop }) => stop()))
  }
}

const { url, pid, stop } = await database()
say('PostgreSQL runs')
try {
  const rows = await measureAll(url, pid)
  if (options.json) console.log(JSON.stringify(rows, (_name, value: unknown) => value ?? null, 2))
} finally {
  await stop()
}
