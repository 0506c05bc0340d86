import type { Bundle } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Unstable_DevWorker } from 'wrangler'
import { openPostgres } from '../../src/store/postgres.ts'
import { type OwnPostgres, startPostgres } from '../../bench/postgres.ts'
import { publicUrl, seed, type SigningKey, tokenForm } from './world.ts'

type Worker = Pick<Unstable_DevWorker, 'fetch'> & { dispose(): Promise<void> }

describe('the gateway in workerd, on PostgreSQL behind Hyperdrive', { timeout: 30_000 }, () => {
  let postgres: OwnPostgres
  let worker: Worker
  let key: SigningKey
  let token = ''

  beforeAll(async () => {
    postgres = await startPostgres()
    const database = openPostgres(postgres.url, 2)
    key = (await seed(database)).privateKey
    await database.close()
    worker = await start(postgres.url)
    token = (await granted(await tokenForm(key))).access_token ?? ''
  }, 60_000)

  afterAll(async () => {
    await worker?.dispose()
    await postgres?.stop()
  }, 30_000)

  const get = (path: string) =>
    worker.fetch(`${publicUrl}${path}`, { headers: { authorization: `Bearer ${token}` } })

  const granted = async (body: URLSearchParams) => {
    const answer = await worker.fetch(`${publicUrl}/oauth/token`, { method: 'POST', body })
    return (await answer.json()) as { access_token?: string; token_type?: string; error?: string }
  }

  it('says what it can do', async () => {
    const answer = await worker.fetch(`${publicUrl}/fhir/metadata`)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' })
  })

  it('grants a token for a signed assertion, once', async () => {
    const form = await tokenForm(key)
    expect(await granted(form)).toMatchObject({ token_type: 'bearer' })
    expect(await granted(form)).toMatchObject({ error: 'invalid_client' })
  })

  it('reads what law lets the hospital have', async () => {
    const answer = await get('/fhir/Condition/sprain')
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ resourceType: 'Condition', id: 'sprain' })
  })

  it('finds that, and nothing of what is hidden', async () => {
    const found = (await (await get('/fhir/Condition?patient=Patient/ada')).json()) as Bundle
    expect(found.total).toBe(1)
    expect(found.entry?.map(({ resource }) => resource?.id)).toEqual(['sprain'])
  })

  it('answers for what is hidden as for what is not there', async () => {
    const [hidden, missing] = [await get('/fhir/Condition/alcohol'), await get('/fhir/Condition/nowhere')]
    expect([hidden.status, missing.status]).toEqual([404, 404])
    expect(await hidden.text()).toBe(await missing.text())
  })

  it('answers many at once, each with a client of its own', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => get('/fhir/Condition/sprain')))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  })

  it('exports by its cron, and sends a file while it is made', async () => {
    const headers = { authorization: `Bearer ${token}`, prefer: 'respond-async' }
    const begun = await worker.fetch(`${publicUrl}/fhir/Patient/$export`, { headers })
    expect(begun.status).toBe(202)
    const job = new URL(begun.headers.get('content-location') ?? '').pathname
    expect((await get(job)).status).toBe(202)
    expect((await worker.fetch('http://localhost/cdn-cgi/handler/scheduled')).status).toBe(200)
    const manifest = (await (await get(job)).json()) as { output: { type: string; url: string }[] }
    expect(manifest.output.map(({ type }) => type)).toEqual(['Condition', 'Patient'])
    const lines = await Promise.all(
      manifest.output.map(async ({ url }) => (await get(new URL(url).pathname)).text()),
    )
    expect(lines.join('').match(/"id":"[a-z]+"/g)).toEqual(['"id":"sprain"', '"id":"ada"'])
  })

  it('records every disclosure, and leaves no connection behind', async () => {
    const database = openPostgres(postgres.url, 1)
    const text = `SELECT (SELECT count(*)::int FROM audit WHERE interaction = 'read' AND outcome = 'disclosed') AS reads,
      (SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'sluice' AND pid <> pg_backend_pid()) AS open`
    await expect
      .poll(async () => (await database.query<{ reads: number; open: number }>({ text, params: [] }))[0], {
        timeout: 10_000,
      })
      .toEqual({ reads: 13, open: 0 })
    await database.close()
  })
})

/** workerd by wrangler, on this machine alone: nothing is fetched, measured or sent. */
const start = async (connectionString: string): Promise<Worker> => {
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false'
  process.env.WRANGLER_SEND_METRICS = 'false'
  process.env.CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_HYPERDRIVE = connectionString
  const { unstable_startWorker } = await import('wrangler')
  const worker = await unstable_startWorker({
    config: 'wrangler.toml',
    bindings: {
      PUBLIC_URL: { type: 'plain_text', value: publicUrl },
      SLUICE_LOG: { type: 'plain_text', value: 'false' },
    },
    dev: { watch: false, remote: false, inspector: false, logLevel: 'error', server: { port: 0 } },
  })
  await worker.ready
  return worker as unknown as Worker
}
