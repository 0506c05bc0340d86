import type { BundleEntry, FhirResource } from 'fhir/r4'
import type { Reply } from '../../contract/world.ts'
import { changeOf, draft, drawnTypes, keyId, mayBeCited, typeOf } from './drafts.ts'
import { asRequest, patchOf } from './patches.ts'
import type { Pick } from './picking.ts'
import type { Play, Request } from './play.ts'
import { prefixOf } from './servers.ts'
import { moveTask } from './tasks.ts'

/** A sort of step that writes. What it is about goes into the scope of the play. */
export interface Write {
  readonly name: string
  take(play: Play, pick: Pick): Promise<unknown>
}

const json = { 'content-type': 'application/fhir+json' }

const typed = (keys: readonly string[]) =>
  keys.filter((key) => drawnTypes.some((type) => typeOf(key) === type))

/** What a write is about: mostly what is masked, hidden or the asker's own; also what others hold, what it made, and nothing. */
const target = (play: Play, pick: Pick): string => {
  const { masked, hidden, gone, own, foreign } = play.scene
  const mine = typed(masked).filter((key) => own.includes(key))
  const kinds = [mine, mine, mine, typed(masked), typed(hidden), typed(hidden), typed(gone), typed(gone), typed(own), typed(foreign), play.made, play.made, [`${pick(drawnTypes) ?? ''}/nothing`]]
  const key = pick(pick(kinds.filter((keys) => keys.length > 0)) ?? []) ?? 'Observation/nothing'
  play.scope.add(key)
  return key
} // prettier-ignore

/** A search by what is stored of somebody: of what is hidden as often as not. */
const condition = (play: Play, type: string, pick: Pick): string => {
  const { hidden, twin, held } = play.scene
  const concealed = typed(hidden).filter((key) => typeOf(key) === type)
  const about = pick([...concealed, `${type}/nothing`]) ?? ''
  const visit = pick(hidden.filter((key) => key.startsWith('Encounter/'))) ?? 'Encounter/nothing'
  const problem = pick(hidden.filter((key) => key.startsWith('Condition/'))) ?? 'Condition/nothing'
  const patient = pick([...twin.records, ...held].flatMap(({ resource: { resourceType, id } }) => (resourceType === 'Patient' ? [id ?? ''] : [])))
  play.scope.add(about)
  const common = [`_id=${keyId(about)}`, `identifier=urn:law|${keyId(about)}`, 'identifier=urn:law|one', 'identifier=urn:law|changed', `subject=Patient/${patient ?? ''}&identifier=urn:law|two`]
  const own: Readonly<Record<string, readonly string[]>> = {
    Observation: [`encounter=${visit}`, 'status=amended', `encounter.identifier=urn:law|${keyId(visit)}`],
    CarePlan: [`condition=${problem}`, `condition.identifier=urn:law|${keyId(problem)}`, 'activity-reference:missing=true'],
    Condition: [`_has:CarePlan:condition:identifier=urn:law|${keyId(about)}`, 'code=B20', 'code=F11.20'],
  } // prettier-ignore
  for (const key of [visit, problem]) play.scope.add(key)
  return pick([...common, ...(own[type] ?? []), ...(own[type] ?? [])]) ?? '_id=nothing'
} // prettier-ignore

const drawnType = (pick: Pick): string => pick([...drawnTypes, 'Observation', 'CarePlan']) ?? 'Observation'

const versionsIn = (replies: readonly [Reply, Reply], play: Play): string | undefined =>
  /"versionId":"(?<version>[^"]+)"/.exec(play.told(replies))?.groups?.['version']

/** No If-Match, the version that was read, or one that never was. */
const ifMatch = (pick: Pick, read: string | undefined): Readonly<Record<string, string>> => {
  const tag = pick([undefined, undefined, read, 'v-999999'])
  return tag === undefined ? {} : { 'if-match': `W/"${tag}"` }
}

const put = (address: string, body: FhirResource, headers = {}): Request => ({
  method: 'PUT',
  path: address,
  headers: { ...json, ...headers },
  body: JSON.stringify(body),
})

