import { system } from '../fhir/names.ts'
import { highWater } from '../redact/redact.ts'
import type { ReleasedResource } from '../redact/released.ts'
import type { FoundVersion, VersionPage } from '../search/versions.ts'
import { etag } from './resource-answer.ts'

/** A page of a history as a Bundle, newest version first (https://hl7.org/fhir/R4/http.html#history). */
export const historyBundle = (
  base: string,
  { rows, total }: VersionPage,
  link: readonly { readonly relation: string; readonly url: string }[],
  released: readonly ReleasedResource[],
): string => {
  const entries = released.map((version, place) => entry(base, version, rows[place]?.preceded))
  const meta = `"meta":{"security":[{"system":"${system.confidentiality}","code":"${highWater(released.filter(({ deleted }) => !deleted))}"}]},`
  const body = entries.length === 0 ? '' : `,"entry":[${entries.join(',')}]`
  return `{"resourceType":"Bundle",${entries.length === 0 ? '' : meta}"type":"history"${total === null ? '' : `,"total":${total}`},"link":${JSON.stringify(link)}${body}}`
}

/**
 * One version, and how it came: the first that the caller sees by a POST, whoever chose the id, and every other by a
 * PUT, which creates what was deleted anew.
 */
const entry = (
  base: string,
  { type, id, version, updated, deleted, text }: ReleasedResource,
  preceded: FoundVersion['preceded'],
): string => {
  const url = `${type}/${id}`
  const [method, status] = deleted
    ? ['DELETE', '204']
    : preceded === undefined
      ? ['POST', '201']
      : ['PUT', preceded === 'deleted' ? '201' : '200']
  const request = JSON.stringify({ method, url: method === 'POST' ? type : url })
  const response = JSON.stringify({ status, etag: etag(version), lastModified: updated.toISOString() })
  const resource = deleted ? '' : `"resource":${text},`
  return `{"fullUrl":${JSON.stringify(`${base}/${url}`)},${resource}"request":${request},"response":${response}}`
}
