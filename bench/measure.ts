import { type Bytes, openConnection, type Response } from './client.ts'
import { cpuOf, cpuOfPostgres, type RunningServer } from './processes.ts'

/** Requests to one server, sent in turn. */
export interface Load {
  readonly server: RunningServer
  readonly requests: readonly Bytes[]
  readonly expect: number
  /** Whether each request is sent once before anything is measured: its server learns from it what to send. */
  readonly isLearned?: boolean
}

/** How long a row is measured. */
export interface Effort {
  readonly connections: number
  readonly rounds: number
  readonly slice: number
  readonly warmUp: number
  /** Observations of the patients who have many. */
  readonly records: number
}

/** What was seen of one load; CPU in milliseconds for each request. */
export interface Seen {
  readonly rps: number
  readonly p50: number
  readonly p99: number
  readonly nodeCpu: number | undefined
  readonly pgCpu: number | undefined
}

interface Slice {
  readonly requests: number
  readonly seconds: number
  readonly latencies: readonly number[]
  readonly nodeCpu: number | undefined
  readonly pgCpu: number | undefined
}

interface Driver {
  learn(): Promise<void>
  run(milliseconds: number): Promise<Slice>
  close(): void
}

/** The middle of some values. */
export const median = (values: readonly number[]): number => quantile(values, 0.5)

const quantile = (values: readonly number[], part: number): number => {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

const minus = (after: number | undefined, before: number | undefined): number | undefined =>
  after === undefined || before === undefined ? undefined : after - before

/** Connections that send as fast as they are answered: a closed loop. */
const openDriver = async (
  load: Load,
  connections: number,
  postmaster: number | undefined,
): Promise<Driver> => {
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(load.server.port)))
  let next = 0
  const loop = async (send: (bytes: Bytes) => Promise<Response>, end: number, latencies: number[]) => {
    for (let now = performance.now(); now < end;) {
      const response = await send(load.requests[next++ % load.requests.length] ?? Buffer.alloc(0))
      const then = performance.now()
      if (response.status !== load.expect)
        throw new Error(`expected ${load.expect}, got ${response.status}: ${response.body().slice(0, 300)}`)
      latencies.push(then - now)
      now = then
    }
  }
  return {
    learn: async () => {
      for (const bytes of load.isLearned === true ? load.requests : []) await open[0]?.send(bytes)
    },
    run: async (milliseconds) => {
      const latencies: number[] = []
      const [node, pg, start] = [cpuOf(load.server.pid), cpuOfPostgres(postmaster), performance.now()]
      await Promise.all(open.map(({ send }) => loop(send, start + milliseconds, latencies)))
      return {
        requests: latencies.length,
        seconds: (performance.now() - start) / 1000,
        latencies,
        nodeCpu: minus(cpuOf(load.server.pid), node),
        pgCpu: minus(cpuOfPostgres(postmaster), pg),
      }
    },
    close: () => open.forEach(({ close }) => close()),
  }
}

const summary = (slices: readonly Slice[]): Seen => {
  const requests = slices.reduce((sum, slice) => sum + slice.requests, 0)
  const latencies = slices.flatMap((slice) => slice.latencies)
  const each = (cpu: (slice: Slice) => number | undefined): number | undefined =>
    slices.reduce<number | undefined>((sum, slice) => {
      const own = cpu(slice)
      return sum === undefined || own === undefined ? undefined : sum + own / requests
    }, 0)
  return {
    rps: median(slices.map((slice) => slice.requests / slice.seconds)),
    p50: median(latencies),
    p99: quantile(latencies, 0.99),
    nodeCpu: each(({ nodeCpu }) => nodeCpu),
    pgCpu: each(({ pgCpu }) => pgCpu),
  }
}

/** What was seen of each load, under its name. */
export type SeenOf<Loads> = { readonly [Name in keyof Loads]: Seen }

/** Measures loads in turns, slice by slice, so that what disturbs the machine disturbs all of them. */
export const compare = async <Loads extends object>(
  loads: Loads & { readonly [Name in keyof Loads]: Load },
  { connections, rounds, slice, warmUp }: Effort,
  postmaster: number | undefined,
): Promise<SeenOf<Loads>> => {
  const measured: { name: string; driver: Driver; slices: Slice[] }[] = []
  try {
    for (const [name, load] of Object.entries<Load>({ ...loads }))
      measured.push({ name, driver: await openDriver(load, connections, postmaster), slices: [] })
    for (const { driver } of measured) await driver.learn()
    for (const { driver } of measured) await driver.run(warmUp)
    for (let round = 0; round < rounds; round++)
      for (const { driver, slices } of measured) slices.push(await driver.run(slice))
  } finally {
    for (const { driver } of measured) driver.close()
  }
  return Object.fromEntries(measured.map(({ name, slices }) => [name, summary(slices)])) as SeenOf<Loads>
}

/** Milliseconds that the first request takes when it is alone, once its statements are planned. */
export const alone = async ({ server, requests }: Load): Promise<number> => {
  const { send, close } = await openConnection(server.port)
  const [first = Buffer.alloc(0)] = requests
  await send(first)
  const start = performance.now()
  await send(first)
  close()
  return performance.now() - start
}

/** CPU of the server and of PostgreSQL together for each request. */
export const wholeCpu = ({ nodeCpu, pgCpu }: Seen): number => (nodeCpu ?? Number.NaN) + (pgCpu ?? 0)
