import type { Caller } from '../authenticate/caller.ts'
import type { Grant } from '../authorize/grant.ts'
import type { Ask, Found } from '../disclose.ts'
import { system } from '../fhir/names.ts'
import { highWater } from '../redact/redact.ts'
import type { ReleasedResource } from '../redact/released.ts'
import type { Criterion } from '../search/criterion.ts'
import { findIncluded } from '../search/include.ts'
import { parseQuery, readTypes, type SearchQuery } from '../search/query.ts'
import type { Reading } from '../search/read-criterion.ts'
import { type Page, search as run, type Turn } from '../search/search.ts'
import { fhirBase, type Services } from '../services.ts'
import { fhirJson } from './resource-answer.ts'
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
        body: searchset(
          base,
          query,
          page.total,
          links,
          released.slice(0, page.rows.length),
          released.slice(page.rows.length),
        ),
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
  { type, types = [], given, lenient, within }: SearchRequest,
  grant: Grant,
): SearchQuery => {
  const wanted = type === undefined ? readTypes(given, types, grant) : [type]
  const query = parseQuery(wanted, given, readingOf(services, grant), lenient)
  if (within === undefined) return query
  return {
    ...query,
    types: query.types.flatMap((own) => {
      const criterion = within(own.type)
      return criterion === undefined ? [] : [{ ...own, criteria: [criterion, ...own.criteria] }]
    }),
  }
}

/** A cursor is good for this caller and this search alone. */
const boundTo = ({ client, audience }: Caller, address: string, { stated }: SearchQuery): string =>
  JSON.stringify([client, audience, address, stated.filter(([name]) => name !== '_count')])

const openTurn = async ({ cursors }: Services, cursor: string, bound: string): Promise<Turn> => {
  const [backward, ...at] = await cursors.open(cursor, bound)
  return { backward: backward === true, at }
}

interface Link {
  readonly relation: string
  readonly url: string
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

const searchset = (
  base: string,
  { subset: wanted }: SearchQuery,
  total: number | undefined,
  links: readonly Link[],
  matches: readonly ReleasedResource[],
  included: readonly ReleasedResource[],
): string => {
  const entries = [
    ...matches.map((own) => entry(base, own, subset(own, wanted), 'match')),
    ...included.map((own) => entry(base, own, subset(own, { ...wanted, elements: [] }), 'include')),
  ]
  const body = entries.length === 0 ? '' : `,"entry":[${entries.join(',')}]`
  const security = `"meta":{"security":[{"system":"${system.confidentiality}","code":"${highWater([...matches, ...included])}"}]},`
  const counted = total === undefined ? '' : `"total":${total},`
  return `{"resourceType":"Bundle",${entries.length === 0 ? '' : security}"type":"searchset",${counted}"link":${JSON.stringify(links)}${body}}`
}

const entry = (
  base: string,
  { type, id }: ReleasedResource,
  text: string,
  mode: 'match' | 'include',
): string =>
  `{"fullUrl":${JSON.stringify(`${base}/${type}/${id}`)},"resource":${text},"search":{"mode":"${mode}"}}`
