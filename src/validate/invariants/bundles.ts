import { has, hasValue, isIn, objects } from './invariant.ts'
import type { Invariant } from './invariant.ts'
import { typeOf } from '../../fhir/path.ts'
import { isResourceType } from '../../fhir/definitions/structures.ts'
import { isObject, text } from '../json.ts'
import type { Json } from '../json.ts'

const isWritten = (v: Json) => isIn(v.type, 'batch', 'transaction', 'history')
const isAnswered = (v: Json) => isIn(v.type, 'batch-response', 'transaction-response', 'history')
const all = (v: Json, name: string, wanted: boolean) => objects(v.entry).every((e) => has(e, name) === wanted)

/** https://hl7.org/fhir/R4/bundle.html, https://hl7.org/fhir/R4/parameters.html */
export const bundles: readonly Invariant[] = [
  {
    on: 'Bundle',
    key: 'bdl-1',
    text: 'only a searchset or history has a total',
    holds: (v) => !has(v, 'total') || isIn(v.type, 'searchset', 'history'),
  },
  {
    on: 'Bundle',
    key: 'bdl-2',
    text: 'only entries of a searchset have `search`',
    holds: (v) => v.type === 'searchset' || all(v, 'search', false),
  },
  {
    on: 'Bundle',
    key: 'bdl-3',
    text: 'each entry of a batch, transaction or history, and no other, must have a `request`',
    holds: (v) => all(v, 'request', isWritten(v)),
  },
  {
    on: 'Bundle',
    key: 'bdl-4',
    text: 'each entry of a response or history, and no other, must have a `response`',
    holds: (v) => all(v, 'response', isAnswered(v)),
  },
  {
    on: 'Bundle.entry',
    key: 'bdl-5',
    text: 'an entry must have a resource, a request or a response',
    holds: (v) => has(v, 'resource', 'request', 'response'),
  },
  {
    on: 'Bundle',
    key: 'bdl-7',
    text: '`fullUrl` must be unique in a bundle, or else the entries must have other versions',
    holds: (v) => v.type === 'history' || isDistinct(objects(v.entry).flatMap(addressOf)),
  },
  {
    on: 'Bundle.entry',
    key: 'bdl-8',
    text: '`fullUrl` must not name a version',
    holds: (v) => !(text(v.fullUrl) ?? '').includes('/_history/'),
  },
  {
    on: 'Bundle.entry',
    key: 'Bundle.entry.fullUrl',
    text: '`fullUrl` must be an absolute URL or a URN, and end with the type and id of the resource if it is a RESTful one',
    holds: isAddressed,
  },
  {
    on: 'Parameters.parameter',
    key: 'inv-1',
    text: 'a parameter must have one of value, resource and part',
    holds: (v) => [hasValue(v), has(v, 'resource'), has(v, 'part')].filter(Boolean).length === 1,
  },
]

const isDistinct = (values: readonly string[]): boolean => new Set(values).size === values.length

function addressOf({ fullUrl, resource }: Json): string[] {
  const meta = isObject(resource) && isObject(resource.meta) ? resource.meta : {}
  return typeof fullUrl === 'string' ? [`${fullUrl}${text(meta.versionId) ?? ''}`] : []
}

/** https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.fullUrl */
function isAddressed({ fullUrl, resource }: Json): boolean {
  if (typeof fullUrl !== 'string') return true
  if (!/^[a-z][a-z0-9+.-]*:/i.test(fullUrl)) return false
  const type = typeOf(fullUrl)
  if (!/^https?:/i.test(fullUrl) || !isResourceType(type) || !isObject(resource)) return true
  const [named, id] = [text(resource.resourceType), text(resource.id)]
  if (fullUrl.includes('/_history/') || named === undefined || id === undefined) return true
  return fullUrl.endsWith(`/${named}/${id}`)
}
