import fc from 'fast-check'
import type { FhirResource, Task } from 'fhir/r4'
import type { World } from '../arbitrary.ts'
import { identified } from './parts.ts'
import type { Pick } from './picking.ts'
import type { Play } from './play.ts'
import { keyOf } from './stand.ts'

const statuses = [
  'requested',
  'requested',
  'received',
  'accepted',
  'in-progress',
  'on-hold',
  'completed',
] as const

/** A Task of one custodian that another organization owns; what it is about may be hidden from the owner. */
const task = (run: string, custodian: string): fc.Arbitrary<Task> =>
  fc
    .record({
      status: fc.constantFrom(...statuses),
      owner: fc.constantFrom('psychiatry', 'psychiatry', custodian === 'hospital' ? 'clinic' : 'hospital'),
      focus: fc.constantFrom(undefined, undefined, 'open-problem', 'secret-problem'),
    })
    .map(({ status, owner, focus }) => ({
      resourceType: 'Task',
      id: `${run}-${custodian}-task`,
      identifier: identified(`${run}-${custodian}-task`),
      status,
      intent: 'order',
      for: { reference: `Patient/${run}-${custodian}` },
      requester: { reference: `Organization/${custodian}` },
      owner: { reference: `Organization/${owner}` },
      ...(focus === undefined ? {} : { focus: { reference: `Condition/${run}-${custodian}-${focus}` } }),
    }))

/** A drawn world with Tasks: their owner moves them, within the state machine (CONSENT rules, section 8). */
export const withTasks = (run: string, drawn: World): fc.Arbitrary<World> =>
  fc.tuple(task(run, 'hospital'), task(run, 'clinic')).map(([one, other]) => ({
    ...drawn,
    records: {
      ...drawn.records,
      hospital: [...(drawn.records['hospital'] ?? []), one],
      clinic: [...(drawn.records['clinic'] ?? []), other],
    },
  }))

const json = { 'content-type': 'application/fhir+json' }

type Json = Record<string, unknown>

/** Moves that the state machine has and has not, what an owner may change, and what is the custodian's alone. */
const changes: readonly ((read: Json) => Json)[] = [
  ...['received', 'accepted', 'in-progress', 'completed', 'draft'].map((status) => (read: Json) => ({
    ...read,
    status,
  })),
  (read) => ({ ...read, status: 'accepted', note: [{ text: 'seen' }] }),
  (read) => ({ ...read, businessStatus: { text: 'called' } }),
  (read) => ({ ...read, description: 'something else' }),
  (read) => read,
]

/** Reads a Task, and puts it back moved, or moves it by a patch. */
export const moveTask = async (play: Play, pick: Pick): Promise<unknown> => {
  const tasks = play.scene.twin.records.flatMap(({ resource }) =>
    resource.resourceType === 'Task' ? [keyOf(resource)] : [],
  )
  const key = pick(tasks) ?? 'Task/nothing'
  play.scope.add(key)
  const change = pick(changes) ?? ((read) => read)
  const status = pick(['accepted', 'in-progress', 'requested'])
  if (pick([true, false, false]) === true)
    return play.ask({
      method: 'PATCH',
      path: key,
      headers: { 'content-type': 'application/json-patch+json' },
      body: JSON.stringify([{ op: 'replace', path: '/status', value: status }]),
    })
  const replies = await play.ask({ method: 'GET', path: key })
  const unseen: FhirResource = { resourceType: 'Task', id: key.split('/')[1] ?? '', status: 'accepted', intent: 'order' }
  const [one = '', other = ''] = replies.map(({ status: code, text }) =>
    JSON.stringify(code === 200 ? change(JSON.parse(text) as Json) : unseen),
  )
  return play.ask({ method: 'PUT', path: key, headers: json, body: [one, other] })
} // prettier-ignore
