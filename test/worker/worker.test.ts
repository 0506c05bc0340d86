import type { Bundle } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createServices } from '../../src/create-services.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { type OwnPostgres, startPostgres } from '../../bench/postgres.ts'
import { administer } from '../admin/desk.ts'
import { openBrowser } from '../sign-in/browser.ts'
import { codeOf, codesIn, enrollLink, password, secretIn, signIn } from '../sign-in/users.ts'
import { startWorker, type Worker } from './start.ts'
import { publicUrl, seed, type SigningKey, tokenForm } from './world.ts'

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
    worker = await startWorker(postgres.url)
    token = (await granted(await tokenForm(key))).access_token ?? ''
  }, 60_000)

  afterAll(async () => {
    await worker?.dispose()
    await postgres?.stop()
  }, 30_000)

  const get = (path: string) =>
    worker.fetch(`${publicUrl}${path}`, { headers: { authorization: `Bearer ${token}` } })

  const ask = async (url: string, init: RequestInit): Promise<Response> =>
    (await worker.fetch(url, {
      ...(init as Parameters<Worker['fetch']>[1]),
      redirect: 'manual',
    })) as unknown as Response

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

  it('lets a user set up a password and an app, and sign in with them', async () => {
    const database = openPostgres(postgres.url, 1)
    const settings = { publicUrl, production: false, log: false, clock: undefined, mllpPort: 0 }
    const link = await enrollLink(
      administer(createServices({ settings, database }), { PUBLIC_URL: publicUrl }),
      'reyes',
    )
    await database.close()
    const browser = openBrowser({ request: ask }, publicUrl)
    const secret = secretIn((await browser.get(link)).text)
    const options = await browser.post(`${link}/passkey/options`, {})
    expect(JSON.parse(options.text)).toMatchObject({ rp: { id: 'gateway.example' }, user: { name: 'reyes' } })
    const done = await browser.post(link, { password, repeat: password, code: codeOf(secret, -1) })
    expect(codesIn(done.text)).toHaveLength(10)
    const again = openBrowser({ request: ask }, publicUrl)
    expect((await signIn(again, 'reyes', codeOf(secret))).to).toBe('/sign-in/continue?next=%2Faccount')
    expect((await again.get('/account')).text).toContain('Signed in as reyes: clinician, Clinic.')
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
