import { has, hasValue, isIn, objects } from './invariant.ts'
import type { Invariant } from './invariant.ts'
import { text } from '../json.ts'
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
    on: 'Bundle.entry',
    key: 'bdl-8',
    text: '`fullUrl` must not name a version',
    holds: (v) => !(text(v.fullUrl) ?? '').includes('/_history/'),
  },
  {
    on: 'Parameters.parameter',
    key: 'inv-1',
    text: 'a parameter must have one of value, resource and part',
    holds: (v) => [hasValue(v), has(v, 'resource'), has(v, 'part')].filter(Boolean).length === 1,
  },
]
