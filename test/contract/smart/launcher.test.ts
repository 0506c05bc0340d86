import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addClient } from '../settle-town.ts'
import { longKinds } from '../databases.ts'
import { openWorld, publicUrl, type World } from '../world.ts'
import { answerIn, authorizeUrl, exchange, redirect, settleApps } from './app.ts'
import { type Browser, openBrowser, type Shown } from './browser.ts'

const launcher = `${publicUrl}/launcher`

/** What an app is launched with. */
const launchUrl = 'https://app.example/launch?theme=dark'

/** An app that is launched beside a record. */
const addLaunched = (world: World, more: object = {}) =>
  addClient(world.database, {
    id: 'launched',
    name: 'Mood App',
    kind: 'public',
    organization: 'Organization/clinic',
    purposes: ['TREAT'],
    redirects: [redirect],
    scope: 'openid launch launch/patient offline_access patient/*.cruds',
    launchUrl,
    ...more,
  } as never)

const openLauncher = async (world: World, who = 'drew'): Promise<{ browser: Browser; page: Shown }> => {
  const browser = openBrowser(world.app, world.services)
  await browser.signIn(who)
  return { browser, page: await browser.open(launcher) }
}

/** Launches the app about a patient, and gives where the browser goes. */
const launch = async (world: World, fields: Readonly<Record<string, string>> = {}, who = 'drew') => {
  const { browser, page } = await openLauncher(world, who)
  const chosen = { app: 'launched', patient: 'ann', simulate: 'none', ...fields }
  const done = await browser.submit(page, { action: 'launch', ...chosen })
  return { browser, done }
}

/** Goes on as the app does, and allows all that is shown. */
const letIn = async (browser: Browser, { url }: Shown) => {
  const page = await browser.open(
    await authorizeUrl({
      client_id: 'launched',
      scope: 'openid launch offline_access patient/Patient.r patient/Observation.rs',
      launch: answerIn({ url } as Shown).get('launch') ?? '',
    }),
  )
  const scope = [...page.text.matchAll(/name="scope" value="([^"]+)"/g)].map(([, one = '']) => one)
  return { page, scope, done: await browser.submit(page, { action: 'allow', scope }) }
}

const tokensFor = async (world: World, done: Shown) =>
  exchange(world, answerIn(done).get('code') ?? '', { client_id: 'launched' })

const read = async (world: World, token: string, path: string): Promise<number> =>
  (await world.app.request(`${publicUrl}/fhir/${path}`, { headers: { authorization: `Bearer ${token}` } }))
    .status

