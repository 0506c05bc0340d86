import type { Answer, Ask } from '../disclose.ts'

/** What the client has already: `If-None-Match` and `If-Modified-Since`, as they were sent. */
export interface Conditions {
  readonly ifNoneMatch: string | undefined
  readonly ifModifiedSince: string | undefined
}

export const conditionsOf = (headers: Headers): Conditions => ({
  ifNoneMatch: headers.get('if-none-match') ?? undefined,
  ifModifiedSince: headers.get('if-modified-since') ?? undefined,
})

/**
 * https://hl7.org/fhir/R4/http.html#cread: a read that answers 304 where the client has the version already.
 *
 * INVARIANT: judged on what was released. What is hidden or gone is refused before, and a 304, which tells that the
 * record is there, is on the trail like the record itself.
 */
export const conditionalRead = (conditions: Conditions, ask: Ask): Ask => ({
  ...ask,
  find: async (connection, grant, permit) => {
    const found = await ask.find(connection, grant, permit)
    return { ...found, answer: (released) => unlessKnown(conditions, found.answer(released)) }
  },
})

const unlessKnown = (conditions: Conditions, answer: Answer): Answer => {
  const { etag = '', 'last-modified': modified = '' } = answer.headers
  return answer.status === 200 && isKnown(conditions, etag, modified)
    ? { status: 304, headers: { etag, 'last-modified': modified }, body: '' }
    : answer
}

/** `If-None-Match` alone decides where it is there (RFC 9110 section 13.1.3). */
const isKnown = ({ ifNoneMatch, ifModifiedSince }: Conditions, etag: string, modified: string): boolean => {
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, etag)
  return ifModifiedSince !== undefined && Date.parse(modified) <= momentOf(ifModifiedSince)
}

/** An HTTP date, or the instant that an entry of a Bundle has; NaN for anything else, which is as good as not sent. */
const momentOf = (date: string): number =>
  /^\w{3,9}, .+ GMT$|^\d{4}-\d{2}-\d{2}T/.test(date) ? Date.parse(date) : Number.NaN

/** The weak comparison: only what is between the quotes counts (RFC 9110 sections 8.8.3.2 and 13.1.2). */
const matches = (ifNoneMatch: string, etag: string): boolean => {
  if (ifNoneMatch.trim() === '*') return true
  const tags = [...ifNoneMatch.matchAll(/"[^"]*"/g)].map(([tag]) => tag)
  return tags.includes(etag.replace(/^W\//, ''))
}
