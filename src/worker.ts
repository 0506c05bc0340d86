import { createApp } from './app.ts'
import { runExport, tidyExports } from './bulk/run.ts'
import { createKnowledge, createServices } from './create-services.ts'
import { escalate } from './questionnaire/escalate.ts'
import type { Services } from './services.ts'
import { readSettings, SettingsFault } from './settings.ts'
import { forgetExpired } from './smart/expire.ts'
import { openPostgres } from './store/postgres.ts'

/** What wrangler.toml binds: the settings as variables, and the database behind Hyperdrive. */
interface Bindings {
  readonly HYPERDRIVE?: { readonly connectionString: string }
  readonly [name: string]: unknown
}

/** The part of the runtime's execution context that is used. */
interface Execution {
  waitUntil(promise: Promise<unknown>): void
  passThroughOnException(): void
  readonly props: unknown
}

/** Connections of one request. They are opened as they are needed, nearly always one. */
const connections = 4

/** Of the profiles and tables that are bundled: nothing of a request is in it. */
const knowledge = createKnowledge()

const app = createApp(({ env }) => (env as { services: Services }).services)

const serve = async (request: Request, bindings: Bindings, execution: Execution): Promise<Response> => {
  const settings = settingsOf(bindings)
  const url = bindings.HYPERDRIVE?.connectionString
  if (url === undefined) throw new SettingsFault(['HYPERDRIVE: bind a Hyperdrive in wrangler.toml'])
  const database = openPostgres(url, connections)
  try {
    const answer = await app.fetch(
      request,
      { services: createServices({ settings, database, knowledge }) },
      execution,
    )
    const { response, sent } = untilSent(answer)
    execution.waitUntil(sent.then(() => database.close()))
    return response
  } catch (fault) {
    execution.waitUntil(database.close())
    throw fault
  }
}

/** What is made while it is sent needs the database until then: the same answer, and when all of it was sent. */
const untilSent = (answer: Response): { readonly response: Response; readonly sent: Promise<void> } => {
  if (answer.body === null || !answer.headers.get('content-type')?.startsWith('application/fhir+ndjson'))
    return { response: answer, sent: Promise.resolve() }
  const { readable, writable } = new TransformStream()
  const sent = answer.body.pipeTo(writable).catch(() => undefined)
  const own = { status: answer.status, headers: answer.headers, encodeBody: 'manual' }
  return { response: new Response(readable, own), sent }
}

/** A turn is a few steps; what is left is done by the next. */
const steps = { most: 20, each: 5 }

const workOnExports = async (services: Services): Promise<void> => {
  for (let left = steps.most; left > 0; left -= steps.each)
    if (!(await runExport(services, steps.each))) break
  await tidyExports(services)
}

/** There is no socket to listen on, so there is no MLLP. */
const settingsOf = (bindings: Bindings) => ({ ...readSettings(variablesOf(bindings)), mllpPort: 0 })

const variablesOf = (bindings: Bindings): Record<string, string> =>
  Object.fromEntries(
    Object.entries(bindings).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  )

/** Cloudflare Workers: a client, services and a group commit for each request; nothing outlives it. */
// oxlint-disable-next-line import/no-default-export -- the runtime looks for the handlers of a Worker there
export default {
  async fetch(request: Request, bindings: Bindings, execution: Execution): Promise<Response> {
    try {
      return await serve(request, bindings, execution)
    } catch (fault) {
      if (!(fault instanceof SettingsFault)) throw fault
      for (const line of fault.faults) console.error(line)
      return new Response('not configured; the log says what is wrong\n', { status: 500 })
    }
  },
  /** Every minute (wrangler.toml, triggers): what a process of Node does now and then. */
  async scheduled(_event: unknown, bindings: Bindings): Promise<void> {
    const settings = settingsOf(bindings)
    const url = bindings.HYPERDRIVE?.connectionString
    if (url === undefined) return
    const database = openPostgres(url, connections)
    try {
      const services = createServices({ settings, database, knowledge })
      await escalate(services)
      if (services.clock.real().getUTCMinutes() % 10 === 0) await forgetExpired(services)
      await workOnExports(services)
    } finally {
      await database.close()
    }
  },
}
