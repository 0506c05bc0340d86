import { type Bytes, openConnection, request } from './client.ts'
import { median } from './measure.ts'
import type { RunningServer } from './processes.ts'
import { perPatient, prefix } from './records.ts'
import type { World } from './world.ts'

/** How long what is hidden takes beside what does not exist: medians of pairs, in milliseconds. */
export interface Timing {
  readonly name: string
  readonly pairs: number
  readonly hidden_ms: number
  readonly absent_ms: number
  readonly ratio: number
  readonly kept: boolean
}

/** One request, about somebody who is hidden or about nobody: by a prefix of ids, of the same length. */
interface Probe {
  readonly name: string
  readonly by: 'hospital' | 'stranger'
  readonly send: (owner: string, place: number) => readonly [method: Method, path: string, body?: object]
}

type Method = Parameters<typeof request>[0]

/** Every sixth record is sensitive, and patients of odd numbers have no consent. */
const sensitive = (place: number): number => (place * 6 + 5) % (perPatient - 4)

const observationOf = (owner: string, place: number): string => `${owner}o${sensitive(place)}`

const probes: readonly Probe[] = [
  {
    name: 'read',
    by: 'hospital',
    send: (owner, place) => ['GET', `/fhir/Observation/${observationOf(owner, place)}`],
  },
  {
    name: 'vread',
    by: 'hospital',
    send: (owner, place) => ['GET', `/fhir/Observation/${observationOf(owner, place)}/_history/${owner}v0`],
  },
  {
    name: 'history',
    by: 'hospital',
    send: (owner, place) => ['GET', `/fhir/Observation/${observationOf(owner, place)}/_history`],
  },
  {
    name: 'search by id',
    by: 'hospital',
    send: (owner, place) => ['GET', `/fhir/Observation?_id=${observationOf(owner, place)}`],
  },
  {
    name: 'update',
    by: 'hospital',
    send: (owner, place) => {
      const id = observationOf(owner, place)
      return [
        'PUT',
        `/fhir/Observation/${id}`,
        { resourceType: 'Observation', id, status: 'final', code: { text: 'x' } },
      ]
    },
  },
  { name: 'Patient', by: 'stranger', send: (owner) => ['GET', `/fhir/Patient/${owner}p`] },
  {
    name: 'Patient/$everything',
    by: 'stranger',
    send: (owner) => ['GET', `/fhir/Patient/${owner}p/$everything`],
  },
  {
    name: 'search of a patient',
    by: 'stranger',
    send: (owner) => [
      'GET',
      `/fhir/Observation?patient=Patient/${owner}p&category=vital-signs&_sort=-date&_count=20`,
    ],
  },
  {
    name: 'search with total',
    by: 'stranger',
    send: (owner) => ['GET', `/fhir/Observation?patient=Patient/${owner}p&_total=accurate&_count=20`],
  },
  { name: 'compartment', by: 'stranger', send: (owner) => ['GET', `/fhir/Patient/${owner}p/Condition`] },
  {
    name: '_has',
    by: 'stranger',
    send: (owner) => ['GET', `/fhir/Patient?_id=${owner}p&_has:Condition:patient:_lastUpdated=gt2020`],
  },
  { name: 'chain', by: 'stranger', send: (owner) => ['GET', `/fhir/Observation?patient._id=${owner}p`] },
]

/** So far apart may the medians be (the promise of the design: hidden and absent are one timing class). */
const apart = 0.1

/** Asks for what is hidden and for what does not exist in turns, each pair in either order, and tells the medians. */
export const timings = async (
  server: RunningServer,
  { patients, tokens }: World,
  pairs: number,
  only: string,
): Promise<Timing[]> => {
  const { send, close } = await openConnection(server.port)
  const timed = async (bytes: Bytes): Promise<{ status: number; length: number; taken: number }> => {
    const start = performance.now()
    const answer = await send(bytes)
    return { status: answer.status, length: answer.body().length, taken: performance.now() - start }
  }
  const measured: Timing[] = []
  try {
    for (const probe of probes.filter(({ name }) => `timing, ${name}`.startsWith(only))) {
      const seen = { hidden: [] as number[], absent: [] as number[] }
      for (let pair = -warm; pair < pairs; pair++) {
        const owner = prefix((Math.abs(pair) % (patients / 2)) * 2 + 1)
        const nobody = owner.replace('bench-', 'bensh-')
        const of = (one: string): Bytes => {
          const [method, path, body] = probe.send(one, pair + warm)
          return request(
            method,
            path,
            tokens[probe.by],
            body === undefined ? undefined : JSON.stringify(body),
          )
        }
        const isFirst = pair % 2 === 0
        const first = await timed(of(isFirst ? owner : nobody))
        const second = await timed(of(isFirst ? nobody : owner))
        const [hidden, absent] = isFirst ? [first, second] : [second, first]
        if (hidden.status !== absent.status || hidden.length !== absent.length)
          throw new Error(`${probe.name}: hidden is not absent: ${hidden.status} and ${absent.status}`)
        if (pair < 0) continue
        seen.hidden.push(hidden.taken)
        seen.absent.push(absent.taken)
      }
      measured.push(timingOf(probe.name, pairs, median(seen.hidden), median(seen.absent)))
    }
  } finally {
    close()
  }
  return measured
}

/** Pairs that are asked before any is measured. */
const warm = 100

const timingOf = (name: string, pairs: number, hidden: number, absent: number): Timing => ({
  name: `timing, ${name}`,
  pairs,
  hidden_ms: Number(hidden.toPrecision(3)),
  absent_ms: Number(absent.toPrecision(3)),
  ratio: Number((hidden / absent).toPrecision(3)),
  kept: Math.abs(hidden / absent - 1) < apart,
})

/** The names of what is timed. */
export const timingNames: readonly string[] = probes.map(({ name }) => `timing, ${name}`)

/** What is timed, for people. */
export const timingLines = (measured: readonly Timing[]): string[] => [
  `${'hidden beside absent'.padEnd(30)}${'hidden ms'.padStart(10)}${'absent ms'.padStart(10)}${'ratio'.padStart(8)}   pairs`,
  ...measured.map(
    ({ name, hidden_ms, absent_ms, ratio, kept, pairs }) =>
      `${name.padEnd(30)}${String(hidden_ms).padStart(10)}${String(absent_ms).padStart(10)}${String(ratio).padStart(8)} ${kept ? '+' : '!'} ${pairs}`,
  ),
]
