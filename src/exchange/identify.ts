import type { FhirResource } from 'fhir/r4'
import type { Outcome, Submission, Writer } from '../accept.ts'
import type { Permit } from '../consent/permit.ts'
import { invalid, refuse } from '../problem.ts'
import { type FoundRow, findByKeys, search } from '../search/find.ts'
import { parseQuery } from '../search/query.ts'
import { fhirBase, type Services } from '../services.ts'
import type { Change, CurrentRow } from '../store/change.ts'
import type { Connection } from '../store/database.ts'
import { policyBearing } from '../store/effects.ts'
import { pointToExisting, requireCited } from './citations.ts'
import { isProgress, lockResources, readCurrent } from '../store/prepare.ts'
import { mergeHidden } from './merge.ts'
import { personFor } from './persons.ts'
import { mustStayHidden, requireOwner } from './task-moves.ts'

/** Changes that may be stored, and what their senders are told. */
export interface Identified {
  readonly changes: readonly Change[]
  readonly outcomes: readonly Outcome[]
}

/**
 * Settles for each write which resource it is about, whether this caller may change it, and which person a Patient is.
 * Everything is judged on the caller's own cut: what is hidden answers as if it did not exist (CONSENT rules, section 8).
 */
export const identify = async (
  connection: Connection,
  services: Services,
  writer: Writer,
  permit: Permit,
  submissions: readonly Submission[],
): Promise<Identified> => {
  const keys = submissions.flatMap(({ type, id }) => (id === undefined ? [] : [`${type}/${id}`]))
  await lockResources(connection, keys)
  const current = keys.length === 0 ? new Map<string, CurrentRow[]>() : await readCurrent(connection, keys)
  const seen = keys.length === 0 ? [] : await findByKeys(connection, permit, keys, true)
  const visible = new Map(seen.map((row) => [`${row.type}/${row.id}`, row]))
  const settling: Settling = { connection, services, writer, permit, current, visible }
  const changes: Change[] = []
  const outcomes: Outcome[] = []
  for (const submission of submissions) {
    const { change, outcome } = await settle(submission, settling)
    if (change !== undefined) changes.push(change)
    outcomes.push(outcome)
  }
  const settled = pointToExisting(submissions, outcomes, changes)
  await requireCited(connection, services, writer, permit, submissions)
  return { changes: settled, outcomes }
}

interface Settling {
  readonly connection: Connection
  readonly services: Services
  readonly writer: Writer
  readonly permit: Permit
  readonly current: ReadonlyMap<string, CurrentRow[]>
  readonly visible: ReadonlyMap<string, FoundRow>
}

type Settled = { readonly change?: Change; readonly outcome: Outcome }

const settle = async (submission: Submission, settling: Settling): Promise<Settled> => {
  const { method, type, id } = submission
  if (settling.writer.imports !== undefined) return settleImported(submission, settling)
  if (method === 'create' || settling.current.get(`${type}/${id}`) === undefined)
    return settleNew(submission, settling)
  const seen = settling.visible.get(`${type}/${id}`)
  if (seen === undefined)
    return method === 'delete' ? refuse({ kind: 'not-found' }) : settleUnknown(submission, settling)
  return method === 'delete'
    ? settleDelete(submission, seen, settling)
    : settleUpdate(submission, seen, settling)
}

const newChange = ({ writer }: Settling, resource: FhirResource, action: 'create' | 'update'): Change => ({
  action,
  resource,
  custodian: writer.caller.homeKey,
  submitter: writer.caller.organizationKey,
  effective: isEffective(resource, writer),
  keep: writer.imports === 'trusted',
})

/** Whose word changes decisions; that two Patients are one person only a trusted import vouches for (CONSENT rules, section 1). */
const isEffective = ({ resourceType }: FhirResource, { imports, caller }: Writer): boolean =>
  imports === undefined
    ? caller.roles.includes('policy') && resourceType !== 'Patient'
    : imports === 'trusted'

const settleNew = async (submission: Submission, settling: Settling): Promise<Settled> => {
  const { method, type } = submission
  if (method === 'delete') return refuse({ kind: 'not-found' })
  if (method === 'update') return settleUnknown(submission, settling)
  const existing =
    submission.ifNoneExist === undefined
      ? undefined
      : await findExisting(submission.ifNoneExist, type, settling)
  if (existing !== undefined) return { outcome: { type, id: existing, effect: 'existing' } }
  const id = submission.id ?? settling.services.ids.resource()
  const resource = { ...(submission.resource as FhirResource), id }
  return {
    change: await withPerson(newChange(settling, resource, 'create'), settling),
    outcome: { type, id, effect: 'created' },
  }
}

/** Update-as-create: only with ids under the client's registered prefix, whether the id is free or hidden (405). */
const settleUnknown = async (
  { type, id = '', resource }: Submission,
  settling: Settling,
): Promise<Settled> => {
  const { prefix } = settling.writer.caller
  if (prefix === undefined || !id.startsWith(prefix) || settling.current.has(`${type}/${id}`))
    return refuse({
      kind: 'method-not-allowed',
      text: `no such ${type} to update; create it by POST, and the server gives it an id`,
      allow: ['GET', 'POST'],
    })
  return {
    change: await withPerson(newChange(settling, resource as FhirResource, 'update'), settling),
    outcome: { type, id, effect: 'created' },
  }
}

