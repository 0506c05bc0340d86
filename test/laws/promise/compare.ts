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
    ? withoutOwed(JSON.parse(neutral(reply.text)), false)
    : neutral(reply.text).replaceAll(/<meta>.*?<\/meta>/gs, ''),
})

/**
 * The same with versions, under names that two servers share. When a server stored something is left out (CONSENT rules,
 * section 8): who takes out what others do not see is left with their version, which is an older one.
 */
export const comparableUnder = (reply: Reply, shared: (text: string) => string): object => ({
  status: reply.status,
  headers: headersOf(reply).flatMap((line) =>
    /^(?:content-length|last-modified)/.test(line) ? [] : [shared(line)],
  ),
  body: reply.text.startsWith('{')
    ? (JSON.parse(
        shared(JSON.stringify(withoutOwed(JSON.parse(withoutCursors(reply.text)), true))),
      ) as object)
    : shared(reply.text),
})

/** An answer to the byte, but for versions, ids and cursors. */
export const exact = (reply: Reply): object => ({
  status: reply.status,
  headers: headersOf(reply).map(neutral),
  body: neutral(reply.text),
})

const withoutCursors = (text: string): string => text.replaceAll(/_cursor=[^"&]*/g, '_cursor=')

const neutral = (text: string): string => withoutCursors(text).replaceAll(/\b(v|made|request)-\d{6}\b/g, '$1')

const withoutOwed = (value: unknown, versions: boolean): unknown => {
  if (Array.isArray(value)) return value.map((item) => withoutOwed(item, versions))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, child]): [string, unknown][] => {
      if (name === 'meta') return metaOf(child as object, versions)
      return [[name, withoutOwed(child, versions)]]
    }),
  )
}

/** Labels are computed from what leaves on either side; the law of labels looks at them. */
const metaOf = (meta: object, versions: boolean): [string, unknown][] => {
  const {
    security: _security,
    versionId,
    extension = [],
    lastUpdated,
    ...rest
  } = meta as {
    security?: unknown
    lastUpdated?: unknown
    versionId?: unknown
    extension?: { url: string }[]
  }
  const kept = extension.filter(({ url }) => !owed.test(url))
  const left = {
    ...rest,
    ...(versions ? { versionId } : { lastUpdated }),
    ...(kept.length === 0 ? {} : { extension: kept }),
  }
  return Object.keys(left).length === 0 ? [] : [['meta', left]]
}
