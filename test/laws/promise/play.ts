import type { Bundle } from 'fhir/r4'
import { expect } from 'vitest'
import type { Asked } from '../../../src/consent/asked.ts'
import { publicUrl, type Reply, type World as Server } from '../../contract/world.ts'
import type { TwinRecord, TwinWorld } from '../twin/twin.ts'
import { homeOf } from './asking.ts'
import { comparableUnder } from './compare.ts'
import { names, type Names } from './renaming.ts'
import { tokenOf } from './servers.ts'
import { heldFor, hiddenFrom, keyOf } from './stand.ts'
import { tellingIn } from './stored.ts'

/** One request, under the names that both servers share; a body may be another to each. */
export interface Request {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | readonly [string, string]
}

/** What a sequence knows of its world: keys are `Type/id`. */
export interface Scene {
  readonly asked: Asked
  readonly twin: TwinWorld
  readonly held: readonly TwinRecord[]
  /** Gone for the asker, or with something masked. */
  readonly hidden: readonly string[]
  readonly masked: readonly string[]
  /** Of what is hidden, what was deleted before. */
  readonly gone: readonly string[]
  /** Of what the asker sees, what its own organization holds, and what others do. */
  readonly own: readonly string[]
  readonly foreign: readonly string[]
  /**
   * Of its own, those of which a reference is pruned for what it leads to elsewhere: a narrative goes with such a reference,
   * whoever wrote it.
   */
  readonly pruned: readonly string[]
}

export const sceneOf = (twin: TwinWorld, asked: Asked, at: string): Omit<Scene, 'gone'> => {
  const held = heldFor(twin, asked, at)
  const left = new Set(held.map(({ resource }) => keyOf(resource)))
  const reduced = hiddenFrom(twin, held).map(({ resource }) => keyOf(resource))
  const home = homeOf(asked)
  const of = (isOwn: boolean) =>
    held.flatMap(({ resource, custodian }) =>
      (custodian === home) === isOwn && resource.resourceType !== 'Practitioner' ? [keyOf(resource)] : [],
    )
  return {
    asked,
    twin,
    held,
    hidden: reduced.filter((key) => !left.has(key)),
    masked: reduced.filter((key) => left.has(key)),
    own: of(true),
    foreign: of(false),
    pruned: reduced.filter((key) => left.has(key) && citesAbroad(twin, key)),
  }
}

const citesAbroad = ({ records }: TwinWorld, key: string): boolean => {
  const citing = records.find(({ resource }) => keyOf(resource) === key)
  const abroad = new Set(
    records.flatMap(({ resource, custodian }) => (custodian === citing?.custodian ? [] : [keyOf(resource)])),
  )
  return citing !== undefined && tellingIn(citing.resource).some((reference) => abroad.has(reference))
}

/** A sequence on its way: both servers, what was asked so far, and what it made. */
export interface Play {
  readonly scene: Scene
  /** `Type/id` under shared names of what the sequence created. */
  readonly made: string[]
  /** Records of the world that the current step is about: what of it is hidden counts as scope. */
  readonly scope: Set<string>
  readonly log: string[]
  ask(request: Request): Promise<readonly [Reply, Reply]>
  /**
   * Whether some record of the scope was stored at another time for the first server than for the second: who takes out all
   * that others do not see is left with their version, and it is older than what was taken out.
   */
  isOlder(): Promise<boolean>
  /** What both answered, as the first server said it under the shared names. */
  told(replies: readonly [Reply, Reply]): string
}

/** Asks both servers alike, and holds their answers against each other. */
export const playOf = (d: Server, s: Server, scene: Scene): Play => {
  const sides = [
    { server: d, names: names() },
    { server: s, names: names() },
  ] as const
  const [made, log] = [new Array<string>(), new Array<string>()]
  const ask = async (request: Request): Promise<readonly [Reply, Reply]> => {
    log.push([request.method, request.path, JSON.stringify(request.headers ?? {}), request.body].join(' '))
    const replies = [await send(sides[0], 0, request), await send(sides[1], 1, request)] as const
    const [one, other] = [
      comparableUnder(replies[0], sides[0].names.shared),
      comparableUnder(replies[1], sides[1].names.shared),
    ]
    expect(one, [JSON.stringify(scene.asked), ...log].join('\n')).toEqual(other)
    for (const key of createdIn(replies[0])) made.push(sides[0].names.shared(key))
    return replies
  }
  const send = async (
    { server, names: own }: { readonly server: Server; readonly names: Names },
    place: 0 | 1,
    { method, path, headers = {}, body }: Request,
  ): Promise<Reply> => {
    const text = typeof body === 'object' ? body[place] : body
    return server.send(await tokenOf(server, scene.asked), method, own.own(path), {
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, own.own(value)])),
      ...(text === undefined ? {} : { body: own.own(text) }),
    })
  }
  const scope = new Set<string>()
  const isOlder = async (): Promise<boolean> => {
    for (const path of scope) {
      const dates = [
        await send(sides[0], 0, { method: 'GET', path }),
        await send(sides[1], 1, { method: 'GET', path }),
      ]
      const [one, other] = dates.map(({ headers }) => headers.get('last-modified'))
      if (one !== other) return true
    }
    return false
  }
  return { scene, made, log, scope, ask, isOlder, told: ([one]) => sides[0].names.shared(one.text) }
}

const place = new RegExp(`^${publicUrl}/fhir/(?<key>[A-Za-z]+/[^/]+)`)

/** Keys of what an answer says was created. */
const createdIn = (reply: Reply): string[] => {
  const locations = [reply.status === 201 ? reply.headers.get('location') : null, ...entriesOf(reply)]
  return locations.flatMap((location) => place.exec(location ?? '')?.groups?.['key'] ?? [])
}

const entriesOf = ({ text, status }: Reply): (string | undefined)[] => {
  if (status !== 200 || !text.includes('-response"')) return []
  return ((JSON.parse(text) as Bundle).entry ?? []).map(({ response }) =>
    response?.status.startsWith('201') === true ? response.location : undefined,
  )
}
