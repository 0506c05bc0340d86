import { isSensitive, kinds, numbers, observation, perPatient, prefix, transaction } from './records.ts'
import { ids } from './world.ts'

/** What is promised of one number of a shape. */
export type Target = { readonly least: number } | { readonly most: number }

/** One kind of request, sent for many patients in turn. */
export interface Shape {
  readonly name: string
  readonly sends: readonly Sent[]
  readonly expect: number
  /** Resources that one request writes. */
  readonly entries?: number
  /** The same where there is less of what could cost: it is measured beside it. */
  readonly beside?: readonly Sent[]
  /** Whose token is sent; without it the hospital's reads and the clinic's writes. */
  readonly by?: 'desk' | 'app'
  /** The server that answers, where it is not the gateway. */
  readonly at?: 'bare'
  readonly promised: Promised
}

/** What the table says of a shape: how fast against the bare SQL or the ceiling, how much CPU, what consent adds. */
export interface Promised {
  /** Requests a second, as a part of those of the very statements sent bare. */
  readonly bare?: Target
  /** Requests a second, as a part of the ceiling's. */
  readonly ceiling?: Target
  /** CPU, as a multiple of the ceiling's. */
  readonly cpu?: Target
  /** CPU, as a multiple of that of the same server without consent. */
  readonly consent?: Target
  /** CPU, as a multiple of that of the same with less. */
  readonly beside?: Target
}

/** One request as it is sent. */
export interface Sent {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly body?: unknown
  /** A form instead of a resource. */
  readonly form?: string
}

/** Shapes that read, then those that write. */
export const shapes = (patients: number): Shape[] => {
  const some = Array.from({ length: Math.min(patients, 60) }, (_, place) => place)
  return [...reads(some), ...searches(some), ...histories(some), ...writes(some)]
}

const get = (name: string, paths: readonly string[], promised: Promised = {}): Shape => ({
  name,
  sends: paths.map((path) => ({ method: 'GET', path: `/fhir/${path}` })),
  expect: 200,
  promised,
})

const reads = (some: readonly number[]): Shape[] => [
  get(
    'read',
    some.map((patient) => `Observation/${ids.observation(patient, (patient * 6) % (perPatient - 2))}`),
    { ceiling: { least: 0.5 }, cpu: { most: 3.6 } },
  ),
  get(
    'read under a consent',
    some
      .filter(isConsented)
      .map((patient) => `Observation/${ids.observation(patient, sensitiveAt(patient))}`),
  ),
]

const isConsented = (patient: number): boolean => (patient % kinds) % 2 === 0

const sensitiveAt = (patient: number): number => {
  const place = (patient * 6 + 5) % perPatient
  return isSensitive(place) ? place : 5
}

const searches = (some: readonly number[]): Shape[] => {
  const own = (type: string, query: string) =>
    some.map((patient) => `${type}?patient=Patient/${ids.patient(patient)}&${query}`)
  const page = 'category=survey&_count=20'
  const common = 'Observation?category=vital-signs&code=http://loinc.org|8867-4&_count=20'
  const each = (of: (patient: number) => string) => some.slice(0, 3).map(of)
  return [
    get('search', own('Observation', page), {
      bare: { least: 0.5 },
      cpu: { most: 9.5 },
      consent: { most: 1.1 },
    }),
    // What the predicate costs alone: where a consent opens what is found, its notice, its reasons and its row are in the cost too.
    get('search, nothing sensitive', own('Observation', 'category=vital-signs&_count=20'), {
      consent: { most: 1.1 },
    }),
    get('sorted', own('Observation', `${page}&_sort=-date`), { bare: { least: 0.5 } }),
    get('sorted with total', own('Observation', `${page}&_sort=-date&_total=accurate`), {
      cpu: { most: 24 },
    }),
    get('many patients', [common], { consent: { most: 1.25 } }),
    get('many patients with total', [`${common}&_total=accurate`], { consent: { most: 1.25 } }),
    get('chain', ['Observation?patient.birthdate=ge1990&code=http://loinc.org|8867-4&_count=20']),
    get(
      'selective chain',
      some.map((patient) => `Observation?patient.identifier=${numbers}|${prefix(patient)}number&_count=20`),
    ),
    get('_has', ['Patient?_has:Observation:patient:code=http://loinc.org|8867-4&_count=20']),
    get('_include', own('CarePlan', '_include=CarePlan:condition')),
    get('_revinclude', own('Condition', '_revinclude=CarePlan:condition')),
    get(
      'compartment',
      each((patient) => `Patient/${ids.patient(patient)}/Observation?_count=20`),
    ),
    get(
      '_lastUpdated',
      each(
        (patient) =>
          `Observation?_lastUpdated=ge2026-01-${10 + (patient % 10)}&_sort=-_lastUpdated&_count=20`,
      ),
    ),
    get('string', ['Patient?family=ibar&_count=20', 'Patient?family=haa&_count=20']),
    get('quantity', ['Observation?code=http://loinc.org|2339-0&value-quantity=ge22&_count=20']),
  ]
}

const histories = (some: readonly number[]): Shape[] => [
  get(
    'history',
    some.map((patient) => `Patient/${ids.patient(patient)}/_history`),
  ),
  get('history of a type', ['Observation/_history?_count=20']),
]

const writes = (some: readonly number[]): Shape[] => [
  {
    name: 'create',
    sends: some.map((patient) => ({
      method: 'POST',
      path: '/fhir/Observation',
      body: observation(ids.patient(patient), patient),
    })),
    expect: 201,
    entries: 1,
    promised: { cpu: { most: 41 } },
  },
  {
    name: 'update',
    sends: [1, 2].flatMap((kind) => some.map((patient) => updated(patient, kind))),
    expect: 200,
    entries: 1,
    promised: {},
  },
  transactions(some, 50, { cpu: { most: 1530 } }),
  transactions(some, 500, {}),
]

/** A heart rate that is another than it was. */
const updated = (patient: number, kind: number): Sent => {
  const id = ids.observation(patient, 1)
  return {
    method: 'PUT',
    path: `/fhir/Observation/${id}`,
    body: { ...observation(ids.patient(patient), 1, kind), id },
  }
}

const transactions = (some: readonly number[], entries: number, promised: Promised): Shape => ({
  name: `transaction of ${entries}`,
  sends: some
    .slice(0, 50)
    .map((patient) => ({ method: 'POST', path: '/fhir', body: transaction(ids.patient(patient), entries) })),
  expect: 200,
  entries,
  promised,
})
