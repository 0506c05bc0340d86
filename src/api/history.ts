import type { Ask } from '../disclose.ts'
import { refuse } from '../problem.ts'
import type { ReleasedResource } from '../redact/released.ts'
import { findVersions } from '../search/versions.ts'
import { etag, fhirJson } from './resource-answer.ts'

/**
 * https://hl7.org/fhir/R4/http.html#history, of one instance: the versions of the cut that the caller gets. What only
 * richer cuts saw change left no version here.
 */
export const history = (request: string, base: string, type: string, id: string): Ask => ({
  interaction: 'history-instance',
  request,
  needs: [{ type, access: 'r' }],
  find: async (connection, _grant, permit) => ({
    rows: await findVersions(connection, permit, type, id),
    answer: (released) => {
      if (released.length === 0) return refuse({ kind: 'not-found' })
      const entries = released.map((version, place) => entry(base, version, place === released.length - 1))
      const link = JSON.stringify([{ relation: 'self', url: `${base}/${type}/${id}/_history` }])
      const body = `{"resourceType":"Bundle","type":"history","total":${released.length},"link":${link},"entry":[${entries.join(',')}]}`
      return { status: 200, headers: { 'content-type': fhirJson }, body }
    },
  }),
})

const entry = (
  base: string,
  { type, id, version, updated, deleted, text }: ReleasedResource,
  first: boolean,
): string => {
  const url = `${type}/${id}`
  const method = deleted ? 'DELETE' : first ? 'POST' : 'PUT'
  const status = deleted ? '204' : first ? '201' : '200'
  const response = JSON.stringify({ status, etag: etag(version), lastModified: updated.toISOString() })
  const resource = deleted ? '' : `"resource":${text},`
  return `{"fullUrl":${JSON.stringify(`${base}/${url}`)},${resource}"request":${JSON.stringify({ method, url: method === 'POST' ? type : url })},"response":${response}}`
}
