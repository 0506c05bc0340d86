import { type Bytes, request } from './client.ts'
import { type Load, type Seen, type SeenOf, wholeCpu } from './measure.ts'
import type { RunningServer } from './processes.ts'
import { perPatient } from './records.ts'
import type { Shape, Target } from './shapes.ts'
import { ids, type World } from './world.ts'

/** The servers of a run. */
export type Servers = Readonly<Record<'sluice' | 'bare' | 'open', RunningServer>>

/** What a shape is measured beside. */
export const baselines = {
  bare: 'the same SQL',
  ceiling: 'the ceiling',
  cpu: 'the ceiling, CPU',
  consent: 'without consent, CPU',
  beside: 'the same with less, CPU',
} as const

export type Baseline = keyof typeof baselines

/** One number of the table. CPU is in milliseconds for each request. */
export interface Row {
  readonly name: string
  readonly ratio: number
  readonly baseline: (typeof baselines)[Baseline]
  readonly rps: number
  readonly p50_ms: number
  readonly p99_ms: number
  readonly node_cpu_ms: number | undefined
  readonly pg_cpu_ms: number | undefined
  readonly promised: Target | undefined
  readonly kept: boolean | undefined
}

/** The loads that are measured in turns for one shape. */
export interface Loads {
  readonly sluice: Load
  readonly ceiling: Load
  readonly bare?: Load
  readonly open?: Load
  readonly beside?: Load
}

/** A shape as it is sent to each server; what writes has the ceiling beside it and nothing else. */
export const loadsOf = (shape: Shape, servers: Servers, world: World): Loads => {
  const isRead = shape.sends.every(({ method }) => method === 'GET')
  const token = world.tokens[shape.by ?? (isRead ? 'hospital' : 'clinic')]
  const to = (server: RunningServer, sends = shape.sends): Load => ({
    server,
    expect: shape.expect,
    requests: sends.map(({ method, path, body, form }): Bytes =>
      form === undefined
        ? request(method, path, token, body === undefined ? undefined : JSON.stringify(body))
        : request(method, path, '', form, 'application/x-www-form-urlencoded'),
    ),
  })
  if (shape.beside !== undefined)
    return {
      sluice: to(servers.sluice),
      beside: to(servers.sluice, shape.beside),
      ceiling: ceilingOf(servers.bare, world),
    }
  if (shape.at === 'bare') return { sluice: to(servers.bare), ceiling: ceilingOf(servers.bare, world) }
  return {
    sluice: to(servers.sluice),
    ceiling: ceilingOf(servers.bare, world),
    ...(isRead && shape.by !== 'app'
      ? { bare: { ...to(servers.bare), isLearned: true }, open: to(servers.open) }
      : {}),
  }
}

const ceilingOf = (server: RunningServer, { patients }: World): Load => ({
  server,
  expect: 200,
  requests: Array.from({ length: Math.min(patients, 200) }, (_, patient) =>
    request('GET', `/read/${ids.observation(patient, (patient * 6) % (perPatient - 2))}`, ''),
  ),
})

/** The rows of a shape, one for each baseline that there is. */
export const rowsOf = ({ name, promised }: Shape, seen: SeenOf<Loads>): Row[] => {
  const { sluice, bare, ceiling, open, beside } = seen
  const cpu = (other: Seen) => wholeCpu(sluice) / wholeCpu(other)
  const ratios: readonly (readonly [Baseline, number | undefined])[] = [
    ['bare', bare && sluice.rps / bare.rps],
    ['ceiling', sluice.rps / ceiling.rps],
    ['cpu', cpu(ceiling)],
    ['consent', open && cpu(open)],
    ['beside', beside && cpu(beside)],
  ]
  return ratios.flatMap(([baseline, ratio]) =>
    ratio === undefined
      ? []
      : [
          {
            name,
            ratio: rounded(ratio),
            baseline: baselines[baseline],
            ...numbersOf(sluice),
            promised: promised[baseline],
            kept: keeps(promised[baseline], ratio),
          },
        ],
  )
}

const numbersOf = ({ rps, p50, p99, nodeCpu, pgCpu }: Seen) => ({
  rps: rounded(rps),
  p50_ms: rounded(p50),
  p99_ms: rounded(p99),
  node_cpu_ms: nodeCpu === undefined ? undefined : rounded(nodeCpu),
  pg_cpu_ms: pgCpu === undefined ? undefined : rounded(pgCpu),
})

export const rounded = (value: number): number => Number(value.toPrecision(3))

/** Whether a ratio keeps what is promised of it; undefined where nothing is. */
const keeps = (target: Target | undefined, ratio: number): boolean | undefined => {
  if (target === undefined) return undefined
  return 'least' in target ? ratio >= target.least : ratio <= target.most
}
