import type { Reply } from '../../contract/world.ts'
import { headersOf } from '../../contract/outcome.ts'

/** What is owed with a disclosure, and what no two servers have alike (CONSENT rules, section 8). */
const owed = /\/(?:redisclosure-notice|disclosed-under)$/

/** An answer as the promise compares it. */
export const comparable = (reply: Reply): object => ({
  status: reply.status,
  headers: headersOf(reply)
    .map(neutral)
    .filter((line) => !/^(?:etag|last-modified|content-length)/i.test(line)),
  body: reply.text.startsWith('{')
    ? withoutOwed(JSON.parse(neutral(reply.text)))
    : neutral(reply.text).replaceAll(/<meta>.*?<\/meta>/gs, ''),
})

const neutral = (text: string): string =>
  text.replaceAll(/_cursor=[^"&]*/g, '_cursor=').replaceAll(/\b(v|made|request)-\d{6}\b/g, '$1')

const withoutOwed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutOwed)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, child]): [string, unknown][] => {
      if (name === 'meta') return metaOf(child as object)
      return [[name, withoutOwed(child)]]
    }),
  )
}

/** Labels are computed from what leaves on either side; the law of labels looks at them. */
const metaOf = (meta: object): [string, unknown][] => {
  const {
    security: _security,
    versionId: _version,
    extension = [],
    ...rest
  } = meta as {
    security?: unknown
    versionId?: unknown
    extension?: { url: string }[]
  }
  const kept = extension.filter(({ url }) => !owed.test(url))
  const left = { ...rest, ...(kept.length === 0 ? {} : { extension: kept }) }
  return Object.keys(left).length === 0 ? [] : [['meta', left]]
}
