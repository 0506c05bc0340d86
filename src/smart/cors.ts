import { sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { Services } from '../services.ts'
import { list } from '../store/database.ts'

const allowed = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
  'access-control-allow-headers':
    'authorization, content-type, accept, prefer, if-match, if-none-match, if-none-exist, if-modified-since, x-requested-with',
  'access-control-max-age': '600',
}

const exposed =
  'content-location, etag, last-modified, link, location, retry-after, www-authenticate, x-progress, expires'

/**
 * Lets pages of registered apps read an answer, and no other page: the origin of one of a client's redirects
 * (SMART App Launch 2.2, considerations for cross-origin resource sharing). No cookie is ever looked at.
 */
export const allowOrigin = async (
  { database }: Pick<Services, 'database'>,
  context: Pick<Context, 'req'>,
  next: () => Promise<Response>,
): Promise<Response> => {
  const origin = context.req.header('origin')
  const isPreflight = context.req.method === 'OPTIONS' && origin !== undefined
  if (origin === undefined) return next()
  const known = await isRegistered(database, origin)
  if (isPreflight)
    return new Response(null, {
      status: 204,
      headers: { ...(known ? headersFor(origin, allowed) : {}), vary: 'origin' },
    })
  const answer = await next()
  if (known)
    for (const [name, value] of Object.entries(headersFor(origin, {}))) answer.headers.set(name, value)
  answer.headers.append('vary', 'origin')
  return answer
}

/** What is open to every page: the same for everybody, and no secret. */
export const allowAll = (): Response =>
  new Response(null, { status: 204, headers: { ...allowed, 'access-control-allow-origin': '*' } })

const headersFor = (origin: string, more: Readonly<Record<string, string>>): Record<string, string> => ({
  ...more,
  'access-control-allow-origin': origin,
  'access-control-expose-headers': exposed,
})

const isRegistered = async (connection: Services['database'], origin: string): Promise<boolean> => {
  // On a device the port is not known before (RFC 8252 section 7.3).
  const anyPort = origin.replace(/^(http:\/\/(?:127\.0\.0\.1|\[::1\])):\d+$/, '$1')
  const starts = list([`${origin}/`, `${anyPort}/`], 'text')
  const rows = await connection.query(sql`SELECT FROM client WHERE EXISTS
    (SELECT FROM unnest(redirects) own WHERE own = ${origin} OR EXISTS (SELECT FROM unnest(${starts}) s WHERE starts_with(own, s))) LIMIT 1`)
  return rows.length > 0
}
