import type { BundleEntry, FhirResource } from 'fhir/r4'
import * as z from 'zod'
import type { Submission } from '../accept.ts'
import type { Ask } from '../disclose.ts'
import { isResourceType, resourceTypes } from '../fhir/definitions/structures.ts'
import { invalid, refuse } from '../problem.ts'
import type { Services } from '../services.ts'
import { auditRead, auditSearch } from './audit-event.ts'
import { compartmentSearch } from './compartment-search.ts'
import { type Conditions, conditionalRead } from './conditional-read.ts'
import { withoutBody } from './head.ts'
import { history } from './history.ts'
import { operationAsk } from './operations/operations.ts'
import { applyPatch, readEntryPatch } from './patch-body.ts'
import { partialRead } from './partial-read.ts'
import { read } from './read.ts'
import { search } from './search.ts'
import { conditionOf } from './submission.ts'
import { vread } from './vread.ts'

/** One entry of a batch or transaction: a write, or the address of a read. */
export interface EntryRequest {
  readonly path: string
  readonly submission?: Submission
  /** Of a read: what the client has already. */
  readonly conditions?: Conditions
  /** Of a read: whether only the status and the headers are wanted. */
  readonly isHead?: boolean
}

/** Reads `entry.request`; what is wrong with it is told with its place. */
export const readEntry = (entry: BundleEntry, place: number, publicUrl: string): EntryRequest => {
  const at = `Bundle.entry[${place}].request`
  requireShape(entry, place)
  const { request } = entry
  if (request?.method === undefined || typeof request.url !== 'string')
    return invalid('every entry needs `request.method` and `request.url`', at, 'required')
  const path = request.url.replace(`${publicUrl}/fhir/`, '').replace(/^\//, '')
  if (request.method === 'GET' || request.method === 'HEAD')
    return {
      path,
      conditions: { ifNoneMatch: request.ifNoneMatch, ifModifiedSince: request.ifModifiedSince },
      isHead: request.method === 'HEAD',
    }
  const [address, query] = split(path)
  const [type = '', id, ...rest] = address.split('/')
  if (type === 'AuditEvent')
    return refuse({
      kind: 'method-not-allowed',
      text: 'AuditEvents are written by the gateway itself',
      allow: ['GET'],
    })
  if (!isResourceType(type) || rest.length > 0)
    return invalid('the address is not `<type>` or `<type>/<id>` of an R4 resource', `${at}.url`, 'value')
  return { path, submission: readWrite(entry, at, type, id, query) }
}

const split = (path: string): [string, string | undefined] => {
  const place = path.indexOf('?')
  return place < 0 ? [path, undefined] : [path.slice(0, place), path.slice(place + 1)]
}

const methods = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const

const readWrite = (
  { request, resource }: BundleEntry,
  at: string,
  type: string,
  id: string | undefined,
  query: string | undefined,
): Submission => {
  const method = Object.hasOwn(methods, request?.method ?? '')
    ? methods[request?.method as keyof typeof methods]
    : invalid(
        '`request.method` must be GET, HEAD, POST, PUT, PATCH or DELETE',
        `${at}.method`,
        'not-supported',
      )
  if (method === 'create' && (id !== undefined || query !== undefined))
    return invalid('a POST entry addresses a type: nothing else', `${at}.url`, 'value')
  if (method !== 'create' && (id === undefined) === (query === undefined))
    return invalid(
      'the entry addresses an instance: `<type>/<id>`, or a search for one',
      `${at}.url`,
      'value',
    )
  return {
    method,
    type,
    ...(id === undefined ? {} : { id }),
    ...(resource === undefined || (method !== 'create' && method !== 'update')
      ? {}
      : { resource: resource as FhirResource }),
    ...(method === 'patch' ? { patch: readPatcher(resource as FhirResource | undefined, at) } : {}),
    ...(query === undefined ? {} : { where: conditionOf(new URLSearchParams(query), type) }),
    ...(request?.ifMatch === undefined ? {} : { ifMatch: request.ifMatch }),
    ...(request?.ifNoneExist === undefined || method !== 'create'
      ? {}
      : { ifNoneExist: new URLSearchParams(request.ifNoneExist) }),
  }
}

const readPatcher = (resource: FhirResource | undefined, at: string): NonNullable<Submission['patch']> => {
  const patch = readEntryPatch(resource, at.replace(/\.request$/, ''))
  return (held) => applyPatch(held, patch)
}

/** An entry is read before it is validated: what is not even of the right kind is refused with its place. */
const requireShape = (entry: unknown, place: number): void => {
  const read = entryShape.safeParse(entry)
  if (read.success) return
  const [fault] = read.error.issues
  const where = [`Bundle.entry[${place}]`, ...(fault?.path ?? [])].join('.')
  invalid('this part of the entry is missing or of another type than FHIR has it', where, 'structure')
}

const entryShape = z.looseObject({
  fullUrl: z.string().optional(),
  resource: z.looseObject({ resourceType: z.string() }).optional(),
  request: z.looseObject({
    method: z.string(),
    url: z.string(),
    ifMatch: z.string().optional(),
    ifNoneMatch: z.string().optional(),
    ifModifiedSince: z.string().optional(),
    ifNoneExist: z.string().optional(),
  }),
})

const unconditional: Conditions = { ifNoneMatch: undefined, ifModifiedSince: undefined }

/** The question that a GET or HEAD entry asks: its address is relative to the FHIR base. */
export const askFor = (services: Services, request: string, entry: EntryRequest): Ask => {
  const ask = askAt(services, request, entry)
  return entry.isHead === true ? withoutBody(ask) : ask
}

const askAt = (
  services: Services,
  request: string,
  { path, conditions = unconditional }: EntryRequest,
): Ask => {
  const [address, query = ''] = split(path)
  const given = new URLSearchParams(query)
  const [type = '', id, member, version, ...rest] = address.split('/')
  if (address === '')
    return search(services, request, {
      address,
      types: resourceTypes.filter((one) => one !== 'AuditEvent'),
      given,
      lenient: false,
    })
  const operation = operationAsk(services, request, address, given)
  if (operation !== undefined) return operation
  if (address === '_history') return history(services, request, {}, given, false)
  if (!isResourceType(type) || rest.length > 0)
    return refuse({ kind: 'no-route', text: 'the address is not one of this server; see /metadata' })
  if (type === 'AuditEvent') return auditAt(services, request, id, member, given)
  if (id === undefined) return search(services, request, { address, type, given, lenient: false })
  if (member === undefined)
    return id === '_history'
      ? history(services, request, { type }, given, false)
      : conditionalRead(conditions, partialRead(type, given, read(request, type, id)))
  if (member !== '_history') return compartmentSearch(services, request, { type, id }, member, given, false)
  return version === undefined
    ? history(services, request, { type, id }, given, false)
    : conditionalRead(conditions, partialRead(type, given, vread(request, type, id, version)))
}

/** The trail has addresses of its own: a search, and single events. */
const auditAt = (
  services: Services,
  request: string,
  id: string | undefined,
  member: string | undefined,
  given: URLSearchParams,
): Ask => {
  if (member !== undefined || id === '_history') return refuse({ kind: 'not-found' })
  return id === undefined ? auditSearch(services, request, given) : auditRead(services, request, id)
}
