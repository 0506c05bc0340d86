import type { BundleEntry, FhirResource } from 'fhir/r4'
import { z } from 'zod'
import type { Submission } from '../accept.ts'
import type { Ask } from '../disclose.ts'
import { isResourceType } from '../fhir/definitions/structures.ts'
import { invalid, refuse } from '../problem.ts'
import { fhirBase, type Services } from '../services.ts'
import { history } from './history.ts'
import { read } from './read.ts'
import { search } from './search.ts'
import { vread } from './vread.ts'

/** One entry of a batch or transaction: a write, or the address of a read. */
export interface EntryRequest {
  readonly path: string
  readonly submission?: Submission
}

/** Reads `entry.request`; what is wrong with it is told with its place. */
export const readEntry = (entry: BundleEntry, place: number, publicUrl: string): EntryRequest => {
  const at = `Bundle.entry[${place}].request`
  requireShape(entry, place)
  const { request } = entry
  const resource = entry.resource as FhirResource | undefined
  if (request?.method === undefined || typeof request.url !== 'string')
    return invalid('every entry needs `request.method` and `request.url`', at, 'required')
  const path = request.url.replace(`${publicUrl}/fhir/`, '').replace(/^\//, '')
  if (request.method === 'GET') return { path }
  const [address = '', query] = path.split('?')
  const [type = '', id, ...rest] = address.split('/')
  if (!isResourceType(type) || rest.length > 0)
    return invalid('the address is not `<type>` or `<type>/<id>` of an R4 resource', `${at}.url`, 'value')
  if (query !== undefined)
    return invalid(
      'conditional updates and deletes are not supported; name the id',
      `${at}.url`,
      'not-supported',
    )
  switch (request.method) {
    case 'POST':
      if (id !== undefined)
        return invalid('a POST entry addresses a type, not an instance', `${at}.url`, 'value')
      return {
        path,
        submission: {
          method: 'create',
          type,
          ...(resource === undefined ? {} : { resource }),
          ...(request.ifNoneExist === undefined
            ? {}
            : { ifNoneExist: new URLSearchParams(request.ifNoneExist) }),
        },
      }
    case 'PUT':
      if (id === undefined)
        return invalid('a PUT entry addresses an instance: `<type>/<id>`', `${at}.url`, 'value')
      return {
        path,
        submission: {
          method: 'update',
          type,
          id,
          ...(resource === undefined ? {} : { resource }),
          ...(request.ifMatch === undefined ? {} : { ifMatch: request.ifMatch }),
        },
      }
    case 'DELETE':
      if (id === undefined)
        return invalid('a DELETE entry addresses an instance: `<type>/<id>`', `${at}.url`, 'value')
      return {
        path,
        submission: {
          method: 'delete',
          type,
          id,
          ...(request.ifMatch === undefined ? {} : { ifMatch: request.ifMatch }),
        },
      }
    default:
      return invalid('`request.method` must be GET, POST, PUT or DELETE', `${at}.method`, 'not-supported')
  }
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
    ifNoneExist: z.string().optional(),
  }),
})

/** The question that a GET address asks, relative to the FHIR base. */
export const askFor = (services: Services, request: string, path: string): Ask => {
  const [address = '', query = ''] = path.split('?')
  const [type = '', id, history_, version, ...rest] = address.split('/')
  if (!isResourceType(type) || rest.length > 0)
    return refuse({ kind: 'no-route', text: 'the address is not one of this server; see /metadata' })
  if (id === undefined) return search(services, request, type, new URLSearchParams(query), false)
  if (history_ === undefined) return read(request, type, id)
  if (history_ !== '_history')
    return refuse({ kind: 'no-route', text: 'the address is not one of this server; see /metadata' })
  return version === undefined
    ? history(request, fhirBase(services), type, id)
    : vread(request, type, id, version)
}
