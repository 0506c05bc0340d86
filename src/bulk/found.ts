import type { Grant } from '../authorize/grant.ts'
import type { Permit } from '../consent/permit.ts'
import { compartmentMembers } from '../api/operations/everything.ts'
import { membersOf } from '../api/operations/around.ts'
import type { Place } from '../search/cursor.ts'
import { findByKeys, type FoundRow } from '../search/find.ts'
import { type FoundKey, searchKeys } from '../search/keys.ts'
import { findAsOf, findDeleted } from '../search/named-versions.ts'
import { fhirBase, type Services } from '../services.ts'
import { patientsAfter, patientsAmong, typesStored } from '../store/exports.ts'
import { associatedWith } from './associated.ts'
import type { ExportAsked, Job, Line, Position } from './job.ts'
import { type Filtered, type Part, partsOf, queryOf } from './parts.ts'

/** What looking for the lines of an export takes. */
export interface Finding {
  readonly services: Services
  readonly grant: Grant
  readonly permit: Permit
  readonly job: Job
  readonly asked: ExportAsked
}

/** Some lines, and how far they lead; without a position all is found. */
export interface FoundLines {
  readonly lines: readonly Line[]
  readonly position: Position | undefined
}

/** Lines of one step, and patients that are looked at in it, at the most. */
const most = { lines: 1000, patients: 50 }

/** What a search of the gateway takes. */
export const searchingOf = ({ services, permit }: Pick<Finding, 'services' | 'permit'>) => ({
  permit,
  base: fhirBase(services),
  parameters: services.parameters,
  toBase: services.toBase,
  terminology: services.terminology,
  common: services.common,
})

/** The next lines of an export after a position, as its owner may see them now. */
export const findLines = async (finding: Finding, position: Position): Promise<FoundLines> => {
  const parts = partsOf(finding.asked)
  const first = await nextPart(finding, parts, position)
  const part = parts[first.part]
  if (part === undefined) return { lines: [], position: undefined }
  const { lines, position: next } = await ofPart(finding, part, first)
  return { lines, position: next ?? (first.part + 1 < parts.length ? { part: first.part + 1 } : undefined) }
}

/** Of types of which nothing is stored at all, nothing is found: they are passed over together. */
const nextPart = async (
  { services }: Finding,
  parts: readonly Part[],
  position: Position,
): Promise<Position> => {
  if (position.after !== undefined) return position
  const stored = await typesStored(services.database)
  const isEmpty = (part: Part): boolean =>
    (part.kind === 'type' && !stored.has(part.wanted.type)) ||
    (part.kind === 'deleted' && !stored.has(part.type))
  const passed = parts.slice(position.part).findIndex((part) => !isEmpty(part))
  if (passed === 0) return position
  return { part: passed < 0 ? parts.length : position.part + passed }
}

const ofPart = (finding: Finding, part: Part, position: Position): Promise<FoundLines> => {
  switch (part.kind) {
    case 'type':
      return ofType(finding, part.wanted, position)
    case 'patients':
      return ofPatients(finding, part.wanted, position)
    case 'associated':
      return associatedWith(finding, position)
    case 'deleted':
      return deletedOf(finding, part.type, position)
  }
}

const ofType = async (finding: Finding, wanted: Filtered, position: Position): Promise<FoundLines> => {
  const { services, grant, asked } = finding
  const query = queryOf(services, grant, asked, wanted)
  const { keys, next } = await searchKeys(
    services.database,
    [query],
    position.after,
    most.lines,
    searchingOf(finding),
  )
  return {
    lines: await pinned(finding, keys, asked),
    position: next && { part: position.part, after: next },
  }
}

/** Patient after patient, each wholly, as far as it fits a step. */
const ofPatients = async (
  finding: Finding,
  wanted: readonly Filtered[],
  { part, patient: begun, after }: Position,
): Promise<FoundLines> => {
  const lines: Line[] = []
  const coming = await patientsFrom(finding, begun, most.patients)
  const all = begun === undefined || after === undefined ? coming : [begun, ...coming]
  const owners = await ownersOf(finding, all)
  for (const [place, patient] of all.entries()) {
    const owner = owners.get(patient)
    if (owner === undefined) continue
    const at = place === 0 ? after : undefined
    const found = await ofPatient(finding, wanted, owner, at)
    lines.push(...found.lines)
    if (found.next !== undefined) return { lines, position: { part, patient, after: found.next } }
    if (lines.length >= most.lines && place < all.length - 1) return { lines, position: { part, patient } }
  }
  const last = all.at(-1)
  return {
    lines,
    position: coming.length < most.patients || last === undefined ? undefined : { part, patient: last },
  }
}

/** The patients as the owner of the export may see them now. */
const ownersOf = async (
  { services, permit }: Finding,
  ids: readonly string[],
): Promise<ReadonlyMap<string, FoundRow>> => {
  const keys = ids.map((id) => `Patient/${id}`)
  return new Map((await findByKeys(services.database, permit, keys)).map((row) => [row.id, row]))
}

