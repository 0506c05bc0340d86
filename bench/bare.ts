import { Hono } from 'hono'
import postgres from 'postgres'
import { authenticate } from '../src/authenticate/bearer.ts'
import { authorize } from '../src/authorize/authorize.ts'
import { permitFor } from '../src/consent/permit.ts'
import { readingOf } from '../src/api/search.ts'
import { parseQuery } from '../src/search/query.ts'
import { search } from '../src/search/search.ts'
import { fhirBase, type Services } from '../src/services.ts'
import { compiled, type Connection, type Prepared } from '../src/store/database.ts'

const template = 'bench-0-p'

/**
 * The ceiling: Hono and postgres.js, a prepared statement and its rows, and nothing else. A search is the very statement
 * that the gateway sends, under the same permit, with the patient put in.
 */
export const bareApp = async (services: Services, url: string, token: string): Promise<Hono> => {
  const client = postgres(url, { max: 16, connection: { application_name: 'bare' } })
  const headers = { 'content-type': 'application/fhir+json; charset=utf-8' }
  const statements = new Map<string, Prepared>()
  const statementFor = async (query: string): Promise<Prepared> => {
    const known = statements.get(query) ?? (await statementOf(services, token, query))
    statements.set(query, known)
    return known
  }
  return new Hono()
    .get('/read/:id', async (context) => {
      const [row] = await client<{ content: string }[]>`select content from resource
        where type = 'Observation' and id = ${context.req.param('id')}`
      return new Response(row?.content ?? null, { status: row === undefined ? 404 : 200, headers })
    })
    .get('/search/:patient', async (context) => {
      const { search: query } = new URL(context.req.url)
      const { text, params } = await statementFor(query)
      const patient = context.req.param('patient')
      const own = params.map((param) =>
        typeof param === 'string' ? param.replaceAll(template, patient) : param,
      )
      const rows = await client.unsafe<{ content: string }[]>(text, own as string[], { prepare: true })
      return new Response(`[${rows.map(({ content }) => content).join(',')}]`, { headers })
    })
}

/** The statement of a search of the template patient, caught on its way to the database. */
const statementOf = async (services: Services, token: string, query: string): Promise<Prepared> => {
  const caller = await authenticate(services, `Bearer ${token}`, services.digest)
  const grant = authorize(caller, [{ type: 'Observation', access: 's' }])
  const permit = permitFor(grant, services.clock.now())
  const { parameters, toBase, terminology } = services
  const parsed = parseQuery(['Observation'], new URLSearchParams(query), readingOf(services, grant), false)
  const caught: Prepared[] = []
  const connection: Connection = {
    query: async (statement) => {
      caught.push(compiled(statement))
      return []
    },
  }
  await search(connection, parsed, undefined, {
    permit,
    base: fhirBase(services),
    parameters,
    toBase,
    terminology,
  })
  const [first] = caught
  if (first === undefined) throw new Error('the search sent no statement')
  return first
}