/** What an update states: what it is labelled with stays as it is. */
const replacement = (play: Play, key: string, pick: Pick): FhirResource => {
  const { meta: _meta, ...rest } = draft(play, typeOf(key), pick, !play.scene.pruned.includes(key))
  return { ...rest, id: keyId(key) }
}

const change = (play: Play, pick: Pick): Promise<unknown> => changeAt(play, pick, target(play, pick))

const changeByCondition = (play: Play, pick: Pick): Promise<unknown> => {
  const key = target(play, pick)
  return changeAt(play, pick, key, `${typeOf(key)}?_id=${keyId(key)}`)
}

/** Reads a record, changes something in it, and puts it back, by its id or by a condition. */
const changeAt = async (play: Play, pick: Pick, key: string, address = key): Promise<unknown> => {
  const replies = await play.ask({ method: 'GET', path: key })
  if (replies[0].status !== 200) return play.ask(put(address, replacement(play, key, pick), ifMatch(pick, undefined)))
  const make = changeOf(play, key, pick)
  const [one, other] = replies.map(({ text }) => JSON.stringify(make(JSON.parse(text) as Record<string, unknown>)))
  return play.ask({
    ...put(address, {} as FhirResource, ifMatch(pick, versionsIn(replies, play))),
    body: [one ?? '', other ?? ''],
  })
} // prettier-ignore

const conditionalCreate = (play: Play, pick: Pick): Request => {
  const type = drawnType(pick)
  return {
    method: 'POST',
    path: type,
    headers: { ...json, 'if-none-exist': condition(play, type, pick) },
    body: JSON.stringify(draft(play, type, pick)),
  }
}

const entry = (play: Play, pick: Pick, place: number): BundleEntry => {
  const key = target(play, pick)
  const type = typeOf(key)
  const url = pick([key, key, `${type}?${condition(play, type, pick)}`]) ?? key
  const request = (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'GET', more = {}) => ({ method, url, ...more })
  const made = drawnType(pick)
  const { id: _id, ...unnamed } = replacement(play, key, pick)
  return (
    pick<BundleEntry>([
      { fullUrl: `urn:uuid:0000000${place}-0000-4000-8000-000000000000`, resource: draft(play, made, pick), request: { method: 'POST', url: made } },
      { resource: draft(play, made, pick), request: { method: 'POST', url: made, ifNoneExist: condition(play, made, pick) } },
      { resource: url === key ? { ...unnamed, id: keyId(key) } : unnamed, request: request('PUT') },
      { resource: patchOf(play, key, pick).entry, request: request('PATCH') },
      { request: request('DELETE') },
      { request: request('GET') },
    ]) ?? { request: request('GET') }
  )
} // prettier-ignore

const bundle = (type: 'batch' | 'transaction') => (play: Play, pick: Pick) =>
  play.ask({
    method: 'POST',
    path: '',
    headers: pick([json, { ...json, prefer: 'return=representation' }]) ?? json,
    body: JSON.stringify({
      resourceType: 'Bundle',
      type,
      entry: Array.from({ length: pick([2, 3, 1]) ?? 2 }, (_, place) => entry(play, pick, place)),
    }),
  })

/** A transaction in which one resource cites another that it brings, and a patient by a search. */
const linked = (play: Play, pick: Pick) => {
  const patients = play.scene.twin.records.flatMap(({ resource: { resourceType, id } }) => (resourceType === 'Patient' ? [id ?? ''] : []))
  const patient = pick(patients.filter((id) => mayBeCited(play.scene, `Patient/${id}`))) ?? ''
  const visit = 'urn:uuid:00000009-0000-4000-8000-000000000000'
  const subject = { reference: `Patient?_id=${patient}` }
  play.scope.add(`Patient/${patient}`)
  return play.ask({
    method: 'POST',
    path: '',
    headers: json,
    body: JSON.stringify({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        { fullUrl: visit, resource: { ...draft(play, 'Encounter', pick), subject }, request: { method: 'POST', url: 'Encounter', ifNoneExist: condition(play, 'Encounter', pick) } },
        { resource: { ...draft(play, 'Observation', pick), subject, encounter: { reference: visit } }, request: { method: 'POST', url: 'Observation' } },
      ],
    }),
  })
} // prettier-ignore