const settleUpdate = async (submission: Submission, seen: FoundRow, settling: Settling): Promise<Settled> => {
  const { type, id = '' } = submission
  const resource = submission.resource as FhirResource
  const rows = settling.current.get(`${type}/${id}`) ?? []
  const full = rows.findLast((row) => !isProgress(row))
  requireMatch(submission, seen)
  const outcome = { type, id, effect: seen.deleted ? 'created' : 'updated' } as const
  if (full === undefined || !isStaff(full, settling.writer))
    return { change: await moveTask(resource, seen, full, settling), outcome }
  requireOfficer(full, settling.writer)
  const merged = full.version === seen.version ? resource : mergeHidden(resource, seen.content, full.content)
  return { change: await withPerson(newChange(settling, merged, 'update'), settling), outcome }
}

/** A move of a Task by its owner: stored with the custodian's record, or beside it where it would tell of a patient. */
const moveTask = async (
  resource: FhirResource,
  seen: FoundRow,
  full: CurrentRow | undefined,
  settling: Settling,
): Promise<Change> => {
  requireOwner(resource, seen, settling.writer)
  if (full === undefined) return refuse({ kind: 'not-found' })
  const change: Change = {
    ...newChange(settling, resource, 'update'),
    custodian: full.custodian,
    submitter: full.submitter,
    effective: false,
  }
  if (!(await mustStayHidden(settling.connection, settling.writer.caller, full, settling.permit.moment)))
    return {
      ...change,
      resource: full.version === seen.version ? resource : mergeHidden(resource, seen.content, full.content),
    }
  return {
    ...change,
    resource: JSON.parse(full.content) as FhirResource,
    progress: { resource, mask: BigInt(seen.mask) },
  }
}

const settleDelete = (submission: Submission, seen: FoundRow, settling: Settling): Settled => {
  const { type, id = '' } = submission
  const [own] = settling.current.get(`${type}/${id}`) ?? []
  requireMatch(submission, seen)
  if (own === undefined || !isStaff(own, settling.writer))
    return refuse({ kind: 'forbidden', text: 'only the organization that holds a record may delete it' })
  requireOfficer(own, settling.writer)
  const resource = { resourceType: type, id } as FhirResource
  const change: Change = { ...newChange(settling, resource, 'update'), action: 'delete' }
  return { ...(seen.deleted ? {} : { change }), outcome: { type, id, effect: 'deleted' } }
}

/** Only the custodian's staff change what it holds; a patient's token and a business associate are nobody's staff. */
const isStaff = ({ custodian }: CurrentRow, { caller }: Writer): boolean =>
  custodian === caller.organizationKey && caller.asked.patient === undefined

/** What is in effect changes decisions: only an officer of the custodian changes or ends it (CONSENT rules, section 2). */
const requireOfficer = ({ type, effective }: CurrentRow, { caller }: Writer): void => {
  if (effective && policyBearing.has(type) && !caller.roles.includes('policy'))
    refuse({
      kind: 'forbidden',
      text: `this ${type} is in effect; only a client with the role \`policy\` may change it`,
    })
}

/** An import stores what it is given under the ids it has, and may replace what the custodian holds. */
const settleImported = async (
  { type, id = '', resource }: Submission,
  settling: Settling,
): Promise<Settled> => {
  const [own] = settling.current.get(`${type}/${id}`) ?? []
  const change = newChange(settling, resource as FhirResource, 'update')
  if (own !== undefined && own.custodian !== change.custodian)
    invalid(`${type} with this id is held by another custodian`, `${type}.id`, 'conflict')
  return {
    change: await withPerson(change, settling),
    outcome: { type, id, effect: own === undefined ? 'created' : 'updated' },
  }
}

/** If-Match is judged on the version of the caller's own cut (FHIR R4 http 3.1.0.5). */
const requireMatch = ({ ifMatch, type, id }: Submission, seen: FoundRow): void => {
  if (ifMatch === undefined) return
  const versions = ifMatch
    .split(',')
    .map((tag) => /^(?:W\/)?"(?<version>[^"]+)"$/.exec(tag.trim())?.groups?.version)
  if (!versions.includes(seen.version))
    refuse({
      kind: 'precondition',
      text: `${type}/${id ?? ''} has changed since the version in \`If-Match\`; read it again`,
    })
}

const findExisting = async (
  given: URLSearchParams,
  type: string,
  { connection, services, permit, writer }: Settling,
): Promise<string | undefined> => {
  const parameters = services.parameters(type)
  const query = parseQuery(type, given, parameters, false)
  if (query.filters.length === 0)
    return invalid('`If-None-Exist` needs at least one search parameter', 'If-None-Exist')
  const page = await search(
    connection,
    { ...query, count: 2, offset: 0 },
    { type, permit, base: fhirBase(services), parameters },
  )
  const own = page.rows.filter(({ custodian }) => custodian === writer.caller.homeKey)
  if (own.length > 1)
    return refuse({ kind: 'precondition', text: '`If-None-Exist` matches more than one resource' })
  return own[0]?.id
}

const withPerson = async (change: Change, settling: Settling): Promise<Change> => {
  if (change.resource.resourceType !== 'Patient') return change
  const { resource } = change
  const known = settling.current.get(`Patient/${resource.id ?? ''}`)?.[0]?.person
  if (known !== null && known !== undefined) return { ...change, person: known }
  const { connection, services, writer } = settling
  return { ...change, person: await personFor(connection, services, writer, resource) }
}
