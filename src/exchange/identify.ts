import type { FhirResource } from 'fhir/r4'
import type { Outcome, Submission, Writer } from '../accept.ts'
import { isRepresentative } from '../consent/asked.ts'
import { invalid, refuse } from '../problem.ts'
import type { FoundRow } from '../search/find.ts'
import type { Change, CurrentRow } from '../store/change.ts'
import { isProgress, lockResources, readCurrent } from '../store/current.ts'
import { checkSubmissions } from '../questionnaire/check-submissions.ts'
import { validateAll } from '../validate/submission.ts'
import { address, type Addressed, type Asking } from './address.ts'
import { pointToExisting, requireCited } from './citations.ts'
import { merged, seenBy } from './merged.ts'
import { personFor } from './persons.ts'
import { findReached, keysOf } from './reached-rows.ts'
import { relabel } from './relabel.ts'
import type { Said } from './require-reached.ts'
import { isStaff, requireOfficer } from './staff.ts'
import { writtenOver } from './written-over.ts'
import { mustStayHidden, requireOwner } from './task-moves.ts'

/** Changes that may be stored, and what their senders are told. */
export interface Identified {
  readonly changes: readonly Change[]
  readonly outcomes: readonly Outcome[]
  /** What the writers say, and whether they make it or change it. */
  readonly said: readonly Said[]
}

/**
 * Settles for each write which resource it is about, whether this caller may change it, and which person a Patient is.
 * Everything is judged on the caller's own cut: what is hidden answers as if it did not exist (CONSENT rules, section 8).
 */
export const identify = async (submissions: readonly Submission[], asking: Asking): Promise<Identified> => {
  const addressed = await address(submissions, asking)
  const told = await checkSubmissions(
    asking,
    addressed.map(({ submission, existing }) => (existing === undefined ? submission : undefined)),
  )
  const { connection, permit } = asking
  const keys = addressed.flatMap(keysOf)
  await lockResources(connection, keys)
  const current = keys.length === 0 ? new Map<string, CurrentRow[]>() : await readCurrent(connection, keys)
  const seen = await findReached(connection, permit, addressed)
  if (asking.writer.imports === undefined) requireDistinct(keys)
  const visible = new Map(seen.map((row) => [`${row.type}/${row.id}`, row]))
  const settling: Settling = { ...asking, current, visible }
  const settled: Settled[] = []
  for (const one of addressed) settled.push(await settle(one, settling))
  const outcomes = settled.map(({ outcome }, place) => ({
    ...outcome,
    warnings: [...(outcome.warnings ?? []), ...(told.get(place) ?? [])],
  }))
  const concrete = addressed.map(({ submission }) => submission)
  const pointed = pointToExisting(concrete, outcomes)
  const said = settled.flatMap(({ stated, outcome: { effect } }): Said[] =>
    stated === undefined ? [] : [{ resource: pointed(stated), access: effect === 'created' ? 'c' : 'u' }],
  )
  await requireCited(
    asking,
    said.map(({ resource }) => resource),
  )
  const changes = settled.flatMap((one) => one.changes)
  return {
    changes: changes.map((change) => ({ ...change, resource: pointed(change.resource) })),
    outcomes,
    said,
  }
}

/** No resource may be written twice in one transaction (FHIR R4 http 3.1.0.11.2). */
const requireDistinct = (keys: readonly string[]): void => {
  if (new Set(keys).size < keys.length)
    invalid('the transaction changes the same resource twice', 'Bundle.entry.request.url', 'value')
}

interface Settling extends Asking {
  readonly current: ReadonlyMap<string, CurrentRow[]>
  readonly visible: ReadonlyMap<string, FoundRow>
}

interface Settled {
  readonly changes: readonly Change[]
  readonly outcome: Outcome
  /** What the writer says: what it cites must be there for the writer. What was merged into it is not asked about. */
  readonly stated?: FhirResource
}

const settle = async ({ submission, existing, ids }: Addressed, settling: Settling): Promise<Settled> => {
  const { method, type, id } = submission
  if (settling.writer.imports !== undefined)
    return withWarnings(await settleImported(submission, settling), submission)
  if (existing !== undefined) return { changes: [], outcome: { type, id: existing, effect: 'existing' } }
  if (ids !== undefined) return settleDeletes(submission, ids, settling)
  if (method === 'create') return withWarnings(await settleNew(submission, settling), submission)
  const seen = settling.visible.get(`${type}/${id}`)
  if (seen === undefined)
    return method === 'update'
      ? withWarnings(await settleUnknown(submission, settling), submission)
      : refuse({ kind: 'not-found' })
  if (method === 'delete') return settleDelete(submission, seen, settling)
  const whole = method === 'patch' ? await patched(submission, seen, settling) : submission
  return withWarnings(await settleUpdate(whole, seen, settling), whole)
}

/** What was let in although a profile asks for more is told with what became of it. */
const withWarnings = (settled: Settled, { warnings }: Submission): Settled =>
  warnings === undefined ? settled : { ...settled, outcome: { ...settled.outcome, warnings } }

/** A patch is applied to what its sender sees, and what comes of it is checked like any other write. */
const patched = async (submission: Submission, seen: FoundRow, settling: Settling): Promise<Submission> => {
  const { services } = settling
  if (seen.deleted) return refuse({ kind: 'not-found' })
  const resource = submission.patch?.(JSON.parse(seenBy(seen, services)) as FhirResource)
  const update: Submission = {
    ...submission,
    method: 'update',
    ...(resource === undefined ? {} : { resource }),
  }
  const [valid = update] = validateAll(services, [update], settling.writer.caller)
  await checkSubmissions(settling, [valid])
  return valid
}

