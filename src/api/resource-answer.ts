import type { Answer } from '../disclose.ts'
import { refuse } from '../problem.ts'
import type { ReleasedResource } from '../redact/released.ts'

export const fhirJson = 'application/fhir+json; charset=utf-8'

/** Weak, as FHIR R4 http 3.1.0.2 has it: the version id of the cut that the caller gets. */
export const etag = (version: string): string => `W/"${version}"`

/** The answer to a read: 410 only to those who could see the resource before it was deleted. */
export const resourceAnswer = (released: readonly ReleasedResource[]): Answer => {
  const [own] = released
  if (own === undefined) return refuse({ kind: 'not-found' })
  if (own.deleted) return refuse({ kind: 'gone' })
  return {
    status: 200,
    headers: {
      'content-type': fhirJson,
      etag: etag(own.version),
      'last-modified': own.updated.toUTCString(),
    },
    body: own.text,
  }
}