describe.each(longKinds)('the launcher on %s', (kind) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(kind)
    await settleApps(world)
    await addLaunched(world)
    await addLaunched(world, { id: 'own', name: 'Own App', purposes: ['PATRQT'] })
  })
  afterAll(() => world.close())

  it('asks to sign in, and leads back', async () => {
    const shown = await openBrowser(world.app, world.services).open(launcher)
    expect([shown.status, shown.url]).toEqual([303, `${publicUrl}/sign-in?next=%2Flauncher`])
  })

  it('offers the apps that can be launched: a patient those for patients, others the others', async () => {
    const offered = async (who: string) =>
      [...(await openLauncher(world, who)).page.text.matchAll(/name="app" value="([^"]+)"/g)].map(
        ([, id]) => id,
      )
    expect(await offered('drew')).toEqual(['launched'])
    expect(await offered('ann')).toEqual(['own'])
  })

  it('offers the patients whom the user may see, keeps them out of addresses, and lets the form go to the app', async () => {
    const { browser, page } = await openLauncher(world)
    const patients = await browser.submit(page, { action: 'app', app: 'launched' })
    const ids = [...patients.text.matchAll(/name="patient" value="([^"]+)"/g)].map(([, id]) => id)
    expect(ids).toEqual(['ann', 'bea'])
    const rest = await browser.submit(patients, { action: 'patient', app: 'launched', patient: 'ann' })
    expect(rest.text).toContain('Ann Adams')
    expect(rest.text).toContain('name="encounter" value="visit"')
    expect(rest.url).toBe(launcher)
    expect(rest.headers.get('content-security-policy')).toContain("form-action 'self' https://app.example;")
  })

  it('launches the app with the context, for this user and once', async () => {
    const { browser, done } = await launch(world, { encounter: 'visit', intent: 'phq-9' })
    expect(done.status).toBe(303)
    expect([...answerIn(done).keys()]).toEqual(['theme', 'iss', 'launch'])
    const { body } = await tokensFor(world, (await letIn(browser, done)).done)
    expect(body).toMatchObject({ patient: 'ann', encounter: 'visit', intent: 'phq-9', expires_in: 3600 })
    expect(body).not.toHaveProperty('simulate')
    const again = await letIn(browser, done)
    expect(answerIn(again.page).get('error')).toBe('invalid_request')
    const other = openBrowser(world.app, world.services)
    await other.signIn('ann')
    const { page } = await letIn(other, (await launch(world)).done)
    expect(answerIn(page).get('error')).toBe('access_denied')
  })

  it.each<Record<'patient' | 'encounter', string>>([
    { patient: 'stranger', encounter: 'none' },
    { patient: 'nobody', encounter: 'none' },
    { patient: 'ann', encounter: 'nothing' },
    { patient: 'bea', encounter: 'visit' },
  ])('launches nothing for %j, which the user may not see, and says the same of each', async (fields) => {
    const { done } = await launch(world, fields)
    expect([done.status, done.url]).toEqual(
      fields.patient === 'ann' || fields.patient === 'bea' ? [200, launcher] : [400, launcher],
    )
    expect(done.text).toContain('is not one that you may see')
  })

  it('takes a form of this browser alone', async () => {
    const { browser } = await openLauncher(world)
    const body = new URLSearchParams({ action: 'launch', app: 'launched', patient: 'ann', token: 'x' })
    const init = { method: 'POST', body }
    const forged = await browser.open(launcher, { ...init, headers: { origin: publicUrl } })
    const foreign = await browser.open(launcher, { ...init, headers: { origin: 'https://evil.example' } })
    expect([forged.status, foreign.status]).toEqual([400, 400])
  })

  it('expired: the first access token lives for a second, the next for an hour', async () => {
    const { browser, done } = await launch(world, { simulate: 'expired' })
    const { body } = await tokensFor(world, (await letIn(browser, done)).done)
    expect(body.expires_in).toBe(1)
    const [row] = await world.database.query<{ left: number }>(
      sql`SELECT extract(epoch FROM expires - now())::float8 AS left FROM access_token ORDER BY expires LIMIT 1`,
    )
    expect(row?.left).toBeLessThanOrEqual(1)
    const renewed = await world.app.request(`${publicUrl}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: body.refresh_token }),
    })
    expect(await renewed.json()).toMatchObject({ expires_in: 3600, patient: 'ann' })
  })

  it('scope: no more can be allowed than reading the patient', async () => {
    const { browser, done } = await launch(world, { simulate: 'scope' })
    const { scope, done: back } = await letIn(browser, done)
    expect(scope).toEqual(['patient/Patient.r', 'offline_access'])
    const { body } = await tokensFor(world, back)
    expect(await read(world, body.access_token, 'Patient/ann')).toBe(200)
    expect(await read(world, body.access_token, 'Observation/o-ann')).toBe(403)
  })

  it('revoked: the grant is gone once the tokens are out', async () => {
    const { browser, done } = await launch(world, { simulate: 'revoked' })
    const { status, body } = await tokensFor(world, (await letIn(browser, done)).done)
    expect(status).toBe(200)
    expect(await read(world, body.access_token, 'Patient/ann')).toBe(401)
  })

  it('consent: with somebody whom the user may not see, authorization refuses by itself', async () => {
    const { browser, done } = await launch(world, { simulate: 'consent' })
    expect(done.status).toBe(303)
    const { page } = await letIn(browser, done)
    expect(answerIn(page).get('error_description')).toBe('the user may not see the patient in context')
  })

  it('in Spanish', async () => {
    const { browser } = await openLauncher(world)
    const shown = await browser.open(`${launcher}?ui_locales=es`)
    expect(shown.text).toContain('Abrir una aplicación')
    expect(shown.headers.get('content-language')).toBe('es')
  })
})

describe.each(longKinds)('in production, on %s', (kind) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(kind, {
      change: (services) => ({ ...services, settings: { ...services.settings, production: true } }),
    })
    await settleApps(world)
    await addLaunched(world)
  })
  afterAll(() => world.close())

  it.each(['GET', 'POST', 'PUT', 'DELETE'])('%s: nothing is at its address', async (method) => {
    const ask = async (path: string) => {
      const answer = await world.app.request(`${publicUrl}${path}`, { method })
      return [answer.status, [...answer.headers], await answer.text()]
    }
    expect(await ask('/launcher')).toEqual(await ask('/nothing'))
    expect((await ask('/launcher'))[0]).toBe(404)
  })

  it.each(['expired', 'scope', 'revoked'])(
    'a launch that a row says is to go wrong, %s, goes right',
    async (simulate) => {
      const browser = openBrowser(world.app, world.services)
      await browser.signIn('drew')
      const secret = `launch-${simulate}`
      const hash = world.services.digest(secret)
      await world.database.query(sql`INSERT INTO launch (hash, client, member, context, simulate, expires)
      VALUES (${await hash}, 'launched', 'drew', '{"patient":"ann"}', ${simulate}, now() + interval '1 hour')`)
      const url = `https://app.example/launch?launch=${secret}`
      const { body } = await tokensFor(world, (await letIn(browser, { url } as Shown)).done)
      expect(body.expires_in).toBe(3600)
      expect(await read(world, body.access_token, 'Patient/ann')).toBe(200)
      expect(await read(world, body.access_token, 'Observation/o-ann')).toBe(200)
    },
  )
})
