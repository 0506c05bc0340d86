import { type Bytes, request } from './client.ts'
import type { Load, Seen } from './measure.ts'
import { wholeCpu } from './measure.ts'
import type { RunningServer } from './processes.ts'
import { isSensitive, observation, perPatient, transaction } from './records.ts'
import { ids, type World } from './world.ts'

/** The servers of a run. */
export type Servers = Readonly<Record<'sluice' | 'bare' | 'open', RunningServer>>

/** What one number of a comparison says, and what is promised of it. */
export interface Ratio {
  readonly name: string
  readonly baseline: string
  readonly of: 'rps' | 'cpu'
  readonly target?: { readonly least: number } | { readonly most: number }
}

/** Two loads that are measured side by side, and the ratios that are told of them. */
export interface Comparison {
  readonly subject: Load
  readonly baseline: Load
  readonly ratios: readonly Ratio[]
}

/** One line of the table. CPU is in milliseconds for each request. */
export interface Row {
  readonly name: string
  readonly ratio: number
  readonly baseline: string
  readonly rps: number
  readonly p50_ms: number
  readonly p99_ms: number
  readonly node_cpu_ms: number | undefined
  readonly pg_cpu_ms: number | undefined
}

const ceiling = 'the ceiling'

/** Every comparison, those that write last. */
export const comparisons = (servers: Servers, { patients, tokens }: World): Comparison[] => {
  const { hospital, clinic } = tokens
  const some = Array.from({ length: Math.min(patients, 200) }, (_, place) => place)
  const pick = (of: (patient: number) => number) =>
    some.map((patient) => ids.observation(patient, of(patient)))
  const ordinary = pick((patient) => (patient * 6) % (perPatient - 2))
  const consented = some
    .filter((patient) => patient % 2 === 0)
    .map((patient) => ids.observation(patient, sensitiveAt(patient)))

  const get = (server: RunningServer, paths: readonly string[], token = hospital): Load =>
    load(
      server,
      paths.map((path) => request('GET', path, token)),
      200,
    )
  const post = (path: string, bodies: readonly unknown[], expect: number): Load =>
    load(
      servers.sluice,
      bodies.map((body) => request('POST', path, clinic, JSON.stringify(body))),
      expect,
    )
  const reading = (of: readonly string[]) => of.map((id) => `/fhir/Observation/${id}`)
  const bareReads = get(
    servers.bare,
    ordinary.map((id) => `/read/${id}`),
  )
  const searching = (query: string) =>
    some.map((patient) => `/fhir/Observation?patient=Patient/${ids.patient(patient)}&${query}`)
  const bareSearches = (query: string) =>
    get(
      servers.bare,
      some.map((patient) => `/search/${ids.patient(patient)}?patient=Patient/${ids.patient(0)}&${query}`),
    )
  const page = 'category=survey&_count=20'
  const sorted = 'category=survey&_count=20&_sort=-date'
  const many = ['/fhir/Observation?code=8867-4&_count=20']

  return [
    {
      subject: get(servers.sluice, reading(ordinary)),
      baseline: bareReads,
      ratios: [
        { name: 'read', baseline: ceiling, of: 'rps', target: { least: 0.5 } },
        { name: 'read, CPU', baseline: ceiling, of: 'cpu', target: { most: 3.6 } },
      ],
    },
    {
      subject: get(servers.sluice, reading(consented)),
      baseline: bareReads,
      ratios: [{ name: 'read under a consent', baseline: ceiling, of: 'rps' }],
    },
    {
      subject: get(servers.sluice, searching(page)),
      baseline: bareSearches(page),
      ratios: [{ name: 'search', baseline: 'the same SQL', of: 'rps', target: { least: 0.5 } }],
    },
    {
      subject: get(servers.sluice, searching(page)),
      baseline: bareReads,
      ratios: [{ name: 'search, CPU', baseline: ceiling, of: 'cpu', target: { most: 9.5 } }],
    },
    {
      subject: get(servers.sluice, searching(sorted)),
      baseline: bareReads,
      ratios: [{ name: 'sorted with total, CPU', baseline: ceiling, of: 'cpu', target: { most: 24 } }],
    },
    {
      subject: get(servers.sluice, reading(ordinary)),
      baseline: get(servers.open, reading(ordinary)),
      ratios: [{ name: 'consent on a read', baseline: 'without consent', of: 'cpu' }],
    },
    {
      subject: get(servers.sluice, searching(page)),
      baseline: get(servers.open, searching(page)),
      ratios: [
        { name: 'consent on a search', baseline: 'without consent', of: 'cpu', target: { most: 1.1 } },
      ],
    },
    {
      subject: get(servers.sluice, many),
      baseline: get(servers.open, many),
      ratios: [
        { name: 'consent on many patients', baseline: 'without consent', of: 'cpu', target: { most: 1.25 } },
      ],
    },
    {
      subject: post(
        '/fhir/Observation',
        some.map((patient) => observation(ids.patient(patient), patient)),
        201,
      ),
      baseline: bareReads,
      ratios: [{ name: 'create', baseline: ceiling, of: 'cpu', target: { most: 41 } }],
    },
    {
      subject: post(
        '/fhir',
        some.slice(0, 50).map((patient) => transaction(ids.patient(patient), 50)),
        200,
      ),
      baseline: bareReads,
      ratios: [{ name: 'transaction of 50', baseline: ceiling, of: 'cpu', target: { most: 1530 } }],
    },
  ]
}

const load = (server: RunningServer, requests: readonly Bytes[], expect: number): Load => ({
  server,
  requests,
  expect,
})

const sensitiveAt = (patient: number): number => {
  const place = (patient * 6 + 5) % perPatient
  return isSensitive(place) ? place : 5
}

/** The line of one ratio: how fast in requests, how cheap as a multiple of CPU. */
export const rowOf = ({ name, baseline, of }: Ratio, subject: Seen, other: Seen): Row => ({
  name,
  ratio: rounded(of === 'rps' ? subject.rps / other.rps : wholeCpu(subject) / wholeCpu(other)),
  baseline,
  rps: rounded(subject.rps),
  p50_ms: rounded(subject.p50),
  p99_ms: rounded(subject.p99),
  node_cpu_ms: subject.nodeCpu === undefined ? undefined : rounded(subject.nodeCpu),
  pg_cpu_ms: subject.pgCpu === undefined ? undefined : rounded(subject.pgCpu),
})

const rounded = (value: number): number => Number(value.toPrecision(3))

/** Whether a ratio keeps what is promised of it; undefined where nothing is. */
export const keeps = ({ target }: Ratio, ratio: number): boolean | undefined => {
  if (target === undefined) return undefined
  return 'least' in target ? ratio >= target.least : ratio <= target.most
}
