import type { BundleEntry, FhirResource } from 'fhir/r4'
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