/** What a client would like to come back. */
const preferences: readonly Readonly<Record<string, string>>[] = [
  {},
  {},
  { prefer: 'return=minimal' },
  { prefer: 'return=OperationOutcome' },
]

const create = (play: Play, pick: Pick) => {
  const type = drawnType(pick)
  return play.ask({
    method: 'POST',
    path: type,
    headers: { ...json, ...pick(preferences) },
    body: JSON.stringify(draft(play, type, pick)),
  })
}

const update = (play: Play, pick: Pick) => {
  const key = target(play, pick)
  return play.ask(put(key, replacement(play, key, pick), ifMatch(pick, undefined)))
}

/** Under the prefix that the client is registered with, or under somebody else's. */
const updateAsCreate = (play: Play, pick: Pick) => {
  const type = drawnType(pick)
  const own = prefixOf(play.scene.asked.organization.slice('Organization/'.length))
  const id = `${pick([own, 'own-nobody-']) ?? ''}${pick(['1', '2']) ?? ''}`
  return play.ask(put(`${type}/${id}`, { ...draft(play, type, pick), id }, ifMatch(pick, undefined)))
}

const patch = (play: Play, pick: Pick) => {
  const key = target(play, pick)
  return play.ask(asRequest(key, patchOf(play, key, pick)))
}

const patchOfWhatWasRead = async (play: Play, pick: Pick) => {
  const key = target(play, pick)
  const version = versionsIn(await play.ask({ method: 'GET', path: key }), play)
  const request = asRequest(key, patchOf(play, key, pick))
  return play.ask({ ...request, headers: { ...request.headers, ...ifMatch(pick, version) } })
}

const remove = (play: Play, pick: Pick) =>
  play.ask({ method: 'DELETE', path: target(play, pick), headers: ifMatch(pick, undefined) })

const removeWhatWasRead = async (play: Play, pick: Pick) => {
  const key = target(play, pick)
  const version = versionsIn(await play.ask({ method: 'GET', path: key }), play)
  return play.ask({ method: 'DELETE', path: key, headers: ifMatch(pick, version) })
}

const conditionalCreateTwice = async (play: Play, pick: Pick) => {
  const request = conditionalCreate(play, pick)
  await play.ask(request)
  return play.ask(request)
}

const conditionalUpdate = (play: Play, pick: Pick) => {
  const type = drawnType(pick)
  return play.ask(put(`${type}?${condition(play, type, pick)}`, draft(play, type, pick)))
}

const conditionalPatch = (play: Play, pick: Pick) => {
  const type = drawnType(pick)
  const address = `${type}?${condition(play, type, pick)}`
  return play.ask(asRequest(address, patchOf(play, `${type}/nothing`, pick)))
}

const conditionalDelete = (play: Play, pick: Pick) => {
  const type = drawnType(pick)
  return play.ask({ method: 'DELETE', path: `${type}?${condition(play, type, pick)}` })
}

/** Every sort of step that writes; what is drawn more often stands there more often. */
export const writes: readonly Write[] = [
  { name: 'create', take: create },
  { name: 'update of what was read', take: change },
  { name: 'update of what was read', take: change },
  { name: 'update', take: update },
  { name: 'update as create', take: updateAsCreate },
  { name: 'patch', take: patch },
  { name: 'patch', take: patchOfWhatWasRead },
  { name: 'delete', take: remove },
  { name: 'delete', take: removeWhatWasRead },
  { name: 'conditional create', take: (play, pick) => play.ask(conditionalCreate(play, pick)) },
  { name: 'conditional create, twice', take: conditionalCreateTwice },
  { name: 'conditional update', take: conditionalUpdate },
  { name: 'conditional update', take: changeByCondition },
  { name: 'conditional patch', take: conditionalPatch },
  { name: 'conditional delete', take: conditionalDelete },
  { name: 'transaction', take: bundle('transaction') },
  { name: 'transaction', take: linked },
  { name: 'batch', take: bundle('batch') },
  { name: 'move of a Task', take: moveTask },
  { name: 'move of a Task', take: moveTask },
]
