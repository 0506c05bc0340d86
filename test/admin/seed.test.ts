import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Administered } from '../../src/admin/administered.ts'
import { isUntouched } from '../../src/admin/county.ts'
import { createApp } from '../../src/app.ts'
import { demoPassword, users } from '../../src/demo/users.ts'
import { openBrowser } from '../sign-in/browser.ts'
import { openAdministered, run } from './desk.ts'

let world: Administered
beforeAll(async () => {
  world = await openAdministered()
})
afterAll(() => world.services.database.close())

const everything = () =>
  world.services.database.query(
    sql`SELECT type, id, mask, version, custodian FROM resource ORDER BY type, id, mask`,
  )

const ask = async (client: string, path: string, ...more: string[]) => {
  const { text } = await run(world, ['token', '--client', client, ...more])
  const app = createApp(() => world.services)
  return app.request(`/fhir/${path}`, { headers: { authorization: `Bearer ${text}` } })
}

describe('seed', () => {
  it('plants the county, once', async () => {
    expect(await isUntouched(world.services.database)).toBe(true)
    expect((await run(world, ['seed'])).json).toMatchObject({ planted: true })
    const before = await everything()
    expect(before.length).toBeGreaterThan(150)
    expect((await run(world, ['seed'])).json).toMatchObject({ planted: false })
    expect(await everything()).toEqual(before)
    expect(await isUntouched(world.services.database)).toBe(false)
  })

  it('lets every demo user sign in, and tells how', async () => {
    const app = createApp(() => world.services)
    const base = world.settings.publicUrl
    const pages = await Promise.all(['/', '/sign-in'].map(async (path) => (await app.request(path)).text()))
    for (const { id } of users) {
      for (const page of pages) expect(page).toContain(`>${demoPassword}</code>`)
      expect(pages[1]).toContain(`<code>${id}</code>`)
      const browser = openBrowser(app, base)
      await browser.get('/sign-in')
      const done = await browser.post('/sign-in', { user: id, password: demoPassword })
      expect([id, done.to]).toEqual([id, '/sign-in/continue?next=%2Faccount'])
    }
  })

  it('lets every demo client in, and keeps the private halves of their keys', async () => {
    const { json } = await run(world, ['seed'])
    const { clients } = json as { clients: string[] }
    expect(clients).toHaveLength(7)
    for (const client of clients) {
      expect(JSON.parse((await world.keys.read(client)) ?? '{}')).toMatchObject({
        kty: 'EC',
        crv: 'P-384',
        alg: 'ES384',
      })
      expect((await run(world, ['token', '--client', client, '--json'])).json).toMatchObject({
        expires_in: 3600,
      })
    }
  })

  it('answers the first story: the hospital sees the depression and not the alcohol', async () => {
    const own = (await (await ask('riverbend', 'Condition?patient=Patient/maya')).json()) as { total: number }
    const hospital = (await (await ask('mercy-general', 'Condition?patient=Patient/maya')).json()) as {
      total: number
    }
    expect(own.total).toBeGreaterThan(hospital.total)
    expect(hospital.total).toBeGreaterThan(0)
    expect((await ask('harbor-psychiatry', 'Patient/maya')).status).toBe(404)
  })

  it('holds the questionnaires, for everybody', async () => {
    const found = (await (await ask('moodtrack', 'Questionnaire')).json()) as { total: number }
    expect(found.total).toBe(5)
  })
})

describe('token', () => {
  it.each([
    [['--client', 'nobody'], 'no client `nobody`'],
    [['--client', 'mercy-general', '--purpose', 'HMARKT'], 'not registered for the purpose'],
    [['--client', 'mercy-general', '--user', 'ghost'], 'no user'],
    [['--client', 'mercy-general', '--scope', 'nonsense'], 'is not a scope'],
    [[], '`--client` is missing'],
  ])('refuses %j', async (words, message) => {
    await expect(run(world, ['token', ...words])).rejects.toThrow(message)
  })
})

describe('accounting', () => {
  it('lists what went out under a consent, to whom and for what', async () => {
    const answer = await ask('mercy-general', 'Condition?patient=Patient/jordan-r')
    expect(answer.status).toBe(200)
    const { json, text } = await run(world, ['accounting', '--patient', 'Patient/jordan-r'])
    expect(json).toEqual([
      expect.objectContaining({
        name: 'Mercy General Hospital',
        purpose: 'TREAT',
        consents: ['Consent/jordan-consent'],
        custodian: 'Organization/riverbend-recovery',
        patient: 'Patient/jordan-r',
        what: [expect.objectContaining({ resource: 'Condition/jordan-cannabis' })],
      }),
    ])
    expect(text).toContain('Mercy General Hospital  TREAT  Consent/jordan-consent')
    expect((await run(world, ['accounting', '--since', '2200-01-01'])).json).toEqual([])
    await expect(run(world, ['accounting', '--patient', 'Patient/none'])).rejects.toThrow('`Patient/none`')
  })
})

describe('reset', () => {
  it('wants to be meant', async () => {
    await expect(run(world, ['reset'])).rejects.toThrow('--yes')
  })

  it('empties everything but the table and the clock; nothing is seeded but by `seed`', async () => {
    await run(world, ['clock', 'set', '2027-01-01'])
    await run(world, ['reset', '--yes'])
    expect(await everything()).toEqual([])
    expect(await isUntouched(world.services.database)).toBe(false)
    expect(await world.keys.read('riverbend')).toBeUndefined()
    expect((await run(world, ['clock'])).text).toMatch(/^2027-01-01/)
    const tables = await world.services.database.query<{ rows: number }>(
      sql`SELECT count(*)::int AS rows FROM default_row`,
    )
    expect(tables[0]?.rows).toBeGreaterThan(10)
    expect((await run(world, ['seed'])).json).toMatchObject({ planted: true })
    expect((await ask('mercy-general', 'Patient/maya')).status).toBe(200)
  })
})
