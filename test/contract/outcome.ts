import type { Bundle, FhirResource, OperationOutcome } from 'fhir/r4'
import { expect } from 'vitest'
import type { Reply } from './world.ts'

/** Checks that a reply is an OperationOutcome of this status that says what is wrong; returns its texts. */
export const expectOutcome = (reply: Reply, status: number): string => {
  expect(reply.status, reply.text.slice(0, 500)).toBe(status)
  expect(reply.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8')
  const outcome = reply.as<OperationOutcome>()
  expect(outcome.resourceType).toBe('OperationOutcome')
  expect(outcome.issue.length).toBeGreaterThan(0)
  for (const { severity, code, details } of outcome.issue) {
    expect(severity).toBe('error')
    expect(code).toMatch(/^[a-z-]+$/)
    expect(details?.text ?? '').not.toBe('')
  }
  return outcome.issue.map(({ details }) => details?.text ?? '').join('; ')
}

/** A reply of this status, told with its body where it is another. */
export const expectStatus = (reply: Reply, status: number): Reply => {
  expect(reply.status, reply.text.slice(0, 800)).toBe(status)
  return reply
}

/** The Bundle of a search that went well. */
export const searchset = (reply: Reply): Bundle => {
  const bundle = expectStatus(reply, 200).as<Bundle>()
  expect(bundle).toMatchObject({ resourceType: 'Bundle', type: 'searchset' })
  return bundle
}

/** The ids that matched, in the order of the page. */
export const matches = (reply: Reply): string[] =>
  (searchset(reply).entry ?? [])
    .filter(({ search }) => search?.mode === 'match')
    .map(({ resource }) => resource?.id ?? '')

/** `Type/id` of everything in a Bundle. */
export const keysOf = (bundle: Bundle): string[] =>
  (bundle.entry ?? []).map(({ resource }) => `${resource?.resourceType}/${resource?.id}`)

/** The address of a link of a Bundle, relative to the base of the server. */
export const linkOf = (bundle: Bundle, relation: string): string | undefined => {
  const url = bundle.link?.find((link) => link.relation === relation)?.url
  return url === undefined ? undefined : new URL(url).pathname + new URL(url).search
}

/** The headers of a reply that may depend on what is stored, in an order of their own. */
export const headersOf = ({ headers }: Pick<Reply, 'headers'>): string[] =>
  [...headers].flatMap(([name, value]) => (name === 'date' ? [] : [`${name}: ${value}`])).toSorted()

/** A resource without what the server stamps on it. */
export const unstamped = (resource: FhirResource): object => {
  const { id: _id, meta, ...rest } = resource
  const { versionId: _version, lastUpdated: _updated, security, ...kept } = meta ?? {}
  void security
  return Object.keys(kept).length === 0 ? rest : { ...rest, meta: kept }
}