/** Types that are wanted whole are looked for together; where a filter says which, it is a search. */
const ofPatient = async (
  finding: Finding,
  wanted: readonly Filtered[],
  owner: FoundRow,
  after: Place | undefined,
): Promise<{ readonly lines: readonly Line[]; readonly next: Place | undefined }> => {
  const { services, grant, asked } = finding
  const whole = wanted.flatMap(({ type, filter }) => (filter === undefined ? [type] : []))
  const filtered = wanted.filter(({ filter }) => filter !== undefined)
  const keys = after === undefined && whole.length > 0 ? await compartmentOf(finding, owner, whole) : []
  if (filtered.length === 0) return { lines: await pinned(finding, keys, asked), next: undefined }
  const types = filtered.map((own) => queryOf(services, grant, asked, own, owner.id))
  const page = await searchKeys(services.database, types, after, most.lines, searchingOf(finding))
  return { lines: await pinned(finding, [...keys, ...page.keys], asked), next: page.next }
}

/** A patient is its own; other Patients are not its records, though they are linked to it. */
const compartmentOf = async (
  { services, permit }: Finding,
  owner: FoundRow,
  types: readonly string[],
): Promise<readonly FoundKey[]> => {
  const members = compartmentMembers(services, 'Patient', (type) => types.includes(type))
  const [start, end] = [undefined, undefined]
  const rows = await membersOf(services.database, {
    owner,
    members,
    start,
    end,
    permit,
    base: fhirBase(services),
  })
  return rows.filter(({ type, id }) => types.includes(type) && (type !== 'Patient' || id === owner.id))
}

/** Patients after one: those that were settled, or all that the owner may see. */
const patientsFrom = async (
  finding: Finding,
  after: string | undefined,
  count: number,
): Promise<readonly string[]> => {
  const { services, job, asked } = finding
  if (asked.named) return patientsAfter(services.database, job.key, after, count)
  const all = [{ type: 'Patient', criteria: [] }]
  const place = after === undefined ? undefined : [after]
  const { keys } = await searchKeys(services.database, all, place, count, searchingOf(finding))
  return keys.map(({ id }) => id)
}

/**
 * Versions as they were at the moment of the export. What was changed since is judged as it is now, and goes as it was
 * then; what was made since is not in it (Bulk Data 2.0, `transactionTime`).
 */
export const pinned = async (
  { services, permit, job }: Pick<Finding, 'services' | 'permit' | 'job'>,
  keys: readonly FoundKey[],
  changed: Pick<ExportAsked, 'since' | 'until'>,
): Promise<Line[]> => {
  const later = keys.filter(({ updated }) => updated > job.moment)
  const before = new Map(
    (await findAsOf(services.database, permit, later, job.moment)).map((own) => [
      `${own.type}/${own.id}`,
      own,
    ]),
  )
  return keys.flatMap((key) => {
    const found = key.updated > job.moment ? before.get(`${key.type}/${key.id}`) : { ...key, deleted: false }
    if (found === undefined || found.deleted || !isWithin(changed, found.updated)) return []
    return [{ deleted: false, type: found.type, id: found.id, version: found.version }]
  })
}

const isWithin = ({ since, until }: Pick<ExportAsked, 'since' | 'until'>, updated: Date): boolean =>
  (since === undefined || updated.getTime() > Date.parse(since)) &&
  (until === undefined || updated.getTime() < Date.parse(until))

/** What was deleted since the moment that the caller names; a record of a patient is known by what it cited to the last. */
const deletedOf = async (finding: Finding, type: string, position: Position): Promise<FoundLines> => {
  const { services, permit, job, asked } = finding
  const [after] = position.after ?? []
  const until = asked.until === undefined ? job.moment : earlier(job.moment, new Date(asked.until))
  const span = { since: new Date(asked.since ?? 0), until }
  const rows = await findDeleted(
    services.database,
    permit,
    type,
    span,
    after === undefined ? undefined : String(after),
    most.lines,
  )
  const cited = new Map(rows.map((row) => [row, patientsOf(row)]))
  const known = await knownPatients(finding, [...new Set([...cited.values()].flat())])
  const own = rows.filter((row) => asked.level === 'system' || cited.get(row)?.some((id) => known.has(id)))
  const last = rows.length < most.lines ? undefined : rows.at(-1)
  return {
    lines: own.map(({ id, version }) => ({ deleted: true, type, id, version })),
    position: last && { part: position.part, after: [last.id] },
  }
}

const earlier = (one: Date, other: Date): Date => (one < other ? one : other)

const patientsOf = ({
  type,
  id,
  refs,
  hidden,
}: {
  readonly type: string
  readonly id: string
  readonly refs: readonly string[]
  readonly hidden: readonly string[]
}): string[] => [
  ...(type === 'Patient' ? [id] : []),
  ...refs.flatMap((reference) =>
    reference.startsWith('Patient/') && !hidden.includes(reference)
      ? [reference.slice('Patient/'.length)]
      : [],
  ),
]

/** Which patients an export is about: of all, those that are there or were, as far as the owner may see. */
const knownPatients = async (
  { services, permit, job, asked }: Finding,
  ids: readonly string[],
): Promise<Set<string>> => {
  if (asked.level === 'system' || ids.length === 0) return new Set()
  if (asked.named) return new Set(await patientsAmong(services.database, job.key, ids))
  const rows = await findByKeys(
    services.database,
    permit,
    ids.map((id) => `Patient/${id}`),
    true,
  )
  return new Set(rows.map(({ id }) => id))
}
