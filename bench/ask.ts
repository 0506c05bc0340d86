import { history } from '../src/api/history.ts'
import { read } from '../src/api/read.ts'
import { search } from '../src/api/search.ts'
import type { Ask } from '../src/disclose.ts'
import type { Services } from '../src/services.ts'

/** What a GET asks: a search, a read or a history. */
export const askOf = (services: Services, { pathname, searchParams }: URL): Ask => {
  const [type = '', ...rest] = pathname.replace('/fhir/', '').split('/')
  const [id, last = id] = rest
  const request = services.ids.request()
  if (last === '_history')
    return history(
      services,
      request,
      { type, ...(id === '_history' || id === undefined ? {} : { id }) },
      searchParams,
      false,
    )
  if (id !== undefined) return read(request, type, id)
  return search(services, request, { address: type, type, given: searchParams, lenient: false })
}
