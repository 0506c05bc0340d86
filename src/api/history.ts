import type { Caller } from '../authenticate/caller.ts'
import type { Grant } from '../authorize/grant.ts'
import type { Ask } from '../disclose.ts'
import { resourceTypes } from '../fhir/definitions/structures.ts'
import { refuse } from '../problem.ts'
import { type HistoryQuery, parseHistory } from '../search/history-query.ts'
import {
  findVersions,
  hasVersion,
  type VersionPage,
  type VersionPlace,
  type Whose,
} from '../search/versions.ts'
import { fhirBase, type Services } from '../services.ts'
import { historyBundle } from './history-bundle.ts'
import { fhirJson } from './resource-answer.ts'

/** Whose history: one resource's, a type's, or that of everything here. */
export interface HistoryOf {
  readonly type?: string
  readonly id?: string
}

/**
 * https://hl7.org/fhir/R4/http.html#history, of an instance, a type or the system: the versions of the cuts that the
 * caller gets. What only richer cuts saw change left no version here.
 */
export const history = (
  services: Services,
  request: string,
  of: HistoryOf,
  given: URLSearchParams,
  lenient: boolean,
): Ask => ({
  interaction:
    of.type === undefined ? 'history-system' : of.id === undefined ? 'history-type' : 'history-instance',
  request,
  needs: of.type === undefined ? [] : [{ type: of.type, access: 'r' }],
  find: async (connection, grant, permit) => {
    requireHistory(of)
    const query = parseHistory(given, lenient)
    const address = addressOf(of)
    const bound = boundTo(grant.caller, address, query)
    const after = query.cursor === undefined ? undefined : await open(services, query.cursor, bound)
    const page = await findVersions(connection, permit, whoseOf(of, grant), query, after)
    if (page.rows.length === 0 && of.type !== undefined && of.id !== undefined)
      if (!(await hasVersion(connection, permit, of.type, of.id))) return refuse({ kind: 'not-found' })
    const link = links(`${fhirBase(services)}/${address}`, query, await next(services, page, bound))
    return {
      rows: page.rows,
      answer: (released) => ({
        status: 200,
        headers: { 'content-type': fhirJson },
        body: historyBundle(fhirBase(services), page, link, released),
      }),
    }
  },
})

/** The trail is written once and never changed. */
const requireHistory = ({ type }: HistoryOf): void => {
  if (type === 'AuditEvent')
    refuse({ kind: 'no-route', text: 'AuditEvents are never changed, so they have no history' })
}

const addressOf = ({ type, id }: HistoryOf): string =>
  [...(type === undefined ? [] : [type]), ...(id === undefined ? [] : [id]), '_history'].join('/')

/** Of the system, the types that the token may read. */
const whoseOf = ({ type, id }: HistoryOf, grant: Grant): Whose => {
  if (type !== undefined) return { types: [type], ...(id === undefined ? {} : { id }) }
  if (grant.allows('*', 'r')) return { types: 'all' }
  const types = resourceTypes.filter((own) => grant.allows(own, 'r'))
  return types.length > 0
    ? { types }
    : refuse({ kind: 'forbidden', text: 'the token lacks a scope to read any type, such as `*.r`' })
}

/** A cursor opens only for the caller, the address and the parameters that it was given out for. */
const boundTo = ({ client, audience, scope }: Caller, address: string, { stated }: HistoryQuery): string =>
  JSON.stringify([client, audience, scope, address, stated.toString()])

const open = async (services: Services, cursor: string, bound: string): Promise<VersionPlace> => {
  const [moment, type, id, version, total] = await services.cursors.open(cursor, bound)
  return {
    moment: String(moment),
    type: String(type),
    id: String(id),
    version: String(version),
    total: total === null || total === undefined ? null : Number(total),
  }
}

const next = async (services: Services, { last }: VersionPage, bound: string): Promise<string | undefined> =>
  last && services.cursors.seal([last.moment, last.type, last.id, last.version, last.total], bound)

/** Self says how the history was understood; next is there where there is more (FHIR R4 http 3.1.0.9, paging). */
const links = (address: string, { stated, cursor }: HistoryQuery, more: string | undefined) => {
  const url = (at: string | undefined): string => {
    const given = new URLSearchParams(stated)
    if (at !== undefined) given.set('_cursor', at)
    return given.size === 0 ? address : `${address}?${given.toString()}`
  }
  return [
    { relation: 'self', url: url(cursor) },
    ...(more === undefined ? [] : [{ relation: 'next', url: url(more) }]),
  ]
}
