import type { Submission, Writer } from '../accept.ts'
import type { Grant } from '../authorize/grant.ts'
import type { Permit } from '../consent/permit.ts'
import { invalid, refuse } from '../problem.ts'
import type { FoundRow } from '../search/find.ts'
import { parseQuery } from '../search/query.ts'
import { search } from '../search/search.ts'
import { fhirBase, type Services } from '../services.ts'
import type { Connection } from '../store/database.ts'
import { resolveConditional } from './conditional-references.ts'
import { lockResources } from '../store/current.ts'

/** Who asks, in which transaction, and what they may see: what every condition of a write is judged by. */
export interface Asking {
  readonly connection: Connection
  readonly services: Services
  readonly writer: Writer
  readonly grant: Grant
  readonly permit: Permit
}

/** A write whose resource is known: by its id, or by what its condition found. */
export interface Addressed {
  readonly submission: Submission
  /** What a conditional create found: nothing is created. */
  readonly existing?: string
  /** Of a conditional delete: everything that it found. */
  readonly ids?: readonly string[]
}

/**
 * Finds what conditional interactions are about (FHIR R4 http 3.1.0.8.1, 3.1.0.9.1, 3.1.0.10.1 and 3.1.0.11): among
 * what the caller sees and its own organization holds, so that a condition is no way to ask about what is hidden.
 * The same condition is judged by one request at a time.
 */
export const address = async (submissions: readonly Submission[], asking: Asking): Promise<Addressed[]> => {
  const conditions = submissions.flatMap((one) => conditionOf(one) ?? [])
  await lockResources(
    asking.connection,
    conditions.map(({ type, given }) => `${asking.writer.caller.homeKey} ${type}?${given.toString()}`),
  )
  const resolved =
    asking.writer.interaction === 'transaction' ? await resolveConditional(submissions, asking) : submissions
  const gone = await deletedBy(resolved, asking)
  const made = new Map<string, Submission>()
  const addressed: Addressed[] = []
  for (const submission of resolved)
    addressed.push(madeOnce(await addressOne(submission, gone, asking), made, submission))
  return addressed
}

/** Deletes come first in a transaction: a conditional create does not find what they take (FHIR R4 http 3.1.0.11.2). */
const deletedBy = async (
  submissions: readonly Submission[],
  asking: Asking,
): Promise<ReadonlySet<string>> => {
  const gone = new Set<string>()
  if (submissions.every(({ ifNoneExist }) => ifNoneExist === undefined)) return gone
  for (const { method, type, id, where } of submissions) {
    if (method !== 'delete') continue
    const ids = where === undefined ? [id ?? ''] : await matches(where, type, 'the condition', asking)
    for (const one of ids) gone.add(`${type}/${one}`)
  }
  return gone
}

/** What one entry of a transaction creates, another one with the same condition finds (FHIR R4 http 3.1.0.11.2). */
const madeOnce = (
  one: Addressed,
  made: Map<string, Submission>,
  { method, type, where, ifNoneExist }: Submission,
): Addressed => {
  const condition = where ?? ifNoneExist
  const known =
    one.existing ?? one.ids ?? (one.submission.method === 'create' ? undefined : one.submission.id)
  if (condition === undefined || known !== undefined) return one
  const key = `${type}?${condition.toString()}`
  const first = made.get(key)
  if (first === undefined) {
    made.set(key, { ...one.submission, method })
    return one
  }
  if (method === 'update' || first.method === 'update')
    return invalid('the transaction changes the same resource twice', 'Bundle.entry.request.url', 'value')
  return { submission: one.submission, existing: first.id ?? '' }
}

const conditionOf = ({
  type,
  where,
  ifNoneExist,
}: Submission): { type: string; given: URLSearchParams } | undefined => {
  const given = where ?? ifNoneExist
  return given === undefined ? undefined : { type, given }
}

const addressOne = async (
  submission: Submission,
  gone: ReadonlySet<string>,
  asking: Asking,
): Promise<Addressed> => {
  const { method, type, where, ifNoneExist } = submission
  if (method === 'create' && ifNoneExist !== undefined) {
    const found = await matches(ifNoneExist, type, '`If-None-Exist`', asking)
    const [existing, ...others] = found.filter((id) => !gone.has(`${type}/${id}`))
    if (others.length > 0) return tooMany('`If-None-Exist`')
    return existing === undefined ? { submission } : { submission, existing }
  }
  if (where === undefined) return { submission }
  const found = await matches(where, type, 'the condition', asking)
  if (method === 'delete') return { submission, ids: found }
  const [id, ...others] = found
  if (others.length > 0) return tooMany('the condition')
  if (method === 'patch')
    return id === undefined ? refuse({ kind: 'not-found' }) : { submission: { ...submission, id } }
  return { submission: addressUpdate(submission, id) }
}

const tooMany = (what: string): never =>
  refuse({
    kind: 'precondition',
    text: `${what} matches more than one resource; nothing was changed. add a parameter that tells them apart`,
  })

/** A conditional update changes the one match; without one it creates, under the id of the body where it has one. */
const addressUpdate = (submission: Submission, id: string | undefined): Submission => {
  const stated = submission.resource?.id
  if (id !== undefined && stated !== undefined && stated !== id)
    return invalid(
      'the id of the body is not that of the resource that the condition matches',
      `${submission.type}.id`,
      'value',
    )
  const known = id ?? stated
  if (known === undefined)
    return {
      ...submission,
      method: 'create',
      ...(submission.placeholder === undefined ? {} : { id: submission.placeholder }),
    }
  return {
    ...submission,
    id: known,
    ...(submission.resource === undefined ? {} : { resource: { ...submission.resource, id: known } }),
  }
}

/** One conditional delete takes so many at the most. */
const mostMatches = 1000

/** Ids of what a condition matches, of what the writer's own organization holds. */
const matches = async (
  given: URLSearchParams,
  type: string,
  what: string,
  asking: Asking,
): Promise<string[]> => {
  const rows = await findMatches(given, type, what, asking)
  const own = rows.filter(({ custodian }) => custodian === asking.writer.caller.homeKey)
  return own.map(({ id }) => id)
}

/** What a condition matches of what the caller sees. */
export const findMatches = async (
  given: URLSearchParams,
  type: string,
  what: string,
  { connection, services, grant, permit }: Asking,
): Promise<readonly FoundRow[]> => {
  const { parameters, toBase, terminology, common } = services
  const reading = { parameters, maySearch: (asked: string) => asked === type || grant.allows(asked, 's') }
  const query = parseQuery([type], given, reading, false)
  if (query.types.every(({ criteria }) => criteria.length === 0))
    return invalid(`${what} needs at least one search parameter`, type, 'required')
  const page = await search(
    connection,
    { ...query, count: mostMatches, total: 'none', sort: [], cursor: undefined },
    undefined,
    { permit, base: fhirBase(services), parameters, toBase, terminology, common },
  )
  if (page.next !== undefined)
    return refuse({
      kind: 'precondition',
      text: `${what} matches more than ${mostMatches} resources; narrow it`,
    })
  return page.rows
}