const newChange = (
  { writer }: Settling,
  resource: FhirResource,
  action: 'create' | 'update',
  { isHeld }: Pick<Submission, 'isHeld'> = {},
): Change => ({
  action,
  resource,
  custodian: writer.caller.homeKey,
  submitter: writer.caller.organizationKey,
  effective: isEffective(resource, writer),
  keep: writer.imports === 'trusted',
  ...(writer.marks === undefined && isHeld === undefined
    ? {}
    : { marks: [...(writer.marks ?? []), ...(isHeld === true ? (['not-conforming'] as const) : [])] }),
})

/** Whose word changes decisions; that two Patients are one person only a trusted import vouches for (CONSENT rules, section 1). */
const isEffective = ({ resourceType }: FhirResource, { imports, caller }: Writer): boolean =>
  imports === undefined
    ? caller.roles.includes('policy') && !isRepresentative(caller.asked) && resourceType !== 'Patient'
    : imports === 'trusted'

const settleNew = async (submission: Submission, settling: Settling): Promise<Settled> => {
  const { type } = submission
  const id = submission.id ?? settling.services.ids.resource()
  const resource = { ...(submission.resource as FhirResource), id }
  return {
    changes: [await withPerson(newChange(settling, resource, 'create', submission), settling)],
    stated: resource,
    outcome: { type, id, effect: 'created' },
  }
}

/** Update-as-create: only with ids under the client's registered prefix, whether the id is free or hidden (405). */
const settleUnknown = async (submission: Submission, settling: Settling): Promise<Settled> => {
  const { type, id = '', resource, ifMatch } = submission
  const { prefix } = settling.writer.caller
  const mayChoose = prefix !== undefined && id.startsWith(prefix)
  if (mayChoose && ifMatch !== undefined)
    return refuse({ kind: 'precondition', text: `there is no ${type} with the version in \`If-Match\`` })
  if (!mayChoose || settling.current.has(`${type}/${id}`))
    return refuse({
      kind: 'method-not-allowed',
      text: `no such ${type} to update; create it by POST, and the server gives it an id`,
      allow: ['GET', 'POST'],
    })
  return {
    changes: [
      await withPerson(newChange(settling, resource as FhirResource, 'update', submission), settling),
    ],
    stated: resource as FhirResource,
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
  if (submission.inPlace !== undefined)
    return { changes: [relabel(submission.inPlace, resource, full, settling.writer)], outcome }
  if (full === undefined || !isStaff(full, settling.writer))
    return { changes: [await moveTask(submission, resource, seen, full, settling)], stated: resource, outcome } // prettier-ignore
  requireOfficer(full, settling.writer)
  const change = await merged(newChange(settling, resource, 'update', submission), seen, full, settling)
  return {
    changes: [await withPerson(change, settling), ...writtenOver(change, seen, full, settling)],
    stated: resource,
    outcome,
  }
}

/** A move of a Task by its owner: stored with the custodian's record, or beside it where it would tell of a patient. */
const moveTask = async (
  { isHeld, warnings = [] }: Submission,
  resource: FhirResource,
  seen: FoundRow,
  full: CurrentRow | undefined,
  settling: Settling,
): Promise<Change> => {
  requireOwner(resource, seen, settling.writer)
  if (full === undefined) return refuse({ kind: 'not-found' })
  // What another organization holds is not held for what its owner sends.
  if (isHeld === true)
    return refuse({
      kind: 'unprocessable',
      issues: warnings.filter(({ profile }) => profile !== undefined).map((issue) => ({ ...issue, severity: 'error' })), // prettier-ignore
    })
  const change: Change = {
    ...newChange(settling, resource, 'update'),
    custodian: full.custodian,
    submitter: full.submitter,
    effective: false,
  }
  if (!(await mustStayHidden(settling.connection, settling.writer.caller, full, settling.permit.moment)))
    return merged(change, seen, full, settling)
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
  const cut = { mask: BigInt(seen.mask), deleted: seen.deleted }
  const change: Change = { ...newChange(settling, resource, 'update'), action: 'delete', seen: cut }
  return { changes: seen.deleted ? [] : [change], outcome: { type, id, effect: 'deleted' } }
}

/** A conditional delete takes all that it matches; nothing to delete is no error (FHIR R4 http 3.1.0.7.1). */
const settleDeletes = (submission: Submission, ids: readonly string[], settling: Settling): Settled => {
  const { type } = submission
  const each = ids.flatMap((id) => {
    const seen = settling.visible.get(`${type}/${id}`)
    return seen === undefined ? [] : settleDelete({ ...submission, id }, seen, settling).changes
  })
  return { changes: each, outcome: { type, id: '', effect: 'deleted' } }
}

/** An import stores what it is given under the ids it has, and may replace what the custodian holds. */
const settleImported = async (submission: Submission, settling: Settling): Promise<Settled> => {
  const { type, id = '', resource } = submission
  const [own] = settling.current.get(`${type}/${id}`) ?? []
  const change = newChange(settling, resource as FhirResource, 'update', submission)
  if (own !== undefined && own.custodian !== change.custodian)
    invalid(`${type} with this id is held by another custodian`, `${type}.id`, 'conflict')
  return {
    changes: [await withPerson(change, settling)],
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

const withPerson = async (change: Change, settling: Settling): Promise<Change> => {
  if (change.resource.resourceType !== 'Patient') return change
  const { resource } = change
  const known = settling.current.get(`Patient/${resource.id ?? ''}`)?.[0]?.person
  if (known !== null && known !== undefined) return { ...change, person: known }
  const { connection, services, writer } = settling
  return { ...change, person: await personFor(connection, services, writer, resource) }
}
