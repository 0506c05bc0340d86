import { Hono } from 'hono'
import postgres from 'postgres'
import { authenticate, authenticateRemembered } from '../src/authenticate/bearer.ts'
import { authorize } from '../src/authorize/authorize.ts'
import type { Caller } from '../src/authenticate/caller.ts'
import { permitFor } from '../src/consent/permit.ts'
import type { Services } from '../src/services.ts'
import type { Prepared } from '../src/store/database.ts'
import { askOf } from './ask.ts'
import { catching } from './catching.ts'

const headers = { 'content-type': 'application/fhir+json; charset=utf-8' }

/**
 * Hono and postgres.js, prepared statements and their rows, and nothing else. `/read` is the ceiling: one row by its
 * id. Under `/fhir` the very statements are sent that the gateway finds its rows by, with the same parameters.
 */
export const bareApp = async (services: Services, url: string, token: string): Promise<Hono> => {
  const client = postgres(url, {
    max: 16,
    connection: { application_name: 'bare', jit: 'off', plan_cache_mode: 'force_generic_plan' },
  })
  const caller = await authenticate(services, `Bearer ${token}`, services.digest)
  const known = new Map<string, readonly Prepared[]>()
  const statementsOf = async (asked: URL): Promise<readonly Prepared[]> => {
    const statements = known.get(asked.href) ?? (await statementsFor(services, caller, asked))
    known.set(asked.href, statements)
    return statements
  }
  return (
    new Hono()
      .get('/read/:id', async (context) => {
        const [row] = await client<{ content: string }[]>`select content from resource
        where type = 'Observation' and id = ${context.req.param('id')}`
        return new Response(row?.content ?? null, { status: row === undefined ? 404 : 200, headers })
      })
      // The ceiling's read by a caller who is known: what a token costs, without scope for the record, consent or trail.
      .get('/authenticated/:id', async (context) => {
        const known = await authenticateRemembered(services, context.req.header('authorization'))
        const grant = authorize(known, [{ type: 'Observation', access: 'r' }])
        const { hash = '', moment = '', epoch = 0 } = grant.caller.token ?? {}
        const [row] = await client<{ content: string }[]>`select content from resource
        where type = 'Observation' and id = ${context.req.param('id')}
          and (${hash} = '' or exists (select from access_token t, registry g where t.hash = ${hash} and t.expires > ${moment || 'now'}::text::timestamptz and g.epoch = ${epoch}))`
        return new Response(row?.content ?? null, { status: row === undefined ? 404 : 200, headers })
      })
      .get('/fhir/*', async (context) => {
        const found: string[] = []
        for (const { text, params } of await statementsOf(new URL(context.req.url)))
          for (const { content } of await client.unsafe<{ content: string }[]>(text, params as string[], {
            prepare: true,
          }))
            found.push(content)
        return new Response(`[${found.join(',')}]`, { headers })
      })
  )
}

/** The statements by which the gateway finds what is asked for, caught on their way to the database. */
const statementsFor = async (
  services: Services,
  caller: Caller,
  asked: URL,
): Promise<readonly Prepared[]> => {
  const ask = askOf(services, asked)
  const { database, caught } = catching(services.database)
  const grant = authorize(caller, ask.needs)
  await ask.find(database, grant, permitFor(grant, services.clock.now()))
  return caught
}
