import type { Caller } from '../authenticate/caller.ts'
import type { Grant } from '../authorize/grant.ts'
import type { Ask, Found } from '../disclose.ts'
import type { ReleasedResource } from '../redact/released.ts'
import type { Criterion } from '../search/criterion.ts'
import { findIncluded } from '../search/include.ts'
import { parseQuery, readTypes, type SearchQuery } from '../search/query.ts'
import type { Reading } from '../search/read-criterion.ts'
import { type Page, search as run, type Turn } from '../search/search.ts'
import { fhirBase, type Services } from '../services.ts'
import { fhirJson } from './resource-answer.ts'
import { type Link, type SearchEntry, searchset } from './searchset.ts'
import { subset } from './subset.ts'

/** One search as it was asked for. */
export interface SearchRequest {
  /** Address under the base, without parameters: `Observation`, `Patient/1/Observation`, or empty for all types. */
  readonly address: string
  readonly given: URLSearchParams
  /** Whether parameters that are not served are passed over (FHIR R4 search 3.1.1.1.2). */
  readonly lenient: boolean
  /** The one type that is searched; without it `_type` says which. */
  readonly type?: string
  /** All types that a search across types may be about. */
  readonly types?: readonly string[]
  /** Of each code only so many of the most recent: the operation `lastn`. */
  readonly latest?: number
  /** What holds beside the parameters, for each type: a compartment. */
  readonly within?: (type: string) => Criterion | undefined
}

/** https://hl7.org/fhir/R4/http.html#search of one type, of a compartment or across types, by GET or POST. */
export const search = (services: Services, request: string, asked: SearchRequest): Ask => ({
  interaction: asked.type === undefined ? 'search-system' : 'search-type',
  request,
  needs: asked.type === undefined ? [] : [{ type: asked.type, access: 's' }],
  find: async (connection, grant, permit): Promise<Found> => {
    const base = fhirBase(services)
    const query = readQuery(services, asked, grant)
    const bound = boundTo(grant.caller, asked.address, query)
    const turn = query.cursor === undefined ? undefined : await openTurn(services, query.cursor, bound)
    const searching = {
      permit,
      base,
      parameters: services.parameters,
      toBase: services.toBase,
      terminology: services.terminology,
      common: services.common,
    }
    const page = await run(connection, query, turn, searching)
    const { includes } = query
    const included = await findIncluded(includes, page.rows, {
      connection,
      grant,
      permit,
      base,
      parameters: services.parameters,
    })
    const links = await linksOf(services, asked.address, query, page, bound)
    return {
      rows: [...page.rows, ...included],
      answer: (released) => ({
        status: 200,
        headers: { 'content-type': fhirJson },
        body: searchset(base, page.total, links, entriesOf(query, released, page.rows.length)),
      }),
    }
  },
})

/** What reading a search may know of the gateway and of the token. */
export const readingOf = ({ parameters }: Pick<Services, 'parameters'>, grant: Grant): Reading => ({
  parameters,
  maySearch: (type) => grant.allows(type, 's'),
})

const readQuery = (
  services: Services,
  { type, types = [], given, lenient, latest, within }: SearchRequest,
  grant: Grant,
): SearchQuery => {
  const wanted = type === undefined ? readTypes(given, types, grant) : [type]
  const parsed = parseQuery(wanted, given, readingOf(services, grant), lenient, type === undefined)
  const query = latest === undefined ? parsed : onlyLatest(parsed, latest)
  if (within === undefined) return query
  return {
    ...query,
    types: query.types.flatMap((own) => {
      const criterion = within(own.type)
      return criterion === undefined ? [] : [{ ...own, criteria: [criterion, ...own.criteria] }]
    }),
  }
}

const onlyLatest = (query: SearchQuery, latest: number): SearchQuery => ({
  ...query,
  latest,
  stated: [...query.stated, ['max', String(latest)]],
})

/** A cursor is good for this caller and this search alone. */
const boundTo = ({ client, audience }: Caller, address: string, { stated }: SearchQuery): string =>
  JSON.stringify([client, audience, address, stated.filter(([name]) => name !== '_count')])

const openTurn = async ({ cursors }: Services, cursor: string, bound: string): Promise<Turn> => {
  const [backward, ...at] = await cursors.open(cursor, bound)
  return { backward: backward === true, at }
}

/** Self says how the search was understood; next and previous are there where there is more (FHIR R4 http 3.1.0.4, paging). */
const linksOf = async (
  services: Services,
  address: string,
  { stated, cursor }: SearchQuery,
  { previous, next }: Page,
  bound: string,
): Promise<Link[]> => {
  const url = (place?: string): string => {
    const given = new URLSearchParams(stated.map(([name, value]): [string, string] => [name, value]))
    if (place !== undefined) given.set('_cursor', place)
    const text = given.toString()
    const path = [fhirBase(services), address].filter((part) => part !== '').join('/')
    return text === '' ? path : `${path}?${text}`
  }
  const sealed = async (relation: string, backward: boolean, place: Page['next']): Promise<Link[]> =>
    place === undefined
      ? []
      : [{ relation, url: url(await services.cursors.seal([backward, ...place], bound)) }]
  return [
    { relation: 'self', url: url(cursor) },
    ...(cursor === undefined ? [] : [{ relation: 'first', url: url() }]),
    ...(await sealed('previous', true, previous)),
    ...(await sealed('next', false, next)),
  ]
}

const entriesOf = (
  { subset: wanted }: SearchQuery,
  released: readonly ReleasedResource[],
  matched: number,
): SearchEntry[] =>
  released.map((own, place) =>
    place < matched
      ? { own, mode: 'match', text: subset(own, wanted) }
      : { own, mode: 'include', text: subset(own, { ...wanted, elements: [] }) },
  )
