import type { Ask, Found } from '../disclose.ts'
import { system } from '../fhir/names.ts'
import { highWater } from '../redact/redact.ts'
import type { ReleasedResource } from '../redact/released.ts'
import { cursorFor, parseQuery, type SearchQuery } from '../search/query.ts'
import { search as run } from '../search/find.ts'
import { findIncluded } from '../search/include.ts'
import { fhirBase, type Services } from '../services.ts'
import { fhirJson } from './resource-answer.ts'

/** https://hl7.org/fhir/R4/http.html#search of one type, by GET or by POST to `_search`. */
export const search = (
  services: Services,
  request: string,
  type: string,
  given: URLSearchParams,
  lenient: boolean,
): Ask => ({
  interaction: 'search-type',
  request,
  needs: [{ type, access: 's' }],
  find: async (connection, grant, permit): Promise<Found> => {
    const base = fhirBase(services)
    const parameters = services.parameters(type)
    const query = parseQuery(type, given, parameters, lenient)
    const page = await run(connection, query, { type, permit, base, parameters })
    const included = await findIncluded(connection, query, page.rows, { grant, permit, base, parameters })
    return {
      rows: [...page.rows, ...included],
      answer: (released) => ({
        status: 200,
        headers: { 'content-type': fhirJson },
        body: searchset(
          base,
          query,
          page.total,
          released.slice(0, page.rows.length),
          released.slice(page.rows.length),
        ),
      }),
    }
  },
})

const searchset = (
  base: string,
  query: SearchQuery,
  total: number,
  matches: readonly ReleasedResource[],
  included: readonly ReleasedResource[],
): string => {
  const entries = [
    ...matches.map((own) => entry(base, own, 'match')),
    ...included.map((own) => entry(base, own, 'include')),
  ]
  const body = entries.length === 0 ? '' : `,"entry":[${entries.join(',')}]`
  const security = `"meta":{"security":[{"system":"${system.confidentiality}","code":"${highWater([...matches, ...included])}"}]},`
  return `{"resourceType":"Bundle",${entries.length === 0 ? '' : security}"type":"searchset","total":${total},"link":${JSON.stringify(links(base, query, total))}${body}}`
}

const entry = (base: string, { type, id, text }: ReleasedResource, mode: 'match' | 'include'): string =>
  `{"fullUrl":${JSON.stringify(`${base}/${type}/${id}`)},"resource":${text},"search":{"mode":"${mode}"}}`

/** Self says how the search was understood; next is there where there is more (FHIR R4 http 3.1.0.4, paging). */
const links = (
  base: string,
  { type, stated, count, offset }: SearchQuery,
  total: number,
): { relation: string; url: string }[] => {
  const url = (at: number) => {
    const given = new URLSearchParams(stated.map(([name, value]): [string, string] => [name, value]))
    if (at > 0) given.set('_cursor', cursorFor(at))
    const text = given.toString()
    return text === '' ? `${base}/${type}` : `${base}/${type}?${text}`
  }
  return [
    { relation: 'self', url: url(offset) },
    ...(offset > 0 ? [{ relation: 'previous', url: url(Math.max(0, offset - count)) }] : []),
    ...(count > 0 && offset + count < total ? [{ relation: 'next', url: url(offset + count) }] : []),
  ]
}
