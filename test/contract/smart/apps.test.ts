import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectOutcome, expectStatus } from '../outcome.ts'
import { publicUrl, type World } from '../world.ts'
import { allow, answerIn, askToken, authorizeUrl, exchange, settleApps } from './app.ts'
import { openBrowser } from './browser.ts'
import { openOn, runtimes } from './runtimes.ts'

describe.each(runtimes)('the apps of a user on %s', (runtime) => {
  let world: World
  beforeAll(async () => {
    world = await openOn(runtime)
    await settleApps(world)
  }, 120_000)
  afterAll(() => world.close())

  test('are listed in plain words, and ended by their user alone, at once', async () => {
    const drew = openBrowser(world.app, world.services)
    await drew.signIn('drew')
    const done = await allow(
      drew,
      await drew.open(await authorizeUrl({ scope: 'launch/patient patient/*.rs' })),
    )
    const { body } = await exchange(world, answerIn(done).get('code') ?? '')
    const bearer = { token: body.access_token }
    const page = await drew.open(`${publicUrl}/account/apps`)
    expect(page.text).toContain('Mood App')
    expect(page.text).toContain('Read all health records of this patient')
    const grant = /name="grant" value="(\d+)"/.exec(page.text)?.[1] ?? ''

    const ann = openBrowser(world.app, world.services)
    await ann.signIn('ann')
    const empty = await ann.open(`${publicUrl}/account/apps`)
    expect(empty.text).toContain('No app has access.')
    await ann.open(`${publicUrl}/account/apps`, {
      method: 'POST',
      headers: { origin: publicUrl },
      body: new URLSearchParams({ grant, token: /name="token" value="([^"]+)"/.exec(empty.text)?.[1] ?? '' }),
    })
    expectStatus(await world.get(bearer, 'Patient/ann'), 200)
    await drew.submit(page, { grant })
    expectOutcome(await world.get(bearer, 'Patient/ann'), 401)
    expect((await drew.open(`${publicUrl}/account/apps`)).text).toContain('No app has access.')
  })

  test('are shown to nobody who is not signed in', async () => {
    const shown = await openBrowser(world.app, world.services).open(`${publicUrl}/account/apps`)
    expect(shown.url).toContain(`${publicUrl}/sign-in?`)
  })
})

describe('a network that fails over and over', () => {
  test('is told to wait, and others are not', async () => {
    const world = await openOn('pglite')
    const fail = () =>
      askToken(world, { grant_type: 'client_credentials', client_id: 'nobody', client_secret: 'x' })
    expect((await fail()).status).toBe(401)
    await world.rows(
      sql`UPDATE fact SET value = split_part(value, ' ', 1) || ' 1000' WHERE name LIKE 'rate smart client failure%'`,
    )
    const { status, headers, body } = await fail()
    expect([status, body.error, headers.get('retry-after')]).toEqual([429, 'invalid_client', '900'])
    const elsewhere = await world.app.request(`${publicUrl}/oauth/token`, {
      method: 'POST',
      headers: { 'cf-connecting-ip': '198.51.100.7' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: 'nobody',
        client_secret: 'x',
      }),
    })
    expect(elsewhere.status).toBe(401)
    await world.close()
  })
})
